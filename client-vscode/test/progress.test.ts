import * as assert from "node:assert/strict";

import { RunProgress } from "../src/progress";
import { FakeEditor } from "./editor";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("progress", () => {
  let editor: FakeEditor;
  let cancelled: (string | number)[];
  let passed: number;
  let progress: RunProgress;
  const next = (): void => void passed++;

  beforeEach(() => {
    [editor, cancelled, passed] = [new FakeEditor(), [], 0];
    progress = new RunProgress(editor, (token) => cancelled.push(token));
  });

  it("is a notification that follows the run to its end", async () => {
    progress.handle("t", { kind: "begin", title: "Run demo", cancellable: true, message: "starting", percentage: 0 }, next);
    progress.handle("t", { kind: "report", message: "search: test" }, next);
    progress.handle("t", { kind: "report", percentage: 25 }, next);
    assert.equal(passed, 0);
    progress.handle("t", { kind: "end" }, next);
    await settled();
    assert.deepEqual(editor.progress.map(({ title, messages, ended }) => [title, messages, ended]), [["Run demo", ["starting 0 %", "search: test 0 %", "search: test 25 %"], true]]);
    assert.equal(passed, 1, "the editor's own part is told of the end, too");
  });

  it("tells the server when it is cancelled, and stays until the server has stopped", async () => {
    progress.handle("t", { kind: "begin", title: "Run demo", cancellable: true }, next);
    editor.progress[0]?.cancel();
    assert.deepEqual(cancelled, ["t"]);
    progress.handle("t", { kind: "report", message: "search: audit" }, next);
    await settled();
    assert.equal(editor.progress[0]?.ended, false);
    assert.equal(editor.progress[0]?.messages.at(-1), "stopping");
    progress.handle("t", { kind: "end" }, next);
    await settled();
    assert.equal(editor.progress[0]?.ended, true);
  });

  it("leaves to the editor what cannot be cancelled", () => {
    progress.handle("t", { kind: "begin", title: "Reading" }, next);
    progress.handle("t", { kind: "report", message: "x" }, next);
    progress.handle("t", { kind: "end" }, next);
    assert.equal(passed, 3);
    assert.equal(editor.progress.length, 0);
  });

  it("ends with the server", async () => {
    progress.handle("a", { kind: "begin", title: "A", cancellable: true }, next);
    progress.handle("b", { kind: "begin", title: "B", cancellable: true }, next);
    progress.endAll();
    await settled();
    assert.deepEqual(editor.progress.map(({ ended }) => ended), [true, true]);
  });
});
