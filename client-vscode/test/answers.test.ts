import * as assert from "node:assert/strict";

import { healthPage, present, refusal, refuse } from "../src/answers";
import { FakeEditor } from "./editor";

const file = (path: string, before = `autopack:/b/${path}`, after = `autopack:/a/${path}`) =>
  ({ path, status: "modified", beforeUri: before, afterUri: after });
const patch = (...files: ReturnType<typeof file>[]) => ({ uri: "file:///p.patch", shown: false, title: "search, attempt 2", files });

describe("answers", () => {
  let editor: FakeEditor;
  const explained: string[] = [];
  const explain = async (code: string): Promise<void> => void explained.push(code);
  beforeEach(() => (editor = new FakeEditor()));

  it("open a file only where the server did not", async () => {
    await present(editor, "autopack.run.report", { uri: "file:///r.md", shown: true });
    assert.deepEqual(editor.did, []);
    await present(editor, "autopack.handoff.open", { uri: "file:///h.md", shown: false });
    assert.deepEqual(editor.did, ["open file:///h.md"]);
  });

  it("show one changed file side by side, several in one editor, none as a word", async () => {
    await present(editor, "autopack.phase.showPatch", patch(file("a.py")));
    await present(editor, "autopack.run.showChanges", patch(file("a.py"), file("b.py", "")));
    await present(editor, "autopack.phase.showPatch", patch());
    assert.deepEqual(editor.did, [
      "diff a.py: search, attempt 2 autopack:/b/a.py autopack:/a/a.py",
      "diff several search, attempt 2 a.py b.py",
      "flash Nothing is changed",
    ]);
  });

  it("say in passing what was recorded", async () => {
    await present(editor, "autopack.approval.approve", { message: "Approved", state: "" });
    await present(editor, "autopack.run.start", { runId: "demo", folderUri: "" });
    await present(editor, "autopack.run.list", { runs: [] });
    assert.deepEqual(editor.did, ["flash Approved", "flash Run demo started"]);
  });

  it("explain a rule where the server opened nothing, and list the conflicts of a promotion", async () => {
    await present(editor, "autopack.explain", { code: "AP401", name: "", markdown: "# AP401", uri: "file:///AP401.md", shown: true });
    await present(editor, "autopack.explain", { code: "AP401", name: "", markdown: "# AP401", uri: "", shown: false });
    assert.deepEqual(editor.did, ["page AP401"]);
    await present(editor, "autopack.run.promote", { message: "main is at 1a2b", applied: true, conflicts: [] });
    editor.buttons = ["Show Conflicts"];
    await present(editor, "autopack.run.promote", { message: "Nothing was promoted", applied: false, conflicts: ["src/a.py"] });
    assert.deepEqual(editor.told, ["information: main is at 1a2b", "warning: Nothing was promoted"]);
    assert.match(editor.pages["Conflicts"] ?? "", /src\/a\.py/);
  });

  it("show a request line by line, and no line can leave its block", async () => {
    await present(editor, "autopack.approval.show", { requestId: "r1", runId: "demo", phaseId: "drop", attempt: 1, digest: "d".repeat(64), lines: ["``` # not a heading", "src/a.py"] });
    const page = editor.pages["Request of drop"] ?? "";
    assert.equal(page.match(/```/g)?.length, 2);
    assert.match(page, /src\/a\.py/);
  });

  it("show health with what is missing first said", () => {
    const check = { name: "git", passed: true, required: true, message: "git 2.39", hint: "" };
    assert.match(healthPage({ checks: [check] }), /Everything a run needs is here/);
    const page = healthPage({ checks: [check, { ...check, name: "a|b", passed: false, hint: "apt install <git>" }] });
    assert.match(page, /\*\*1 thing a run needs is missing/);
    assert.match(page, /a\\\|b/);
    assert.match(page, /apt install &lt;git>/);
  });

  it("know a refusal from any other error", () => {
    assert.deepEqual(refusal({ code: -32050, data: { code: "AP903", message: "held" } }), { code: "AP903", message: "held", hint: "", lines: [] });
    assert.equal(refusal({ code: -32603, data: { message: "internal" } }), undefined);
    assert.equal(refusal(new Error("x")), undefined);
  });

  it("say what was refused and what to do, and explain the rule", async () => {
    editor.buttons = ["Explain AP903"];
    await refuse(editor, { code: -32050, data: { code: "AP903", message: "another process drives the run", hint: "Stop it first." } }, explain);
    assert.deepEqual(editor.told, ["error: AP903: another process drives the run. Stop it first."]);
    assert.deepEqual(explained, ["AP903"]);
  });

  it("offer what can be done about a refusal", async () => {
    editor.buttons = ["Set API Key"];
    let done = 0;
    const remedy = { code: "AP707", title: "Set API Key", act: async () => done++ };
    await refuse(editor, { code: -32050, data: { code: "AP707", message: "no key" } }, explain, [remedy]);
    await refuse(editor, { code: -32050, data: { code: "AP903", message: "held" } }, explain, [remedy]);
    assert.equal(done, 1);
  });

  it("offer the findings of a refusal where it has some", async () => {
    editor.buttons = ["Show Details"];
    await refuse(editor, { code: -32050, data: { code: "AP101", message: "the plan has errors", lines: ["p.yaml:3:1: AP101 unknown key"] } }, explain);
    assert.match(editor.pages["Details"] ?? "", /p\.yaml:3:1/);
  });

  it("ask to try again where the server had too much to do", async () => {
    await refuse(editor, Object.assign(new Error("overloaded, retry: 256"), { code: -32001 }), explain);
    assert.deepEqual(editor.told, ["warning: Autopack has too much to do at once. Nothing was done; try again."]);
  });

  it("show the output for what nobody foresaw", async () => {
    editor.buttons = ["Show Output"];
    await refuse(editor, new Error("connection lost"), explain);
    assert.deepEqual(editor.did, ["log error connection lost", "output"]);
  });
});
