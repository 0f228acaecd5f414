import * as assert from "node:assert/strict";

import * as words from "../src/words";
import { aPhase, aRun, ended, waiting } from "./snapshots";

describe("words", () => {
  it("says how a run stands", () => {
    assert.equal(words.runState(aRun({ shown: "CI_RUNNING" })), "search: test");
    assert.equal(words.runState(aRun({ shown: "CI_RUNNING", phase: "", step: "" })), "testing");
    assert.equal(words.runState(aRun({ phase: "", step: "baseline" })), "baseline");
    assert.equal(words.runState(waiting()), "waits for you");
    assert.equal(words.runState(aRun({ atWork: false })), "interrupted");
    assert.equal(words.runState(aRun({ state: "STOPPED", shown: "STOPPED", atWork: false })), "stopped");
    assert.equal(words.runState(ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW")), "needs your review");
  });

  it("says a state it does not know in its own letters", () => {
    assert.equal(words.runState(aRun({ shown: "ON_HOLIDAY", phase: "", step: "" })), "on holiday");
  });

  it("does not say that a phase is at work when nobody works", () => {
    assert.equal(words.phaseState(aPhase(), aRun()), "test");
    assert.equal(words.phaseState(aPhase(), aRun({ step: "" })), "at work");
    assert.equal(words.phaseState(aPhase(), aRun({ atWork: false })), "not finished");
  });

  it("writes times", () => {
    assert.deepEqual([0.41, 12.4, 59.6, 125, 3720].map(words.duration), ["0.4 s", "12 s", "1:00 min", "2:05 min", "1:02 h"]);
    assert.deepEqual([0, 7.9, 760, 3723].map(words.clock), ["0:00", "0:07", "12:40", "1:02:03"]);
  });

  it("writes figures", () => {
    assert.deepEqual([820, 14_240, 999_999, 1_300_000].map(words.count), ["820", "14.2k", "1.0M", "1.3M"]);
    assert.equal(words.usage({ calls: 2, inputTokens: 14_000, outputTokens: 200, costUsd: 0.0834 }), "14.2k tokens, $0.083");
    assert.equal(words.usage({ calls: 2, inputTokens: 0, outputTokens: 0, costUsd: null }), "");
    assert.equal(words.plural(1, "phase"), "1 phase");
    assert.equal(words.plural(0, "phase"), "0 phases");
  });
});
