import * as assert from "node:assert/strict";

import type { RunSnapshot, Status } from "../src/protocol";
import { Runs } from "../src/runs";
import { statusLine } from "../src/statusLine";
import { aPhase, aRun, ended, tell, waiting } from "./snapshots";

const IDLE: Status = { busy: false, message: "No run", kind: "Normal", command: null };
const USED = { calls: 3, inputTokens: 14_000, outputTokens: 240, costUsd: 0.083 };

function line(runs: RunSnapshot[], ...statuses: Status[]) {
  const known = new Runs(() => 0);
  tell(known, ...runs);
  return statusLine(known, statuses);
}

describe("status line", () => {
  it("is empty until a server speaks, and plain while nothing runs", () => {
    assert.equal(line([]), undefined);
    assert.equal(line([], IDLE)?.text, "$(package) Autopack");
    assert.equal(line([ended("DONE_SUCCESS", { atWork: true })], IDLE)?.text, "$(package) Autopack");
    assert.equal(line([], { ...IDLE, kind: "Inactive" }), undefined);
  });

  it("shows the step, the time, tokens and cost, and ticks", () => {
    const shown = line([aRun({ usage: USED, phases: [aPhase({ state: "COMPLETE" }), aPhase()] })], IDLE);
    assert.equal(shown?.text, "$(sync~spin) search: test · 0:12 · 14.2k tokens, $0.083");
    assert.equal(shown?.ticks, true);
    assert.match(shown?.tooltip ?? "", /1 of 2 phases complete/);
    assert.match(shown?.tooltip ?? "", /3 model calls/);
  });

  it("adds up several runs", () => {
    const shown = line([aRun({ run: "a", usage: USED }), aRun({ run: "b", usage: USED })]);
    assert.equal(shown?.text, "$(sync~spin) 2 runs at work · 28.5k tokens, $0.166");
  });

  it("does not tick for a run that waits: it shows what the server says", () => {
    const status: Status = { busy: false, message: "demo waits for you", kind: "Warning", command: { title: "Show", command: "x", arguments: [] } };
    const shown = line([waiting()], status);
    assert.equal(shown?.text, "$(bell-dot) Autopack: demo waits for you");
    assert.equal(shown?.waits, true);
    assert.equal(shown?.command?.command, "x");
    assert.equal(shown?.ticks, false);
  });

  it("puts an error before a warning", () => {
    const warning: Status = { ...IDLE, kind: "Warning", message: "w" };
    const error: Status = { ...IDLE, kind: "Error", message: "e" };
    assert.equal(line([], warning, error)?.text, "$(error) Autopack: e");
  });
});
