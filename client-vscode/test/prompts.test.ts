import * as assert from "node:assert/strict";

import { completed } from "../src/prompts";
import { FakeEditor } from "./editor";

describe("prompts", () => {
  let editor: FakeEditor;
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

  it("leaves everything else alone", async () => {
    assert.deepEqual(await completed(editor, "autopack.run.stop", { runId: "demo" }), { runId: "demo" });
    assert.equal(editor.questions.length + editor.dialogs.length, 0);
  });
});
