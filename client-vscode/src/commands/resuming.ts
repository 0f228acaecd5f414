// The ways a run can go on as it stands, and what each needs to be told.

import type { Choice, Editor } from "../editor";
import type { ResumeRun, RunSnapshot } from "../protocol";
import { count, money } from "../words";

type Cap = "tokenCap" | "moneyCapUsd" | "maxDurationMinutes";
type Way = Partial<ResumeRun> | Cap | { phase: string };

const UNITS: Record<Cap, string> = { tokenCap: "tokens", moneyCapUsd: "USD", maxDurationMinutes: "minutes" };
/** The rule of token caps, the run's and a phase's own. */
const TOKENS = "AP701";

/** More than one only for a run that failed. */
export function waysOn(run: RunSnapshot): Choice<Way>[] {
  const again: Choice<Way> = { label: "Try the failed phases again", description: "with as many attempts on top", value: { again: true } };
  switch (run.state) {
    case "DONE_FAILED_BUDGET_EXHAUSTED":
      return [
        { label: "Raise the token cap", description: `${count(run.usage.inputTokens + run.usage.outputTokens)} used`, value: "tokenCap" },
        { label: "Raise the money cap", description: `${money(run.usage.costUsd ?? 0)} used`, value: "moneyCapUsd" },
        { label: "Allow more time", value: "maxDurationMinutes" },
        ...phaseCaps(run),
        again,
      ];
    case "DONE_FAILED_ENVIRONMENT":
      return [
        { label: "Try again", description: "when what was named is repaired", value: { again: true } },
        { label: "Accept the baseline", description: "its tests fail before any change; recorded and reported", value: { again: true, acceptBaseline: true } },
      ];
    default:
      return run.state.startsWith("DONE_FAILED") ? [...phaseCaps(run), again] : [{ label: "Go on", value: {} }];
  }
}

/** What to send beside the run, or undefined: the person turned away. */
export async function howToGoOn(editor: Editor, run: RunSnapshot): Promise<Partial<ResumeRun> | undefined> {
  const ways = waysOn(run);
  const way = ways.length === 1 ? ways[0]?.value : await editor.pick(`How shall ${run.run} go on?`, ways);
  if (typeof way === "string") {
    const cap = await newCap(editor, `New cap of ${run.run}`, UNITS[way], "over the whole run");
    return cap === undefined ? undefined : { again: true, [way]: cap };
  }
  if (way !== undefined && "phase" in way) {
    const cap = await newCap(editor, `New cap of ${way.phase}`, UNITS.tokenCap, "over all attempts of the phase");
    return cap === undefined ? undefined : { phaseTokenCaps: { [way.phase]: cap } };
  }
  return way;
}

function phaseCaps(run: RunSnapshot): Choice<Way>[] {
  const short = run.phases.filter((phase) => phase.state === "FAILED" && phase.worst === TOKENS);
  return short.map(({ id }) => ({ label: `Raise the token cap of ${id}`, description: "its own cap, not the run's", value: { phase: id } }));
}

async function newCap(editor: Editor, title: string, unit: string, over: string): Promise<number | undefined> {
  const whole = unit === UNITS.tokenCap || unit === UNITS.maxDurationMinutes;
  const text = await editor.ask({
    title,
    prompt: `In ${unit}, ${over}, what it has used included.`,
    refuse: (said) => (Number(said) > 0 && (!whole || Number.isInteger(Number(said))) ? "" : `A number of ${unit}.`),
  });
  return text === undefined ? undefined : Number(text);
}
