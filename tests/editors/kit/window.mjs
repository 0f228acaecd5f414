// A window of the workbench, worked by keyboard and mouse as a person would.
import * as fs from "node:fs";
import * as path from "node:path";

import { CHROMIUM, chromium, scratch, SCREENSHOTS } from "./places.mjs";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 60_000);

export class Browser {
  static async open() {
    const [profile, remove] = scratch("chromium");
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM, headless: true, viewport: { width: 1360, height: 850 }, args: FLAGS,
    });
    return new Browser(context, remove);
  }

  constructor(context, remove) {
    this.context = context;
    this.remove = remove;
  }

  async window(url, folder) {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
    await page.locator(".monaco-workbench").waitFor();
    return new Window(page);
  }

  async close() {
    await this.context.close();
    this.remove();
  }
}

export class Window {
  constructor(page) {
    this.page = page;
    this.errors = [];
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  /** A picture in .cache/screenshots. */
  async picture(name) {
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** Run a command of the palette by its title. */
  async command(title) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.choice(title).waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** A row of the quick pick. */
  choice(text) {
    return this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  }

  async type(text) {
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Open a file by name with the quick open box. */
  async open(name) {
    await this.page.keyboard.press("Control+p");
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(name);
    await this.choice(path.basename(name)).waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(".tab.active", { hasText: path.basename(name) }).waitFor();
  }

  notification(text) {
    return this.page.locator(".notification-toast, .notifications-center .notification-list-item", { hasText: text }).first();
  }

  async press(notification, button) {
    await notification.locator(".monaco-button", { hasText: button }).first().click();
  }

  /** A dialog's button. */
  async answer(button) {
    await this.page.locator(".monaco-dialog-box .monaco-button", { hasText: button }).first().click();
  }

  /** A row of the view of runs. */
  row(text) {
    return this.page.locator('.pane-body .monaco-list[aria-label*="Runs"] .monaco-list-row', { hasText: text }).first();
  }

  async showRuns() {
    await this.page.locator('.activitybar .action-item:has([aria-label^="Autopack"])').first().click();
    await this.page.locator(".sidebar .composite.title", { hasText: /autopack/i }).waitFor();
  }

  statusBar() {
    return this.page.locator('.statusbar-item[id*="autopack"]').first();
  }

  async closeEditors() {
    await this.command("View: Close All Editors");
  }

  async clearNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }
}
