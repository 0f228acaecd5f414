// The first use: no server anywhere, no key. The extension installs its wheel and keeps a key.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, it } from "node:test";

import { VENV } from "../kit/places.mjs";
import { workbench } from "../kit/workbench.mjs";

const PATH = process.env.PATH.split(":").filter((folder) => folder !== VENV && !fs.existsSync(path.join(folder, "autopack"))).join(":");

const EVIL = `#!/bin/sh\ntouch "$(dirname "$0")/../pwned"\nexec sleep 60\n`;

/** Milliseconds that pip may take for a new environment with all of the wheel's dependencies. */
const INSTALLING = 240_000;

describe("the first use", () => {
  const here = workbench("install", {
    machine: {}, env: { PATH, ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "" }, prepare: workspaceThatNamesPrograms,
  });
  const w = () => here.window;

  it("offers to install the server where there is none", async () => {
    await w().showRuns();
    await w().notification("language server is not installed").waitFor();
    await w().picture("offer");
  });

  it("gives up when it is cancelled, and leaves nothing behind", async () => {
    await w().press("is not installed", "Install");
    await w().notification(/Installing Autopack: \w+/).waitFor();
    assert.equal(environments(here.folder).length, 1);
    await w().press("installing the language server", "Cancel");
    await w().notification("installing the language server").waitFor({ state: "detached" });
    for (let tries = 0; environments(here.folder).length > 0; tries++) {
      assert.ok(tries < 100, "what was half installed is removed");
      await w().page.waitForTimeout(100);
    }
  });

  it("installs the wheel it brings, and the server answers", async () => {
    await w().command("Autopack: Install Server");
    await w().notification("installing the language server").waitFor();
    await w().picture("installing");
    await w().statusBar("Autopack").waitFor({ timeout: INSTALLING });
    const [environment] = environments(here.folder);
    assert.ok(fs.existsSync(path.join(environment, ".ready")));
    await w().open("demo.autopack.yaml");
    await w().page.locator(".codelens-decoration a", { hasText: "Start run" }).first().waitFor();
  });

  it("keeps an API key in the editor's secrets and gives it to the server", async () => {
    await w().command("Autopack: Set API Key");
    await w().choice("Anthropic", "not set").click();
    const input = w().page.locator(".quick-input-widget input.input[type=password]");
    await input.fill("sk-ant-not-a-real-key");
    await w().page.keyboard.press("Enter");
    await w().press("takes the key when it starts", "Restart Server");
    await w().command("Autopack: Check Health");
    assert.match(await w().rendered("Health"), /model keys/);
    assert.doesNotMatch(await w().rendered("Health"), /no ANTHROPIC_API_KEY/);
    assert.ok(!everything(here.folder).includes("sk-ant-not-a-real-key"), "the key is in no file");
  });

  it("has started nothing that the workspace's settings name", () => {
    assert.ok(!fs.existsSync(path.join(here.folder, "pwned")));
  });

  it("walks a newcomer through", async () => {
    await w().command("Welcome: Open Walkthrough...");
    await w().choice("Get started with Autopack").click();
    await w().page.locator(".getting-started-step", { hasText: "Set an API key" }).first().waitFor();
    await w().picture("walkthrough");
  });
});

/** Settings of the workspace that would choose what is run, all of which are the machine's to say. */
function workspaceThatNamesPrograms(root) {
  fs.writeFileSync(path.join(root, "evil.sh"), EVIL, { mode: 0o755 });
  fs.writeFileSync(path.join(root, "autopack"), EVIL, { mode: 0o755 });
  const named = [path.join(root, "evil.sh")];
  const settings = { "autopack.server.command": named, "autopack.targetPython": named[0], "autopack.replay": true };
  fs.mkdirSync(path.join(root, ".vscode"), { recursive: true });
  fs.writeFileSync(path.join(root, ".vscode", "settings.json"), JSON.stringify(settings));
}

function environments(folder) {
  const storage = path.join(folder, "editor", "user", "User", "globalStorage", "autopack.autopack");
  return fs.readdirSync(storage).filter((name) => name.startsWith("server-")).map((name) => path.join(storage, name));
}

/** All that lies in the editor's folder, installed servers and extensions left out. */
function everything(folder) {
  const texts = [];
  const walk = (place) => {
    for (const entry of fs.readdirSync(place, { withFileTypes: true })) {
      const inner = path.join(place, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith("server-") && entry.name !== "extensions") {
        walk(inner);
      } else if (entry.isFile() && fs.statSync(inner).size < 5_000_000) {
        texts.push(fs.readFileSync(inner, "latin1"));
      }
    }
  };
  walk(folder);
  return texts.join("\n");
}
