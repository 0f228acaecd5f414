// A window of the workbench, worked by keyboard and mouse as a person would.
import * as fs from "node:fs";
import * as path from "node:path";

import { CHROMIUM, chromium, scratch, SCREENSHOTS } from "./places.mjs";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
// A phase of the demo takes 10 to 25 s here, and machines of half this speed run these tests: the bound is for what never comes.
const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 120_000);

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

  /** `place` is a folder, or a `.code-workspace`. */
  async window(url, place) {
    const page = await this.context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const kind = place.endsWith(".code-workspace") ? "workspace" : "folder";
    await page.goto(`${url}/?${kind}=${encodeURIComponent(place)}`);
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
    page.on("pageerror", (error) => this.errors.push(error.stack ?? String(error)));
  }

  /** A picture in .cache/screenshots; none of what a mute server lets one see. */
  async picture(name) {
    if (process.env.MUTE) {
      return;
    }
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
  }

  /** Run a command of the palette by its title. */
  async command(title) {
    await this.quick("F1", `>${title}`, title);
  }

  /** Open a file by name with the quick open box. */
  async open(name) {
    await this.quick("Control+p", name, path.basename(name));
    await this.page.locator(".tab.active", { hasText: path.basename(name) }).waitFor();
  }

  /** Type into a quick pick until the row is the one that Enter takes, and see it taken: what comes next is another box.
   *  A page that is still being rendered takes the focus and closes the pick: then it is opened again, as a person
   *  would. */
  async quick(key, typed, row) {
    const input = this.page.locator(".quick-input-widget input.input");
    for (let tries = 1; ; tries++) {
      await this.page.evaluate(() => document.activeElement instanceof HTMLIFrameElement && document.activeElement.blur());
      await this.page.keyboard.press(key);
      try {
        await input.fill(typed, { timeout: 3_000 });
        await this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: row }).waitFor({ timeout: 5_000 });
        await this.page.keyboard.press("Enter");
        await this.page.waitForFunction(isGone, typed, { timeout: 10_000 });
        return;
      } catch (error) {
        if (tries === 4) {
          throw error;
        }
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** The row of the quick pick that is open with all these words. */
  choice(...words) {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    return words.reduce((fitting, hasText) => fitting.filter({ hasText }), rows).first();
  }

  /** Answer an input box, which is a quick pick without its list. */
  async type(text) {
    const input = this.page.locator(".quick-input-widget:not(:has(.quick-input-list:visible)) input.input");
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  notification(text) {
    return this.page.locator(".notification-toast, .notifications-center .notification-list-item", { hasText: text }).first();
  }

  /** A button of a notification. */
  async press(text, button) {
    await this.notification(text).locator(".monaco-button", { hasText: button }).first().click();
  }

  async clearNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }

  /** The text of the dialog that is open. */
  async dialog() {
    const box = this.page.locator(".monaco-dialog-box");
    await box.waitFor();
    return box.innerText();
  }

  /** A dialog's button. */
  async answer(button) {
    await this.page.locator(".monaco-dialog-box .monaco-button", { hasText: button }).first().click();
  }

  async showRuns() {
    await this.page.locator('.activitybar .action-item:has([aria-label^="Autopack"])').first().click();
    await this.page.locator(".sidebar .composite.title", { hasText: /autopack/i }).waitFor();
  }

  /** The rows of the view of runs with this label. */
  rows(label) {
    const name = this.page.locator(".label-name", { hasText: new RegExp(`^${label}$`) });
    return this.page.locator(".sidebar .monaco-list-row", { has: name });
  }

  row(label) {
    return this.rows(label).first();
  }

  /** The row, once it says so. */
  async says(label, text) {
    await this.row(label).filter({ hasText: text }).waitFor();
  }

  /** The row, once it has this codicon. */
  async marked(label, icon) {
    await this.row(label).locator(`.codicon-${icon}`).first().waitFor();
  }

  async expand(text) {
    await this.row(text).locator(".monaco-tl-twistie").click();
  }

  /** An icon of a row, which shows while the mouse is over it. */
  async act(text, title) {
    await this.row(text).hover();
    await this.row(text).locator(`.action-label[aria-label^="${title}"]`).first().click();
  }

  /** An entry of a row's context menu. */
  async menu(text, entry) {
    await this.row(text).click({ button: "right" });
    await this.page.locator(".monaco-menu .action-item", { hasText: entry }).first().click();
  }

  /** Rest with the mouse on a line until its hover says this; as a person does, again when it was too early. */
  async hover(line, says) {
    const shown = this.page.locator(".monaco-hover", { hasText: says }).first();
    for (let left = 10; ; left--) {
      await this.line(line).hover();
      try {
        return await shown.waitFor({ timeout: 6_000 });
      } catch (error) {
        if (left === 0) throw error;
        await this.page.mouse.move(0, 0);
      }
    }
  }

  statusBar(text) {
    return this.page.locator(".statusbar-item", { hasText: text }).first();
  }

  /** Open the menu of the lightbulb where the cursor is. */
  async lightbulb() {
    await this.page.locator('.editor-instance :is([class*="lightbulb"], [class*="light-bulb"])').first().click();
    await this.page.locator(".action-widget .monaco-list-row").first().waitFor();
  }

  /** The titles in the menu of the lightbulb, those out of sight left out. */
  actions() {
    return this.page.locator(".action-widget .monaco-list-row.action .title").allInnerTexts();
  }

  async fix(title) {
    await this.page.locator(".action-widget .monaco-list-row", { hasText: title }).first().click();
  }

  /** Words of a line of the editor in front. */
  line(text) {
    return this.page.locator(".editor-instance .view-line span span", { hasText: text }).first();
  }

  squiggles(severity) {
    return this.page.locator(`.editor-instance .squiggly-${severity}`);
  }

  /** Rows of Problems. */
  async problems() {
    await this.command("View: Focus Problems");
    return this.page.locator(".markers-panel .monaco-list-row");
  }

  /** What a page rendered from Markdown says. */
  async rendered(text) {
    const frame = this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
    await frame.locator("body", { hasText: text }).waitFor();
    return frame.locator("body").innerText();
  }

  async closeEditors() {
    await this.command("View: Close All Editors");
  }
}

/** In the page: no quick pick is open that still holds these words. */
function isGone(typed) {
  const input = document.querySelector(".quick-input-widget input.input");
  return !input || input.offsetParent === null || input.value !== typed;
}
