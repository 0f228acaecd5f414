// The words people see for states, outcomes and steps, and how figures are written.

import type { PhaseSnapshot, RunSnapshot, UsageSnapshot } from "./protocol";

const RUN_STATES: Record<string, string> = {
  PLAN_BOOTSTRAP: "starting",
  RUN_CREATED: "taking the baseline",
  PHASE_QUEUEING: "choosing the next phase",
  PHASE_EXECUTION: "at work",
  SNAPSHOT_CREATED: "at work",
  GATE: "judging",
  CI_RUNNING: "testing",
  AWAITING_APPROVAL: "waits for you",
  BLOCKED: "waits for you",
  STOPPED: "stopped",
  DONE_SUCCESS: "complete",
  DONE_FAILED_BUDGET_EXHAUSTED: "failed: budget used up",
  DONE_FAILED_POLICY_VIOLATION: "failed: policy violation",
  DONE_FAILED_REQUIRES_HUMAN_REVIEW: "needs your review",
  DONE_FAILED_ENVIRONMENT: "failed: environment",
  DISCARDED: "discarded",
};

const PHASE_STATES: Record<string, string> = {
  QUEUED: "queued",
  EXECUTING: "at work",
  CI_RUNNING: "testing",
  GATE: "judging",
  AWAITING_APPROVAL: "waits for you",
  BLOCKED: "waits for you",
  COMPLETE: "complete",
  FAILED: "failed",
  SKIPPED: "skipped",
};

const OUTCOMES: Record<string, string> = {
  complete: "complete",
  answer_refused: "answer refused",
  policy_refused: "refused by policy",
  tests_failed: "tests failed",
  audit_rejected: "rejected by the audit",
  gates_failed: "stopped by a gate",
  person_rejected: "rejected by a person",
  asked: "asked for a wider scope",
  person_selected: "taken in part by a person",
  waiting: "waits for you",
  budget: "budget used up",
  provider: "model not reached",
  environment: "environment",
};

const UNDER_WAY = new Set(["EXECUTING", "GATE", "CI_RUNNING"]);

/** Whether people are awaited: a run that waits may be owned by nobody. */
export function waits(run: RunSnapshot): boolean {
  return run.requests.length > 0 && !run.ended;
}

/** Whether no living process drives a run that should be driven. */
export function interrupted(run: RunSnapshot): boolean {
  return !run.atWork && !run.ended && run.state !== "STOPPED" && !waits(run);
}

/** What is in hand, else the state. */
export function runState(run: RunSnapshot): string {
  if (waits(run)) {
    return "waits for you";
  }
  if (interrupted(run)) {
    return "interrupted";
  }
  if (run.atWork && !run.ended && (run.phase || run.step)) {
    return inHand(run);
  }
  return RUN_STATES[run.shown] ?? lower(run.shown);
}

/** The step in hand where there is one: states of phases tell less. */
export function phaseState(phase: PhaseSnapshot, run: RunSnapshot): string {
  if (run.atWork && run.phase === phase.id && run.step && UNDER_WAY.has(phase.state)) {
    return step(run.step);
  }
  if (UNDER_WAY.has(phase.state) && !run.atWork) {
    return "not finished";
  }
  return PHASE_STATES[phase.state] ?? lower(phase.state);
}

/** `search: build`, or what of it is known. */
export function inHand(run: RunSnapshot): string {
  return [run.phase, run.step && step(run.step)].filter((part) => part).join(": ");
}

export function outcome(name: string): string {
  return OUTCOMES[name] ?? lower(name);
}

export function step(name: string): string {
  return lower(name);
}

/** `0.4 s`, `12 s`, `2:05 min`, `1:02 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)} min` : `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

/** `0:07`, `12:40`, `1:02:03`: for what ticks. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `820`, `14.2k`, `1.3M`. */
export function count(tokens: number): string {
  if (tokens < 1000) {
    return String(tokens);
  }
  return tokens < 999_950 ? `${(tokens / 1000).toFixed(1)}k` : `${(tokens / 1_000_000).toFixed(1)}M`;
}

export function money(usd: number): string {
  return usd < 1 ? `$${usd.toFixed(3)}` : `$${usd.toFixed(2)}`;
}

/** `14.2k tokens, $0.083`; what nobody reported is left out. */
export function usage(used: UsageSnapshot): string {
  const parts: string[] = [];
  const tokens = used.inputTokens + used.outputTokens;
  if (tokens) {
    parts.push(`${count(tokens)} tokens`);
  }
  if (used.costUsd !== null && used.costUsd !== undefined && used.costUsd > 0) {
    parts.push(money(used.costUsd));
  }
  return parts.join(", ");
}

/** The last part of a folder's URI, as people read it. */
export function folder(uri: string): string {
  return decodeURIComponent(uri.replace(/\/+$/, "").split("/").pop() ?? "");
}

export function plural(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function lower(state: string): string {
  return state.toLowerCase().replaceAll("_", " ");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
