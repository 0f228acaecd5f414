import * as assert from "node:assert/strict";

import { Runs } from "../src/runs";
import { aRequest, aRun, FOLDER, tell, waiting } from "./snapshots";

const changed = (snapshot = aRun()) => ({ run: snapshot.run, version: snapshot.version, snapshot });

describe("Runs", () => {
  it("keeps the newest snapshot and drops lower versions", () => {
    const runs = new Runs();
    let told = 0;
    runs.onChange(() => told++);
    assert.ok(runs.accept(changed(aRun({ version: 5, step: "test" }))));
    assert.ok(!runs.accept(changed(aRun({ version: 4, step: "build" }))));
    assert.equal(runs.find("demo")?.step, "test");
    assert.equal(told, 1);
  });

  it("keeps runs of one id in two folders apart", () => {
    const runs = new Runs();
    runs.accept(changed(aRun({ version: 9 })));
    runs.accept(changed(aRun({ version: 1, folderUri: "file:///projects/other" })));
    assert.equal(runs.all().length, 2);
    runs.forget(FOLDER);
    assert.deepEqual(runs.all().map((run) => run.folderUri), ["file:///projects/other"]);
  });

  it("takes lower versions again once the folder's server began anew", () => {
    const runs = new Runs();
    runs.accept(changed(aRun({ version: 9 })));
    runs.forget(FOLDER);
    assert.ok(runs.accept(changed(aRun({ version: 1 }))));
  });

  it("lists newest first, and requests oldest first", () => {
    const runs = new Runs();
    tell(runs, waiting({ run: "old", createdAt: 1, requests: [aRequest({ id: "b", createdAt: 9 })] }),
      waiting({ run: "new", createdAt: 2, requests: [aRequest({ id: "a", createdAt: 5 })] }));
    assert.deepEqual(runs.all().map((run) => run.run), ["new", "old"]);
    assert.deepEqual(runs.pending().map(({ request }) => request.id), ["a", "b"]);
    assert.equal(runs.pending()[0]?.phase?.id, "drop-legacy");
  });

  it("counts time on while a run is at work, and not otherwise", () => {
    let now = 1000;
    const runs = new Runs(() => now);
    tell(runs, aRun({ run: "busy" }), aRun({ run: "idle", atWork: false }));
    now += 30;
    const [busy, idle] = [runs.find("busy"), runs.find("idle")];
    assert.ok(busy && idle);
    assert.equal(runs.elapsed(busy), 42);
    assert.equal(runs.elapsed(idle), 12);
  });
});
