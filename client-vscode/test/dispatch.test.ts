import * as assert from "node:assert/strict";

import { aHouse, FakeServer, refused } from "./servers";
import { aRequest, aRun, FOLDER, tell, waiting } from "./snapshots";

const OTHER = "file:///projects/other";

describe("dispatch", () => {
  it("sends a command to the folder it names, by folder, plan, run or request", async () => {
    const [here, there] = [new FakeServer(), new FakeServer(OTHER)];
    const { dispatch, runs } = aHouse(here, there);
    tell(runs, aRun({ run: "mine" }), waiting({ run: "theirs", folderUri: OTHER, requests: [aRequest({ id: "r9" })] }));
    await dispatch.execute("autopack.run.stop", { runId: "x", folderUri: OTHER });
    await dispatch.execute("autopack.run.start", { planUri: `${OTHER}/a.autopack.yaml` });
    await dispatch.execute("autopack.run.stop", { runId: "theirs" });
    await dispatch.execute("autopack.approval.approve", { requestId: "r9", digest: "d" });
    assert.equal(there.sent.length, 4);
    await dispatch.execute("autopack.run.stop", { runId: "mine" });
    await dispatch.execute("autopack.explain", { code: "AP401" });
    assert.deepEqual(here.sent.map(([command]) => command), ["autopack.run.stop", "autopack.explain"]);
  });

  it("asks for what is missing first, and sends nothing when the person turns away", async () => {
    const server = new FakeServer();
    const { dispatch, editor } = aHouse(server);
    editor.texts = [undefined, "no"];
    await dispatch.execute("autopack.approval.reject", { requestId: "r1", digest: "d1" });
    assert.equal(server.sent.length, 0);
    await dispatch.execute("autopack.approval.reject", { requestId: "r1", digest: "d1" });
    assert.deepEqual(server.sent[0]?.[1], { requestId: "r1", digest: "d1", reason: "no" });
  });

  it("says so when the server does not offer a command", async () => {
    const server = new FakeServer();
    server.missing = "autopack.run.promote";
    const { dispatch, editor } = aHouse(server);
    await dispatch.execute("autopack.run.promote", { runId: "demo" });
    assert.match(editor.told[0] ?? "", /warning: .*autopack\.run\.promote/);
    assert.equal(server.sent.length, 0);
  });

  it("lets a person agree to a plan's commands, and starts it then", async () => {
    const server = new FakeServer();
    server.answers = [refused("AP121", "the plan is not trusted", ["setup: python tools/gen.py"]), { runId: "demo", folderUri: FOLDER }];
    const { dispatch, editor } = aHouse(server);
    editor.buttons = ["Trust and Start"];
    await dispatch.execute("autopack.run.start", { planUri: `${FOLDER}/a.autopack.yaml` });
    assert.equal(editor.dialogs[0]?.detail, "setup: python tools/gen.py");
    assert.equal(server.sent[1]?.[1]["trust"], true);
    assert.deepEqual(editor.told, []);
  });

  it("lets a person agree to an interpreter that is new, and goes on then", async () => {
    const server = new FakeServer();
    server.answers = [refused("AP121", "not trusted", ["interpreter .venv/bin/python"]), { message: "Run demo goes on." }];
    const { dispatch, editor } = aHouse(server);
    editor.buttons = ["Trust and Resume"];
    await dispatch.execute("autopack.run.resume", { runId: "demo" });
    assert.equal(editor.dialogs[0]?.detail, "interpreter .venv/bin/python");
    assert.equal(server.sent[1]?.[1]["trust"], true);
  });

  it("does not start a plan nobody agreed to, nor ask twice", async () => {
    const server = new FakeServer();
    const { dispatch, editor } = aHouse(server);
    server.answers = [refused("AP121", "not trusted", ["x"])];
    await dispatch.execute("autopack.run.start", { planUri: `${FOLDER}/a.autopack.yaml` });
    assert.equal(server.sent.length, 1);
    server.answers = [refused("AP121", "not trusted", ["x"])];
    await dispatch.execute("autopack.run.start", { planUri: `${FOLDER}/a.autopack.yaml`, trust: true });
    assert.equal(editor.dialogs.length, 1);
    assert.match(editor.told[0] ?? "", /AP121/);
  });

  it("shows a refusal, and answers with nothing", async () => {
    const server = new FakeServer();
    server.answers = [refused("AP903", "held"), refused("AP903", "held")];
    const { dispatch, editor } = aHouse(server);
    assert.equal(await dispatch.send("autopack.run.stop", { runId: "demo" }), undefined);
    assert.equal(await dispatch.ask("autopack.approval.show", { requestId: "r1" }), undefined);
    assert.deepEqual(editor.told, ["error: AP903: held.", "error: AP903: held."]);
  });
});
