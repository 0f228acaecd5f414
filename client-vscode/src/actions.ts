// What a person may do with a run, a phase or an attempt as it stands. Menus and palette ask here.

import type { AttemptSnapshot, PhaseSnapshot, RunSnapshot } from "./protocol";
import { waits } from "./words";

export type Action =
  | "stop" | "resume" | "promote" | "unpromote" | "rollback" | "takeOut" | "discard" | "report" | "changes"
  | "retry" | "skip" | "patch" | "evidence" | "handoff"
  | "answer";

export function runActions(run: RunSnapshot): Action[] {
  const can: Action[] = [];
  if (run.atWork && !run.ended && !waits(run)) {
    can.push("stop");
  }
  if (!run.atWork && !waits(run) && run.state !== "DISCARDED" && run.state !== "DONE_SUCCESS") {
    can.push("resume");
  }
  if (waits(run)) {
    can.push("answer");
  }
  const changed = run.head !== run.base && run.head !== "";
  if (run.ended && run.state !== "DISCARDED" && changed) {
    can.push("promote");
  }
  if (run.promoted && !run.atWork && run.state !== "DISCARDED") {
    can.push("unpromote");
  }
  if (changed && run.state !== "DISCARDED") {
    can.push("changes");
    if (!run.atWork) {
      can.push("rollback");
    }
  }
  if (!run.atWork && run.state !== "DISCARDED") {
    can.push("discard");
  }
  can.push("report");
  return can;
}

export function phaseActions(phase: PhaseSnapshot, run: RunSnapshot): Action[] {
  const can: Action[] = [];
  const live = run.state !== "DISCARDED";
  if (run.requests.some((request) => request.phase === phase.id)) {
    can.push("answer");
  }
  const waiting = phase.state === "AWAITING_APPROVAL" || phase.state === "BLOCKED";
  if (live && (waiting || phase.state === "FAILED")) {
    can.push("retry");
  }
  if (live && (waiting || phase.state === "FAILED" || phase.state === "QUEUED")) {
    can.push("skip");
  }
  const later = run.phases.slice(run.phases.findIndex(({ id }) => id === phase.id) + 1);
  if (live && !run.atWork && phase.state === "COMPLETE" && later.some(({ state }) => state === "COMPLETE")) {
    can.push("takeOut");
  }
  if (phase.attempts.length > 0) {
    can.push("evidence");
    if (phase.attempts.some(hasPatch)) {
      can.push("patch");
    }
  }
  if (waiting || phase.state === "FAILED") {
    can.push("handoff");
  }
  return can;
}

export function attemptActions(attempt: AttemptSnapshot): Action[] {
  return hasPatch(attempt) ? ["patch", "evidence"] : ["evidence"];
}

/** Whether the attempt got as far as a candidate. */
function hasPatch(attempt: AttemptSnapshot): boolean {
  return attempt.steps.some((step) => step.name === "apply" && step.outcome !== "");
}
