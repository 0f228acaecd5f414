import * as assert from "node:assert/strict";

import { ended, launch, leveled } from "../src/launch";
import { run } from "../src/processes";

const NODE = process.execPath;

describe("processes", () => {
  it("hands over lines as they come and keeps both streams", async () => {
    const lines: string[] = [];
    const script = "console.log('one'); console.error('two'); process.exit(3)";
    const done = await run([NODE, "-e", script], { cwd: "/", onLine: (line) => lines.push(line) });
    assert.equal(done.code, 3);
    assert.deepEqual(lines.sort(), ["one", "two"]);
    assert.match(done.output, /one/);
  });

  it("says so when a program is not there", async () => {
    const done = await run(["/nowhere/program"], { cwd: "/" });
    assert.equal(done.code, 127);
    assert.match(done.output, /ENOENT/);
  });

  it("ends a program and its children when it is cancelled", async () => {
    const listeners: (() => void)[] = [];
    const script = "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {stdio: 'inherit'}); console.log('up')";
    const done = await run([NODE, "-e", script], {
      cwd: "/",
      cancel: { requested: false, onRequested: (listener) => void listeners.push(listener) },
      onLine: () => listeners.forEach((listener) => listener()),
    });
    assert.equal(done.code, 143); // its output ends only when the child is gone too
  });

  it("launches a server, and ends one that does not end itself", async () => {
    const child = await launch({ command: [NODE, "-e", "setInterval(() => {}, 1e6)"], cwd: "/", env: process.env });
    await ended(child, 50);
    assert.equal(child.signalCode, "SIGTERM");
  });

  it("names the program that could not be launched", async () => {
    await assert.rejects(launch({ command: ["/nowhere/autopack", "lsp"], cwd: "/", env: {} }), /\/nowhere\/autopack could not be started/);
  });

  it("reads the level of a line of the server's log", () => {
    assert.deepEqual(leveled("autopack WARNING: the journal is late"), ["warn", "the journal is late"]);
    assert.deepEqual(leveled("autopack CRITICAL: no"), ["error", "no"]);
    assert.deepEqual(leveled("autopack worker: gone"), ["info", "autopack worker: gone"]);
  });
});
