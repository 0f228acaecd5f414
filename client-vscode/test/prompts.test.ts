import * as assert from "node:assert/strict";

import { completed as complete, type Shown } from "../src/prompts";
import { FakeEditor } from "./editor";
import { aPart } from "./snapshots";

describe("prompts", () => {
  let editor: FakeEditor;
  const parts = [aPart("table.py#1"), aPart("table.py#2"), aPart("Makefile", { status: "added", before: [], after: [] })];
  const shown = async () => ({ requestId: "r1", runId: "demo", phaseId: "tables", attempt: 1, digest: "d2", lines: [], parts });
  const completed = (to: FakeEditor, command: string, given: Record<string, unknown>, by: Shown = shown) =>
    complete(to, command, given, by);
  beforeEach(() => (editor = new FakeEditor()));

  it("asks for the reason of a rejection that came without", async () => {
    editor.texts = [" keep the aliases "];
    const given = { requestId: "r1", digest: "d1", reason: "" };
    assert.deepEqual(await completed(editor, "autopack.approval.reject", given), { ...given, reason: "keep the aliases" });
    assert.notEqual(editor.questions[0]?.refuse?.("  "), "");
  });

  it("sends nothing when the person turns away", async () => {
    editor.texts = [undefined];
    assert.equal(await completed(editor, "autopack.approval.reject", { requestId: "r1" }), undefined);
  });

  it("asks for a hint only where one was meant", async () => {
    editor.texts = ["use Decimal"];
    const given = { runId: "demo", phaseId: "interest" };
    assert.deepEqual(await completed(editor, "autopack.phase.retry", { ...given, hint: "" }), { ...given, hint: "" });
    assert.deepEqual(await completed(editor, "autopack.phase.retry", { ...given, hint: null }), { ...given, hint: "use Decimal" });
    assert.equal(editor.questions.length, 1);
  });

  it("asks for a word before something is gone", async () => {
    editor.buttons = [undefined, "Discard", "Roll Back", "Take Out", undefined];
    assert.equal(await completed(editor, "autopack.run.discard", { runId: "demo" }), undefined);
    assert.deepEqual(await completed(editor, "autopack.run.discard", { runId: "demo" }), { runId: "demo" });
    assert.deepEqual(await completed(editor, "autopack.run.rollback", { runId: "demo", to: "fines" }), { runId: "demo", to: "fines" });
    assert.match(editor.dialogs[2]?.message ?? "", /demo to phase fines/);
    assert.deepEqual(await completed(editor, "autopack.run.rollback", { runId: "demo", phase: "fines" }), { runId: "demo", phase: "fines" });
    assert.match(editor.dialogs[3]?.message ?? "", /phase fines out of run demo/);
    assert.equal(await completed(editor, "autopack.run.rollback", { runId: "demo", to: "save/2" }), undefined);
    assert.match(editor.dialogs[4]?.message ?? "", /demo to save\/2\?/);
  });

  it("asks which parts are approved, and for a word on the rest", async () => {
    editor.picks = ["table.py#1 Makefile"];
    editor.texts = [" use Decimal "];
    const given = { requestId: "r1", digest: "d1", choose: true };
    const answer = { ...given, digest: "d2", only: ["table.py#1", "Makefile"], rest: "use Decimal" };
    assert.deepEqual(await completed(editor, "autopack.approval.approve", given), answer);
    assert.deepEqual(editor.offered[0]?.labels, ["table.py#1", "table.py#2", "Makefile"]);
    assert.equal(editor.questions[0]?.refuse, undefined, "nothing need be said of the rest");
  });

  it("asks nothing of the rest where all is approved, and why where nothing is", async () => {
    editor.picks = ["table.py#1 table.py#2 Makefile", "none"];
    editor.texts = ["not at all"];
    const given = { requestId: "r1", digest: "d1", choose: true };
    const all = await completed(editor, "autopack.approval.approve", given);
    assert.deepEqual(all?.["only"], ["table.py#1", "table.py#2", "Makefile"]);
    assert.equal(editor.questions.length, 0);
    const none = await completed(editor, "autopack.approval.approve", given);
    assert.deepEqual([none?.["only"], none?.["rest"]], [[], "not at all"]);
    assert.notEqual(editor.questions[0]?.refuse?.(" "), "");
  });

  it("approves no part that nobody chose or that could not be shown", async () => {
    const given = { requestId: "r1", digest: "d1", choose: true };
    assert.equal(await completed(editor, "autopack.approval.approve", given), undefined);
    editor.picks = ["table.py#1"];
    assert.equal(await completed(editor, "autopack.approval.approve", given), undefined, "turned away from the word");
    assert.equal(await completed(editor, "autopack.approval.approve", given, async () => undefined), undefined);
    const whole = { requestId: "r1", digest: "d1", scope: "once" };
    assert.deepEqual(await completed(editor, "autopack.approval.approve", whole), whole);
  });

  it("leaves everything else alone", async () => {
    assert.deepEqual(await completed(editor, "autopack.run.stop", { runId: "demo" }), { runId: "demo" });
    assert.equal(editor.questions.length + editor.dialogs.length, 0);
  });
});
