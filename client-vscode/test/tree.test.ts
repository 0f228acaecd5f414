import * as assert from "node:assert/strict";

import { contextValue, nodes } from "../src/tree";
import { aPhase, aRun, aStep, anAttempt, ended, waiting } from "./snapshots";

const noFolder = (): string => "";
const HEAD = { head: "b".repeat(40) };

describe("tree", () => {
  it("shows run, phases, attempts and steps", () => {
    const [run] = nodes(
      [
        aRun({
          phases: [
            aPhase({ id: "fines", state: "COMPLETE", attempts: [anAttempt({ outcome: "complete" })] }),
            aPhase({
              findings: 3, worst: "AP401",
              attempts: [
                anAttempt({ outcome: "tests_failed", steps: [aStep("build", "ok", 2.1), aStep("test", "ok", 4.2), aStep("finalize", "tests_failed", 0)] }),
                anAttempt({ number: 2, steps: [aStep("build"), aStep("test", "", null)] }),
              ],
            }),
          ],
        }),
      ],
      noFolder,
    );
    assert.equal(`${run?.label} ${run?.description}`, "demo search: test · 1 of 2");
    assert.deepEqual(run?.children.map((n) => [n.label, n.description, n.mark]), [
      ["fines", "complete", "complete"],
      ["search", "test · AP401 +2 · 2 attempts", "working"],
    ]);
    const attempts = run?.children[1]?.children ?? [];
    assert.deepEqual(attempts.map((n) => [n.label, n.description, n.mark, n.open]), [
      ["Attempt 1", "tests failed", "failed", false],
      ["Attempt 2", "at work", "working", true],
    ]);
    assert.deepEqual(attempts[0]?.children.map((n) => [n.label, n.description, n.mark]), [
      ["build", "2.1 s", "complete"],
      ["test", "4.2 s", "failed"],
      ["finalize", "", "complete"],
    ]);
    assert.deepEqual(attempts[1]?.children.map((n) => [n.description, n.mark]), [["0.2 s", "complete"], ["", "working"]]);
  });

  it("opens what is at work or waits, and the newest, and leaves the rest closed", () => {
    const shown = nodes([ended("DONE_SUCCESS", { run: "c" }), ended("DONE_SUCCESS", { run: "b" }), waiting({ run: "a" })], noFolder);
    assert.deepEqual(shown.map((node) => node.open), [true, false, true]);
  });

  it("names folders only where there are several", () => {
    const here = aRun();
    const there = aRun({ folderUri: "file:///projects/other" });
    const name = (uri: string): string => uri.split("/").pop() ?? "";
    assert.doesNotMatch(nodes([here], name)[0]?.description ?? "", /shelf/);
    assert.match(nodes([here, there], name)[0]?.description ?? "", /shelf$/);
    assert.equal(new Set(nodes([here, there], name).map((node) => node.id)).size, 2);
  });

  it("gives each state the actions that fit it", () => {
    const actions = (run = aRun()): string => contextValue(nodes([run], noFolder)[0] ?? assert.fail());
    assert.equal(actions(), "run stop report");
    assert.equal(actions(aRun({ atWork: false })), "run resume discard report");
    assert.equal(actions(waiting()), "run answer report");
    assert.equal(actions(waiting({ atWork: false })), "run answer discard report");
    assert.equal(actions(ended("DONE_SUCCESS", HEAD)), "run promote changes rollback discard report");
    assert.equal(actions(ended("DONE_SUCCESS", { ...HEAD, promoted: "main" })), "run promote unpromote changes rollback discard report");
    assert.equal(actions(ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW")), "run resume discard report");
    assert.equal(actions(ended("DISCARDED", HEAD)), "run report");
  });

  it("offers an answer, a retry and the bundle where a phase waits", () => {
    const [run] = nodes([waiting()], noFolder);
    assert.equal(contextValue(run?.children[0] ?? assert.fail()), "phase answer retry skip evidence patch handoff");
  });

  it("takes a complete phase out where something complete came after it", () => {
    const phases = ["a", "b", "c"].map((id) => aPhase({ id, state: id === "c" ? "FAILED" : "COMPLETE" }));
    const [run] = nodes([ended("DONE_FAILED_REQUIRES_HUMAN_REVIEW", { ...HEAD, phases })], noFolder);
    assert.deepEqual(run?.children.map((node) => contextValue(node).includes("takeOut")), [true, false, false]);
  });

  it("says that nobody works on what was broken off", () => {
    const broken = aRun({ atWork: false, phases: [aPhase({ attempts: [anAttempt({ steps: [aStep("test", "", null)] })] })] });
    const [run] = nodes([broken], noFolder);
    assert.equal(run?.mark, "stopped");
    assert.equal(run?.children[0]?.description, "not finished");
    assert.equal(run?.children[0]?.children[0]?.children[0]?.mark, "stopped");
  });

  it("takes a run that ended for ended, though its process is still leaving", () => {
    const [run] = nodes([ended("DONE_SUCCESS", { atWork: true, ...HEAD })], noFolder);
    assert.equal(`${run?.description} ${run?.mark}`, "complete complete");
    assert.doesNotMatch(contextValue(run ?? assert.fail()), /stop/);
  });

  it("hides a complete phase's findings", () => {
    const [run] = nodes([aRun({ phases: [aPhase({ state: "COMPLETE", findings: 1, worst: "AP502" })] })], noFolder);
    assert.equal(run?.children[0]?.description, "complete");
  });
});
