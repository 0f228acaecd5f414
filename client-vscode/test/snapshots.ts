// Snapshots for tests: what a field leaves out is what a quiet run has.

import type { Runs } from "../src/runs";
import type { AttemptSnapshot, ChoosablePart, PhaseSnapshot, RequestSnapshot, RunSnapshot, StepSnapshot } from "../src/protocol";

export const FOLDER = "file:///projects/shelf";

export function aRun(fields: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    run: "demo", folderUri: FOLDER, version: 1, state: "PHASE_EXECUTION", shown: "PHASE_EXECUTION", project: "shelf",
    planUri: `${FOLDER}/demo.autopack.yaml`, reason: "", branch: "autopack/demo", base: "a".repeat(40), head: "a".repeat(40),
    published: false, promoted: "", atWork: true, here: true, ended: false, createdAt: 100, activeSeconds: 12, phase: "search", attempt: 1,
    step: "test", phases: [], requests: [], usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null }, ...fields,
  };
}

export function ended(state: string, fields: Partial<RunSnapshot> = {}): RunSnapshot {
  return aRun({ state, shown: state, ended: true, atWork: false, here: false, phase: "", step: "", ...fields });
}

export function aPhase(fields: Partial<PhaseSnapshot> = {}): PhaseSnapshot {
  return {
    id: "search", state: "EXECUTING", tier: "", goal: "Make the search ignore case.", detail: "", commit: "", findings: 0,
    worst: "", attempts: [], ...fields,
  };
}

export function anAttempt(fields: Partial<AttemptSnapshot> = {}): AttemptSnapshot {
  return { number: 1, outcome: "", detail: "", steps: [], ...fields };
}

export function aStep(name: string, outcome = "ok", seconds: number | null = 0.2): StepSnapshot {
  return { name, outcome, seconds, beganAt: 100 };
}

export function aRequest(fields: Partial<RequestSnapshot> = {}): RequestSnapshot {
  return {
    id: "r1", phase: "drop-legacy", attempt: 1, stage: "accept", codes: ["AP303"], reasons: ["AP303 deletes 240 lines"], paths: ["src/shelf/legacy.py"],
    digest: "d1", lines: ["AP303 deletes 240 lines", "src/shelf/legacy.py"], createdAt: 110, parts: [], ...fields,
  };
}

export function aPart(id: string, fields: Partial<ChoosablePart> = {}): ChoosablePart {
  const path = id.replace(/#\d+$/, "");
  return { id, path, names: [path], status: "modified", before: [3, 7], after: [3, 7], heading: "", lines: [], ...fields };
}

/** A run whose phase drop-legacy waits for a person. */
export function waiting(fields: Partial<RunSnapshot> = {}): RunSnapshot {
  return aRun({
    shown: "BLOCKED", phase: "drop-legacy", step: "", requests: [aRequest()],
    phases: [aPhase({ id: "drop-legacy", state: "BLOCKED", attempts: [anAttempt({ outcome: "waiting", steps: [aStep("apply")] })] })],
    ...fields,
  });
}

/** As a server would tell of them. */
export function tell(runs: Runs, ...snapshots: RunSnapshot[]): void {
  snapshots.forEach((snapshot) => runs.accept({ run: snapshot.run, version: snapshot.version, snapshot }));
}
