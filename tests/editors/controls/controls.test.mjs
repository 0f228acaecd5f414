// Tests that cannot fail prove nothing: with a server that tells of no problem each of these must fail, and at that.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { describe, it } from "node:test";

import { NODE, ROOT } from "../kit/places.mjs";

const EDITORS = path.join(ROOT, "tests", "editors");

describe("with a mute server", { concurrency: 2 }, () => {
  it("the story fails at the lightbulb", async () => {
    const { code, output } = await run("workbench/story.test.mjs");
    assert.notEqual(code, 0, output);
    told(output, /✔ asks a person by message, status and badge/);
    told(output, /✖ is approved by the lightbulb/);
  });

  it("Neovim and Emacs fail at the first problem", async () => {
    const { code, output } = await run("others/others.test.mjs");
    assert.notEqual(code, 0, output);
    assert.equal(output.match(/not seen: AP101 while typing/g)?.length >= 2, true, output);
  });

  it("the host's tests fail at the first problem", async () => {
    const { code, output } = await run("host/host.test.mjs");
    assert.notEqual(code, 0, output);
    told(output, /✔ starts a run for a caller/);
    told(output, /publishes that a person is awaited/);
    told(output, /0 passing|[1-3] passing/);
  });
});

/** All that was printed stands in the failure: without it nobody knows which step came too late. */
function told(output, pattern) {
  assert.ok(pattern.test(output), `not there: ${pattern}\n${output}`);
}

function run(file) {
  const env = { ...process.env, MUTE: "1", PATIENCE_MS: process.env.CONTROL_PATIENCE_MS ?? "60000", NODE_TEST_CONTEXT: "" };
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(NODE, ["--test", "--test-reporter=spec", path.join(EDITORS, file)], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (output += data));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}
