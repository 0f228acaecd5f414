import * as assert from "node:assert/strict";

import { type Folder, type House, type Running, Sessions } from "../src/sessions";
import { FakeServer } from "./servers";

const [A, B]: Folder[] = [{ uri: "file:///a", name: "a" }, { uri: "file:///b", name: "b" }];

class FakeSession extends FakeServer implements Running {
  running = false;
  stopped = 0;
  broken = false;

  async start(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.broken) {
      throw new Error("it ended at once");
    }
    this.running = true;
  }

  async stop(): Promise<void> {
    this.running = false;
    this.stopped++;
  }
}

function aWindow(...present: Folder[]) {
  const window = {
    present, opened: [] as FakeSession[], failures: [] as string[], located: [] as boolean[], command: ["autopack", "lsp"] as string[] | undefined,
    broken: false, front: undefined as Folder | undefined, chosen: undefined as Folder | undefined,
  };
  const house: House = {
    folders: () => window.present,
    around: (uri) => window.present.find((folder) => uri.startsWith(folder.uri)),
    current: () => window.front,
    choose: async () => window.chosen,
    locate: async (asked) => {
      window.located.push(asked);
      return window.command;
    },
    open: async (folder) => {
      const session = new FakeSession(folder.uri);
      session.broken = window.broken;
      window.opened.push(session);
      return session;
    },
    failed: (folder, error) => void window.failures.push(`${folder.name}: ${String(error)}`),
  };
  return { window, sessions: new Sessions(house) };
}

describe("sessions", () => {
  it("open one server for a folder, however often it is asked for at once", async () => {
    const { window, sessions } = aWindow(A!);
    const [one, two] = await Promise.all([sessions.ensure(A!, false), sessions.for("file:///a/plan.autopack.yaml")]);
    assert.equal(one, two);
    assert.equal(await sessions.any(), one);
    assert.equal(window.opened.length, 1);
  });

  it("know nothing of a file outside the workspace", async () => {
    const { window, sessions } = aWindow(A!);
    assert.equal(await sessions.for("file:///elsewhere/x"), undefined);
    assert.equal(window.opened.length, 0);
  });

  it("take the folder in front, else ask, when nothing says which", async () => {
    const { window, sessions } = aWindow(A!, B!);
    window.chosen = B!;
    assert.equal((await sessions.any())?.folderUri, B!.uri);
    window.front = A!;
    await sessions.ensure(A!, true);
    assert.equal((await sessions.any())?.folderUri, A!.uri);
  });

  it("say what failed and try again the next time", async () => {
    const { window, sessions } = aWindow(A!);
    window.broken = true;
    assert.equal(await sessions.ensure(A!, true), undefined);
    assert.deepEqual(window.failures, ["a: Error: it ended at once"]);
    window.broken = false;
    assert.ok(await sessions.ensure(A!, true));
  });

  it("do nothing without a server, and pass on whether a person waits", async () => {
    const { window, sessions } = aWindow(A!);
    window.command = undefined;
    assert.equal(await sessions.ensure(A!, false), undefined);
    assert.equal(await sessions.any(), undefined);
    assert.deepEqual(window.located, [false, true]);
    assert.equal(window.opened.length, 0);
  });

  it("start again with new ones, those that were", async () => {
    const { window, sessions } = aWindow(A!, B!);
    await sessions.ensure(A!, true);
    await sessions.restart();
    assert.deepEqual(window.opened.map(({ folderUri, running, stopped }) => [folderUri, running, stopped]), [[A!.uri, false, 1], [A!.uri, true, 0]]);
  });

  it("end with their folders, and all with the window", async () => {
    const { window, sessions } = aWindow(A!, B!);
    await Promise.all([sessions.ensure(A!, true), sessions.ensure(B!, true)]);
    window.present = [B!];
    await sessions.prune();
    assert.deepEqual(window.opened.map(({ running }) => running), [false, true]);
    await sessions.stop();
    assert.deepEqual(window.opened.map(({ stopped }) => stopped), [1, 1]);
    assert.deepEqual(sessions.all(), []);
  });

  it("end what is still starting when the window closes", async () => {
    const { window, sessions } = aWindow(A!);
    const starting = sessions.ensure(A!, true);
    await sessions.stop();
    await starting;
    assert.deepEqual(window.opened.map(({ running }) => running), [false]);
  });
});
