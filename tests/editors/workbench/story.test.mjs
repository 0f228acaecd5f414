// A run from beginning to end, as a person at VS Code sees and works it.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, it } from "node:test";

import { workbench } from "../kit/workbench.mjs";

describe("a run in VS Code", () => {
  const here = workbench("story", { pace: 0.5 });
  const w = () => here.window;

  it("is invited to by the view while there is none", async () => {
    await w().showRuns();
    await w().page.locator(".sidebar", { hasText: "No run yet" }).waitFor();
    await w().statusBar("Autopack").waitFor();
    await w().picture("welcome");
  });

  it("starts from the palette and is followed by tree, progress and a status that ticks", async () => {
    await w().open("demo.autopack.yaml");
    await w().command("Autopack: Replay a Cassette");
    await w().notification("Autopack demo").locator(".monaco-button", { hasText: "Cancel" }).waitFor();
    await w().row("fines").waitFor();
    const status = w().statusBar(/\d:\d\d/);
    const first = await status.innerText();
    await w().page.waitForFunction(
      (before) => [...document.querySelectorAll(".statusbar-item")].some((item) => /\d:\d\d/.test(item.innerText) && item.innerText !== before),
      first,
    );
    await w().statusBar(/fines: \w+ · \d:\d\d · [\d.]+k tokens/).waitFor();
    await w().picture("at-work");
  });

  it("asks a person by message, status and badge", async () => {
    await w().notification("needs you").waitFor();
    await w().statusBar("drop-legacy needs you: AP303").waitFor();
    await w().says("drop-legacy", "waits for you");
    await w().page.locator(".activitybar .badge-content", { hasText: "1" }).waitFor();
  });

  it("shows the change that a message asks about: one file, side by side", async () => {
    await w().press("needs you", "Show Change");
    await w().page.locator(".tab.active", { hasText: "legacy.py: demo: drop-legacy" }).waitFor();
    await w().page.locator(".monaco-diff-editor .original .view-line", { hasText: "CARD_LENGTH" }).first().waitFor();
  });

  it("shows the request with every path", async () => {
    await w().command("Autopack: Show Request");
    const text = await w().rendered("asks for a decision");
    assert.match(text, /AP303 .*deletes \d+ lines/);
    assert.match(text, /src\/shelf\/legacy\.py/);
    assert.match(text, /digest\s+[0-9a-f]{64}/);
  });

  it("puts the same request into a dialog before it is approved", async () => {
    await w().act("drop-legacy", "Approve Request");
    assert.match(await w().dialog(), /src\/shelf\/legacy\.py/);
    await w().picture("request");
    await w().answer("Cancel");
  });

  it("is approved by the lightbulb on its phase in the plan", async () => {
    await w().closeEditors();
    await w().open("demo.autopack.yaml");
    await w().squiggles("warning").first().waitFor({ state: "attached" });
    await w().line("drop-legacy").click();
    await w().lightbulb();
    const actions = await w().actions();
    assert.deepEqual(actions.slice(0, 4), [
      "Approve AP303 of drop-legacy once", "Approve AP303 of drop-legacy for this phase",
      "Approve AP303 of drop-legacy for src/shelf/legacy.py", "Reject AP303 of drop-legacy with a reason…",
    ]);
    await w().picture("lightbulb");
    await w().fix("Approve AP303 of drop-legacy once");
    await w().statusBar("Approved").waitFor();
    await w().says("drop-legacy", "complete");
  });

  it("shows a failing gate as a squiggle at the assertion, and in Problems with what the change touched", async () => {
    await w().notification("phase search failed").waitFor();
    await w().open("tests/test_catalogue.py");
    await w().squiggles("error").first().waitFor({ state: "attached" });
    const problems = await w().problems();
    const failure = problems.filter({ hasText: "test_find_by_isbn fails: assert [] ==" }).last();
    await failure.filter({ hasText: "[Ln 25, Col 5]" }).waitFor();
    await problems.filter({ hasText: /change.*src\/shelf\/catalogue\.py/ }).first().waitFor();
    assert.equal(await w().page.locator(".markers-panel a", { hasText: "AP401" }).first().isVisible(), true);
    await w().clearNotifications();
    await failure.click();
    await w().line("found").waitFor();
    await failure.click();
    await w().picture("overview");
  });

  it("leads from Problems to the change on its side of the diff", async () => {
    await (await w().problems()).filter({ hasText: /change.*src\/shelf\/catalogue\.py/ }).first().click();
    await w().page.locator(".tab.active", { hasText: "catalogue.py" }).waitFor();
    await w().line("casefold").waitFor();
  });

  it("unfolds to the step that found it, and opens the attempt's change from there", async () => {
    await w().expand("search");
    await w().expand("Attempt 1");
    await w().says("Attempt 1", "tests failed");
    await w().marked("test", "error");
    await w().marked("audit", "pass-filled");
    await w().command("View: Toggle Panel Visibility");
    await w().act("Attempt 1", "Show Patch");
    await w().page.locator(".tab.active", { hasText: "demo: search, attempt 1 (2 files)" }).waitFor();
    await w().page.locator(".multiDiffEntry", { hasText: "catalogue.py" }).first().waitFor();
    await w().page.locator(".multiDiffEntry", { hasText: "test_search.py" }).first().waitFor();
    await w().page.locator(".modified .view-line", { hasText: "casefold" }).first().waitFor();
    await w().picture("changes");
  });

  it("renders its report and its handoff bundle", async () => {
    await w().closeEditors();
    await w().command("Autopack: Show Report");
    assert.match(await w().rendered("What to do now"), /2 of 3 phases completed/);
    await w().picture("report");
    await w().menu("search", "Open Handoff");
    assert.match(await w().rendered("search"), /AP401/);
    await w().closeEditors();
  });

  it("is tried again by lightbulb with a hint, and completes", async () => {
    await (await w().problems()).filter({ hasText: "test_find_by_isbn fails" }).last().dblclick();
    await w().lightbulb();
    await w().fix("Retry search with a hint…");
    await w().type("ISBNs are found by their own index: leave it as it is");
    await w().notification("is complete: 3 of 3 phases").waitFor();
    await w().says("demo", "complete");
    await w().squiggles("error").first().waitFor({ state: "detached" });
    await w().picture("complete");
  });

  it("shows the whole run's change, and is promoted by the message's button", async () => {
    await w().act("demo", "Show Changes of Run");
    await w().page.locator(".tab.active", { hasText: "demo: all changes (5 files)" }).waitFor();
    await w().press("is complete", "Promote");
    await w().notification(/main/).waitFor();
    assert.ok(fs.existsSync(path.join(here.project.root, "src/shelf/fines.py")));
    assert.ok(!fs.existsSync(path.join(here.project.root, "src/shelf/legacy.py")));
  });

  it("broke nothing of the workbench", () => {
    assert.deepEqual(w().errors, []);
  });
});
