// The ways a run can go on as it stands, and what each needs to be told.

import type { Choice, Editor } from "../editor";
import type { ResumeRun, RunSnapshot } from "../protocol";
import { count, money } from "../words";

type Cap = "tokenCap" | "moneyCapUsd" | "maxDurationMinutes";
type Way = Partial<ResumeRun> | Cap;

/** More than one only for a run that failed. */
export function waysOn(run: RunSnapshot): Choice<Way>[] {
  const again: Choice<Way> = { label: "Try the failed phases again", description: "with as many attempts on top", value: { again: true } };
  switch (run.state) {
    case "DONE_FAILED_BUDGET_EXHAUSTED":
      return [
        { label: "Raise the token cap", description: `${count(run.usage.inputTokens + run.usage.outputTokens)} used`, value: "tokenCap" },
        { label: "Raise the money cap", description: `${money(run.usage.costUsd ?? 0)} used`, value: "moneyCapUsd" },
        { label: "Allow more time", value: "maxDurationMinutes" },
        again,
      ];
    case "DONE_FAILED_ENVIRONMENT":
      return [
        { label: "Try again", description: "when what was named is repaired", value: { again: true } },
        { label: "Accept the baseline", description: "its tests fail before any change; recorded and reported", value: { again: true, acceptBaseline: true } },
      ];
    default:
      return [run.state.startsWith("DONE_FAILED") ? again : { label: "Go on", value: {} }];
  }
}

/** What to send beside the run, or undefined: the person turned away. */
export async function howToGoOn(editor: Editor, run: RunSnapshot): Promise<Partial<ResumeRun> | undefined> {
  const ways = waysOn(run);
  const way = ways.length === 1 ? ways[0]?.value : await editor.pick(`How shall ${run.run} go on?`, ways);
  return typeof way === "string" ? raised(editor, run, way) : way;
}

async function raised(editor: Editor, run: RunSnapshot, cap: Cap): Promise<Partial<ResumeRun> | undefined> {
  const unit = { tokenCap: "tokens", moneyCapUsd: "USD", maxDurationMinutes: "minutes" }[cap];
  const text = await editor.ask({
    title: `New cap of ${run.run}`,
    prompt: `In ${unit}, over the whole run, what it has used included.`,
    refuse: (said) => (Number(said) > 0 && (cap === "moneyCapUsd" || Number.isInteger(Number(said))) ? "" : `A number of ${unit}.`),
  });
  return text === undefined ? undefined : { again: true, [cap]: Number(text) };
}
