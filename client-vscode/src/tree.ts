// The tree of runs, phases, attempts and steps as plain data; vscodeTree.ts draws it.

import { type Action, attemptActions, phaseActions, runActions } from "./actions";
import type { AttemptSnapshot, PhaseSnapshot, RunSnapshot, StepSnapshot } from "./protocol";
import * as words from "./words";

export type Mark = "working" | "waiting" | "complete" | "failed" | "stopped" | "skipped" | "queued" | "discarded" | "warned";

export interface Node {
  kind: "run" | "phase" | "attempt" | "step";
  /** Unique and stable, so that what is open stays open. */
  id: string;
  label: string;
  description: string;
  tooltip: string;
  mark: Mark;
  open: boolean;
  actions: Action[];
  run: RunSnapshot;
  phase?: PhaseSnapshot;
  attempt?: AttemptSnapshot;
  children: Node[];
}

/** `folderName` is asked when runs of several folders are shown. */
export function nodes(runs: RunSnapshot[], folderName: (uri: string) => string): Node[] {
  const several = new Set(runs.map((run) => run.folderUri)).size > 1;
  return runs.map((run, place) => runNode(run, place === 0, several ? folderName(run.folderUri) : ""));
}

/** `run stop report`: what `viewItem` clauses of menus look for. */
export function contextValue(node: Node): string {
  return [node.kind, ...node.actions].join(" ");
}

function runNode(run: RunSnapshot, newest: boolean, folder: string): Node {
  const complete = run.phases.filter((phase) => phase.state === "COMPLETE").length;
  const progress = run.phases.length && !run.ended ? `${complete} of ${run.phases.length}` : "";
  return {
    kind: "run",
    id: `${run.folderUri}#${run.run}`,
    label: run.run,
    description: join(" · ", words.runState(run), progress, folder),
    tooltip: runTooltip(run),
    mark: runMark(run),
    open: (run.atWork && !run.ended) || words.waits(run) || newest,
    actions: runActions(run),
    run,
    children: run.phases.map((phase) => phaseNode(phase, run)),
  };
}

function phaseNode(phase: PhaseSnapshot, run: RunSnapshot): Node {
  const tries = phase.attempts.length > 1 ? words.plural(phase.attempts.length, "attempt") : "";
  return {
    kind: "phase",
    id: `${run.folderUri}#${run.run}/${phase.id}`,
    label: phase.id,
    description: join(" · ", words.phaseState(phase, run), worst(phase), tries),
    tooltip: lines(phase.goal, phase.detail, phase.commit && `Commit ${phase.commit.slice(0, 12)}`),
    mark: phaseMark(phase, run),
    open: false,
    actions: phaseActions(phase, run),
    run,
    phase,
    children: phase.attempts.map((attempt) => attemptNode(attempt, phase, run)),
  };
}

function attemptNode(attempt: AttemptSnapshot, phase: PhaseSnapshot, run: RunSnapshot): Node {
  const going = attempt.outcome === "";
  return {
    kind: "attempt",
    id: `${run.folderUri}#${run.run}/${phase.id}/${attempt.number}`,
    label: `Attempt ${attempt.number}`,
    description: going ? (run.atWork ? "at work" : "not finished") : words.outcome(attempt.outcome),
    tooltip: lines(attempt.detail),
    mark: going ? (run.atWork ? "working" : "stopped") : attemptMark(attempt.outcome),
    open: going,
    actions: attemptActions(attempt),
    run,
    phase,
    attempt,
    children: attempt.steps.map((step) => stepNode(step, attempt, phase, run)),
  };
}

function stepNode(step: StepSnapshot, attempt: AttemptSnapshot, phase: PhaseSnapshot, run: RunSnapshot): Node {
  const going = step.outcome === "";
  const took = !going && step.seconds !== null && step.seconds !== undefined && step.seconds >= 0.05;
  return {
    kind: "step",
    id: `${run.folderUri}#${run.run}/${phase.id}/${attempt.number}/${step.name}`,
    label: words.step(step.name),
    description: took ? words.duration(step.seconds ?? 0) : going && !run.atWork ? "not finished" : "",
    tooltip: going ? "" : step.outcome,
    mark: going ? (run.atWork ? "working" : "stopped") : stepMark(step, attempt),
    open: false,
    actions: [],
    run,
    children: [],
  };
}

function worst(phase: PhaseSnapshot): string {
  if (!phase.worst || phase.state === "COMPLETE") {
    return "";
  }
  return phase.findings > 1 ? `${phase.worst} +${phase.findings - 1}` : phase.worst;
}

function runTooltip(run: RunSnapshot): string {
  const range = run.head && run.head !== run.base ? `${run.base.slice(0, 12)}..${run.head.slice(0, 12)}` : "";
  const branch = range ? `${run.branch}  ${range}${run.published ? "" : " (not published yet)"}` : "";
  const figures = join(" · ", run.activeSeconds ? words.duration(run.activeSeconds) : "", words.usage(run.usage));
  return lines(run.project && `Project ${run.project}`, run.reason, branch, figures);
}

function runMark(run: RunSnapshot): Mark {
  if (words.waits(run)) {
    return "waiting";
  }
  if (run.atWork && !run.ended) {
    return "working";
  }
  if (run.state === "DISCARDED") {
    return "discarded";
  }
  if (run.state === "DONE_SUCCESS") {
    return "complete";
  }
  return run.state.startsWith("DONE_FAILED") ? "failed" : "stopped";
}

function phaseMark(phase: PhaseSnapshot, run: RunSnapshot): Mark {
  switch (phase.state) {
    case "COMPLETE":
      return "complete";
    case "FAILED":
      return "failed";
    case "SKIPPED":
      return "skipped";
    case "QUEUED":
      return "queued";
    case "AWAITING_APPROVAL":
    case "BLOCKED":
      return "waiting";
    default:
      return run.atWork ? "working" : "stopped";
  }
}

/** The step whose finding ended an attempt; all of them are told by the last one, which does no more than say so. */
const FOUND_BY: Record<string, string> = {
  answer_refused: "parse",
  policy_refused: "govern",
  tests_failed: "test",
  audit_rejected: "audit",
  gates_failed: "judge",
};

function stepMark(step: StepSnapshot, attempt: AttemptSnapshot): Mark {
  const found = FOUND_BY[attempt.outcome];
  if (found !== undefined && attempt.steps.some(({ name }) => name === found)) {
    return step.name === found ? "failed" : "complete";
  }
  return step.outcome === "ok" ? "complete" : attemptMark(step.outcome);
}

function attemptMark(outcome: string): Mark {
  switch (outcome) {
    case "complete":
      return "complete";
    case "waiting":
      return "waiting";
    case "environment":
    case "provider":
    case "budget":
      return "warned";
    default:
      return "failed";
  }
}

function join(between: string, ...parts: string[]): string {
  return parts.filter((part) => part).join(between);
}

function lines(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join("\n");
}
