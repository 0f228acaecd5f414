// Writing a plan: what the editor says while a person types, and how a start is refused.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, it } from "node:test";

import { workbench } from "../kit/workbench.mjs";

describe("a plan in VS Code", () => {
  const here = workbench("plan");
  const w = () => here.window;

  it("is written with comments by New Plan", async () => {
    await w().command("Autopack: New Plan");
    await w().type("small.autopack.yaml");
    await w().page.locator(".tab.active", { hasText: "small.autopack.yaml" }).waitFor();
    assert.match(fs.readFileSync(path.join(here.project.root, "small.autopack.yaml"), "utf8"), /^phases:/m);
  });

  it("carries lenses that start it", async () => {
    await w().page.locator(".codelens-decoration a", { hasText: "Start run" }).first().waitFor();
    await w().page.locator(".codelens-decoration a", { hasText: "Run this phase" }).first().waitFor();
  });

  it("completes keys that a phase does not have yet", async () => {
    await w().page.keyboard.press("Control+End");
    await w().page.keyboard.type("\n    ");
    await w().page.keyboard.press("Control+Space");
    const offered = w().page.locator(".suggest-widget .monaco-list-row");
    await offered.filter({ hasText: "depends_on" }).first().waitFor();
    assert.equal(await offered.filter({ hasText: /^goal/ }).count(), 0);
    await w().picture("completion");
    await w().page.keyboard.press("Escape");
  });

  it("marks a misspelt key and puts it right by lightbulb", async () => {
    await w().page.keyboard.type("notse: x");
    await w().squiggles("error").first().waitFor({ state: "attached" });
    const problems = await w().problems();
    await problems.filter({ hasText: "AP101" }).first().waitFor();
    await problems.filter({ hasText: "AP101" }).first().dblclick();
    await w().lightbulb();
    await w().fix("notes");
    await w().line("notes").waitFor();
    await w().squiggles("error").first().waitFor({ state: "detached" });
  });

  it("says on hover what a key means, and shows its outline", async () => {
    await w().open("demo.autopack.yaml");
    await w().hover("scope", "What a phase may write and see");
    await w().quick("Control+Shift+o", "@fines", "fines");
  });

  it("starts no run without a key, and says what to do", async () => {
    await w().command("Autopack: Start Run of Chosen Phases");
    await w().choice("small.autopack.yaml").click();
    await w().choice("first-change").click();
    await w().page.locator(".quick-input-widget .monaco-button", { hasText: "OK" }).click();
    await w().notification("API_KEY").locator(".monaco-button", { hasText: "Set API Key" }).waitFor();
    await w().picture("refused");
    await w().clearNotifications();
  });

  it("starts the plan in front by the button above it", async () => {
    await w().page.locator('.editor-actions .action-label[aria-label="Start Run"]').click();
    await w().notification("API_KEY").waitFor();
    assert.equal(await w().page.locator(".quick-input-widget:visible").count(), 0, "nobody is asked which plan");
    await w().clearNotifications();
  });

  it("explains a rule, and checks the machine", async () => {
    await w().command("Autopack: Explain Rule");
    await w().type("ap401");
    assert.match(await w().rendered("AP401"), /test/i);
    await w().closeEditors();
    await w().command("Autopack: Check Health");
    assert.match(await w().rendered("Health"), /interpreter/);
    await w().picture("health");
  });
});
