// The status bar's one item as plain data; vscodeStatus.ts draws it.

import type { CommandRef, RunSnapshot, Status } from "./protocol";
import type { Runs } from "./runs";
import * as words from "./words";

export interface Line {
  /** With codicons, as `$(name)`. */
  text: string;
  tooltip: string;
  /** A person is awaited: the one state that may catch the eye. */
  waits: boolean;
  command: CommandRef | undefined;
  /** Whether it changes with the clock. */
  ticks: boolean;
}

/** `statuses` are the latest of each server; undefined when there is nothing to show. */
export function statusLine(runs: Runs, statuses: Status[]): Line | undefined {
  const working = runs.atWork().filter((run) => !words.waits(run));
  const [first] = working;
  const urgent = statuses.find((status) => status.kind === "Error") ?? statuses.find((s) => s.kind === "Warning");
  if (first !== undefined) {
    const text = working.length === 1 ? one(first, runs) : several(working);
    return line(`$(sync~spin) ${text}`, working.map((run) => explain(run, runs)).join("\n\n"), urgent, { ticks: true });
  }
  if (urgent !== undefined) {
    const waits = urgent.kind === "Warning";
    return line(`$(${waits ? "bell-dot" : "error"}) ${named(urgent.message)}`, urgent.message, urgent, { waits });
  }
  const busy = statuses.find((status) => status.busy);
  if (busy !== undefined) {
    return line(`$(sync~spin) ${named(busy.message)}`, busy.message, busy);
  }
  const [status] = statuses.filter((s) => s.kind !== "Inactive");
  return status && line("$(package) Autopack", status.message, status);
}

function one(run: RunSnapshot, runs: Runs): string {
  return [words.runState(run), words.clock(runs.elapsed(run)), words.usage(run.usage)].filter((part) => part).join(" · ");
}

function several(working: RunSnapshot[]): string {
  const total = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  for (const { usage } of working) {
    total.inputTokens += usage.inputTokens;
    total.outputTokens += usage.outputTokens;
    total.costUsd += usage.costUsd ?? 0;
  }
  return [`${working.length} runs at work`, words.usage(total)].filter((part) => part).join(" · ");
}

function explain(run: RunSnapshot, runs: Runs): string {
  const complete = run.phases.filter((phase) => phase.state === "COMPLETE").length;
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : "";
  const rows = [
    `Run ${run.run}: ${complete} of ${words.plural(run.phases.length, "phase")} complete`,
    words.runState(run) + attempt,
    [words.clock(runs.elapsed(run)), words.plural(run.usage.calls, "model call"), words.usage(run.usage)]
      .filter((part) => part)
      .join(", "),
  ];
  return rows.filter((row) => row).join("\n");
}

function line(text: string, tooltip: string, status: Status | undefined, more: { waits?: boolean; ticks?: boolean } = {}): Line {
  return { text, tooltip, command: status?.command ?? undefined, waits: false, ticks: false, ...more };
}

function named(message: string): string {
  return message.startsWith("Autopack") ? message : `Autopack: ${message}`;
}
