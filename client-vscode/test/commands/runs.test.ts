import * as assert from "node:assert/strict";

import { Choosing } from "../../src/commands/choosing";
import { howToGoOn, waysOn } from "../../src/commands/resuming";
import { placesBack, type Plans, RunCommands } from "../../src/commands/runs";
import { nodes } from "../../src/tree";
import { FakeEditor } from "../editor";
import { aHouse, FakeServer } from "../servers";
import { aPhase, aRun, ended, FOLDER, tell } from "../snapshots";

const PLAN = `${FOLDER}/demo.autopack.yaml`;
const plan = (name: string, current = false) => ({ uri: `${FOLDER}/${name}`, name, folder: "", current });

function commands(names: ReturnType<typeof plan>[] = [plan("demo.autopack.yaml")], cassettes = ["one.jsonl"]) {
  const server = new FakeServer();
  const house = aHouse(server);
  const saved: string[] = [];
  const plans: Plans = {
    find: async () => names,
    save: async (uri) => void saved.push(uri),
    phases: async () => ["fines", "search"],
    cassettes: async () => cassettes.map((name) => ({ path: `/projects/${name}`, name })),
  };
  const on = new RunCommands(house.editor, house.dispatch, new Choosing(house.editor, house.runs), plans);
  return { ...house, server, saved, on };
}

describe("run commands", () => {
  it("start the only plan without a question, saved", async () => {
    const { on, server, editor, saved } = commands();
    await on.start();
    assert.deepEqual(server.sent, [["autopack.run.start", { planUri: PLAN }]]);
    assert.deepEqual(saved, [PLAN]);
    assert.deepEqual(editor.offered, []);
  });

  it("let a person choose among several plans, that in front first", async () => {
    const { on, server, editor } = commands([plan("b.autopack.yaml", true), plan("a.autopack.yaml")]);
    editor.picks = ["a.autopack.yaml"];
    await on.start();
    assert.deepEqual(editor.offered[0]?.labels, ["b.autopack.yaml", "a.autopack.yaml"]);
    assert.equal(server.sent[0]?.[1]["planUri"], `${FOLDER}/a.autopack.yaml`);
    await on.start();
    assert.equal(server.sent.length, 1, "turning away starts nothing");
  });

  it("offer a new plan where there is none", async () => {
    const { on, server, editor } = commands([]);
    editor.buttons = ["New Plan"];
    await on.start();
    assert.deepEqual(server.sent, [["autopack.plan.new", {}]]);
  });

  it("start chosen phases", async () => {
    const { on, server, editor } = commands();
    editor.picks = ["search"];
    await on.startPhases();
    assert.deepEqual(server.sent[0]?.[1], { planUri: PLAN, phases: ["search"] });
    editor.picks = ["fines"];
    await on.startPhases(`${FOLDER}/other.autopack.yaml`);
    assert.deepEqual(server.sent[1]?.[1], { planUri: `${FOLDER}/other.autopack.yaml`, phases: ["fines"] });
  });

  it("replay the only cassette, or the chosen one", async () => {
    const one = commands();
    await one.on.replay();
    assert.deepEqual(one.server.sent[0]?.[1], { planUri: PLAN, cassette: "/projects/one.jsonl" });
    const two = commands(undefined, ["one.jsonl", "two.jsonl"]);
    two.editor.picks = ["two.jsonl"];
    await two.on.replay();
    assert.equal(two.server.sent[0]?.[1]["cassette"], "/projects/two.jsonl");
    const none = commands(undefined, []);
    await none.on.replay();
    assert.equal(none.server.sent.length, 0);
  });

  it("offer only runs that allow it", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, aRun({ run: "busy", createdAt: 3 }), ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW", { run: "failed", createdAt: 2 }));
    await on.stop();
    await on.resume();
    assert.deepEqual(server.sent.map(([name, args]) => [name, args["runId"], args["again"]]), [
      ["autopack.run.stop", "busy", undefined],
      ["autopack.run.resume", "failed", true],
    ]);
    assert.deepEqual(editor.offered, []);
    await on.promote();
    assert.deepEqual(editor.told, ["information: No run allows that now."]);
  });

  it("name the folders of runs where there are several", async () => {
    const { on, editor, runs } = commands();
    tell(runs, aRun({ run: "x", createdAt: 2 }), aRun({ run: "x", folderUri: "file:///projects/my%20attic/", createdAt: 1 }));
    await on.stop();
    assert.deepEqual(editor.offered[0]?.descriptions, ["search: test · shelf", "search: test · my attic"]);
  });

  it("take the tree's node for the run", async () => {
    const { on, server } = commands();
    const [node] = nodes([aRun({ run: "mine" })], () => "");
    await on.stop(node);
    assert.deepEqual(server.sent[0]?.[1], { runId: "mine", folderUri: FOLDER });
  });

  it("ask how to promote", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, ended("DONE_SUCCESS", { head: "b".repeat(40) }));
    editor.picks = ["Squash"];
    await on.promote();
    assert.equal(server.sent[0]?.[1]["mode"], "squash");
  });

  it("take a promotion back, of runs that were promoted", async () => {
    const { on, server, editor, runs } = commands();
    tell(runs, ended("DONE_SUCCESS", { run: "other", head: "b".repeat(40) }), ended("DONE_SUCCESS", { head: "b".repeat(40), promoted: "main" }));
    editor.picks = ["Revert"];
    await on.unpromote();
    assert.deepEqual(server.sent, [["autopack.run.unpromote", { runId: "demo", folderUri: FOLDER, mode: "revert" }]]);
  });

  it("roll back to the base or a complete phase, after a word", async () => {
    const done = ended("DONE_SUCCESS", { head: "b".repeat(40), phases: [aPhase({ id: "a", state: "COMPLETE" }), aPhase({ id: "b", state: "COMPLETE" })] });
    assert.deepEqual(placesBack(done).map(({ value }) => value), ["", "a"]);
    const { on, server, editor, runs } = commands();
    tell(runs, done);
    editor.picks = ["a"];
    editor.buttons = ["Roll Back"];
    await on.rollBack();
    assert.deepEqual(server.sent, [["autopack.run.rollback", { runId: "demo", folderUri: FOLDER, to: "a" }]]);
  });
});

describe("ways to go on", () => {
  it("fit how the run ended", () => {
    assert.deepEqual(waysOn(aRun({ state: "STOPPED" })).map(({ value }) => value), [{}]);
    assert.deepEqual(waysOn(ended("DONE_FAILED_POLICY_VIOLATION")).map(({ value }) => value), [{ again: true }]);
    assert.equal(waysOn(ended("DONE_FAILED_BUDGET_EXHAUSTED")).length, 4);
    assert.deepEqual(waysOn(ended("DONE_FAILED_ENVIRONMENT"))[1]?.value, { again: true, acceptBaseline: true });
  });

  it("raise the cap of the phase that used up its own", async () => {
    const short = ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW", {
      phases: [aPhase({ id: "a", state: "FAILED", worst: "AP701" }), aPhase({ id: "b", state: "FAILED", worst: "AP401" })],
    });
    const editor = new FakeEditor();
    editor.picks = ["Raise the token cap of a"];
    editor.texts = ["50000"];
    assert.deepEqual(await howToGoOn(editor, short), { phaseTokenCaps: { a: 50_000 } });
    assert.deepEqual(editor.offered[0]?.labels, ["Raise the token cap of a", "Try the failed phases again"]);
  });

  it("raise a cap to a number", async () => {
    const editor = new FakeEditor();
    editor.picks = ["Raise the token cap"];
    editor.texts = ["900000"];
    assert.deepEqual(await howToGoOn(editor, ended("DONE_FAILED_BUDGET_EXHAUSTED")), { again: true, tokenCap: 900_000 });
    const refuse = editor.questions[0]?.refuse ?? assert.fail();
    assert.deepEqual(["900000", "0.5", "-1", "many"].map((text) => refuse(text) === ""), [true, false, false, false]);
  });
});
