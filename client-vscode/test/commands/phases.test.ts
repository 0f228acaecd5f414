import * as assert from "node:assert/strict";

import { Choosing } from "../../src/commands/choosing";
import { PhaseCommands } from "../../src/commands/phases";
import type { ChoosablePart } from "../../src/protocol";
import { nodes } from "../../src/tree";
import { aHouse, FakeServer } from "../servers";
import { aPart, aPhase, aRequest, aStep, anAttempt, ended, FOLDER, tell, waiting } from "../snapshots";

const FAILED = ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW", {
  phases: [
    aPhase({ id: "fines", state: "COMPLETE", attempts: [anAttempt({ outcome: "complete", steps: [aStep("apply")] })] }),
    aPhase({ id: "interest", state: "FAILED", attempts: [anAttempt({ outcome: "tests_failed", steps: [aStep("apply")] })] }),
  ],
});
const shown = (lines: string[], ...parts: ChoosablePart[]) => ({
  requestId: "r1", runId: "demo", phaseId: "drop-legacy", attempt: 1, digest: "d1", lines, parts,
});

function commands() {
  const server = new FakeServer();
  const house = aHouse(server);
  const on = new PhaseCommands(house.editor, house.dispatch, new Choosing(house.editor, house.runs));
  return { ...house, server, on };
}

describe("phase commands", () => {
  it("take a phase out of the middle, after a word", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, ended("DONE_SUCCESS", { phases: ["a", "b"].map((id) => aPhase({ id, state: "COMPLETE" })) }));
    editor.buttons = ["Take Out"];
    await on.takeOut();
    assert.deepEqual(server.sent, [["autopack.run.rollback", { runId: "demo", folderUri: FOLDER, phase: "a" }]]);
  });

  it("retry the failed phase, with a hint or without", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, FAILED);
    editor.texts = ["use Decimal", "", undefined];
    await on.retry();
    await on.retry();
    await on.retry();
    assert.deepEqual(server.sent.map(([, args]) => [args["phaseId"], args["hint"]]), [["interest", "use Decimal"], ["interest", ""]]);
  });

  it("show the patch of the attempt clicked, else of the latest", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, FAILED);
    editor.picks = ["fines"];
    server.answers = [1, 2].map(() => ({ uri: "", shown: true, title: "", files: [] }));
    await on.patch();
    await on.patch(nodes([FAILED], () => "")[0]?.children[1]?.children[0]);
    assert.deepEqual(editor.offered[0]?.labels, ["fines", "interest"]);
    assert.deepEqual(server.sent.map(([, args]) => [args["phaseId"], args["attempt"]]), [["fines", 0], ["interest", 1]]);
  });

  it("name the folders of requests where there are several", async () => {
    const { on, editor, runs } = commands();
    tell(runs, waiting(), { ...waiting(), folderUri: "file:///projects/attic" });
    await on.reject();
    assert.deepEqual(editor.offered[0]?.descriptions, ["demo · 1 path · shelf", "demo · 1 path · attic"]);
  });

  it("approve what was shown, by its digest and with the scope chosen", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    server.answers = [shown(["AP303 deletes 240 lines", "src/shelf/legacy.py"])];
    editor.buttons = ["For These Paths"];
    await on.approve();
    assert.match(editor.dialogs[0]?.detail ?? "", /src\/shelf\/legacy\.py/);
    assert.deepEqual(server.sent[1], ["autopack.approval.approve", { requestId: "r1", digest: "d1", scope: "path", folderUri: FOLDER }]);
  });

  it("approve a part: those files and hunks that the person ticks", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    const parts = [aPart("a.py#1", { lines: ["@@ -3 +3 @@", "-old", "+new"] }), aPart("a.py#2")];
    server.answers = [shown([], ...parts), shown([], ...parts)];
    editor.buttons = ["A Part…"];
    editor.picks = ["a.py#2"];
    editor.texts = [""];
    await on.approve();
    assert.deepEqual(server.sent.map(([command]) => command), ["autopack.approval.show", "autopack.approval.show", "autopack.approval.approve"]);
    const { only, rest, digest, scope } = server.sent[2]?.[1] ?? {};
    assert.deepEqual({ only, rest, digest, scope }, { only: ["a.py#2"], rest: "", digest: "d1", scope: undefined });
  });

  it("offer no part of a change that has only one", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    server.answers = [shown([], aPart("a.py"))];
    await on.approve();
    assert.ok(!editor.dialogs[0]?.buttons.includes("A Part…"));
  });

  it("put every line of a long request before the person", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    const lines = Array.from({ length: 60 }, (_, n) => `src/file_${n}.py`);
    server.answers = [shown(lines)];
    await on.approve();
    assert.ok(lines.every((line) => editor.pages["Request of drop-legacy"]?.includes(line)));
    assert.equal(server.sent.length, 1, "closing the dialog answers nothing");
  });

  it("approve nothing that could not be shown", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    server.answers = [new Error("gone")];
    await on.approve();
    assert.equal(server.sent.length, 1);
    assert.equal(editor.dialogs.length, 0);
  });

  it("look at the change before answering", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    server.answers = [shown([]), { uri: "", shown: true, title: "t", files: [] }];
    editor.buttons = ["Show Change"];
    await on.approve();
    assert.deepEqual(server.sent[1]?.[0], "autopack.phase.showPatch");
  });

  it("reject with a reason, and not without", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, waiting());
    editor.texts = ["keep it", undefined];
    await on.reject();
    await on.reject();
    assert.deepEqual(server.sent.map(([, args]) => args), [{ requestId: "r1", digest: "d1", reason: "keep it", folderUri: FOLDER }]);
  });

  it("offer the requests of the node clicked alone", async () => {
    const { on, server, editor, runs } = commands();
    const [mine, other] = [waiting({ run: "mine" }), waiting({ run: "other", requests: [aRequest({ id: "r2" })] })];
    tell(runs, mine, other);
    server.answers = [shown([])];
    await on.showRequest(nodes([other], () => "")[0]);
    assert.deepEqual(server.sent[0]?.[1], { requestId: "r2", folderUri: FOLDER });
    assert.deepEqual(editor.offered, []);
  });
});
