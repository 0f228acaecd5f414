// What must be asked before a command is sent: a text the lightbulb could not take, or a word before something is gone.

import type { Choice, Editor } from "./editor";
import type { ChoosablePart, ShownRequest } from "./protocol";

type Arguments = Record<string, unknown>;

/** What the server says of the request named, or undefined: it was refused, and said so. */
export type Shown = (given: Arguments) => Promise<ShownRequest | undefined>;

/** The arguments to send, or undefined: the person turned away and nothing is sent. */
export async function completed(editor: Editor, command: string, given: Arguments, shown: Shown): Promise<Arguments | undefined> {
  switch (command) {
    case "autopack.approval.approve":
      return given["choose"] && !given["only"] ? withParts(editor, given, await shown(given)) : given;
    case "autopack.approval.reject":
      return given["reason"] ? given : withText(editor, given, "reason", REJECT);
    case "autopack.phase.retry":
      return given["hint"] === null ? withText(editor, given, "hint", RETRY) : given;
    case "autopack.run.discard":
      return confirmed(editor, given, `Discard run ${String(given["runId"])}?`, DISCARD, "Discard");
    case "autopack.run.rollback":
      return given["phase"]
        ? confirmed(editor, given, `Take phase ${String(given["phase"])} out of run ${String(given["runId"])}?`, TAKE_OUT, "Take Out")
        : confirmed(editor, given, `Roll back run ${String(given["runId"])} to ${place(given)}?`, ROLL_BACK, "Roll Back");
    default:
      return given;
  }
}

const REJECT = {
  title: "Reject the change",
  prompt: "Why? The Builder is told, and tries again.",
  placeholder: "Keep the old names as aliases",
};
const REST = {
  title: "The rest of the change",
  prompt: "What should the Builder do with the rest? Left empty, what you chose is tried without it.",
  placeholder: "Use Decimal there",
};
const RETRY = {
  title: "Retry with a hint",
  prompt: "What should the Builder know?",
  placeholder: "Round with Decimal, not with float",
};
const DISCARD = "Its branch, pin and worktree are removed. The journal and the report stay. This cannot be undone.";
const ROLL_BACK = "Later phases are queued again. Your own branches and files are not touched.";

const TAKE_OUT =
  "It is queued again. Changes of later phases that fit without it are applied again and tested when the run goes on; the others are built anew. Your own branches and files are not touched.";

async function withText(
  editor: Editor, given: Arguments, field: string, question: { title: string; prompt: string; placeholder: string },
): Promise<Arguments | undefined> {
  const text = await editor.ask({ ...question, refuse: needed });
  return text === undefined ? undefined : { ...given, [field]: text.trim() };
}

function needed(said: string): string {
  return said.trim() ? "" : "A few words are needed.";
}

/** Which parts are taken, and a word on the rest; taking none is refused with that word. */
async function withParts(editor: Editor, given: Arguments, shown: ShownRequest | undefined): Promise<Arguments | undefined> {
  if (shown === undefined) {
    return undefined;
  }
  const only = await editor.pickSeveral(`Approve which parts of ${shown.phaseId}?`, shown.parts.map(choice));
  if (only === undefined) {
    return undefined;
  }
  const answer = { ...given, only, digest: shown.digest };
  if (only.length === shown.parts.length) {
    return answer;
  }
  const rest = await editor.ask(only.length === 0 ? { ...REJECT, refuse: needed } : REST);
  return rest === undefined ? undefined : { ...answer, rest: rest.trim() };
}

function choice(part: ChoosablePart): Choice<string> {
  const changed = part.lines.filter((line) => /^[+-](?!\+\+ |-- )/.test(line));
  const place = part.before.length > 0 ? `line ${part.before[0]}  ${part.heading}`.trim() : part.status;
  return { label: part.id, value: part.id, description: place, detail: changed.slice(0, 3).join("  ") };
}

async function confirmed(
  editor: Editor, given: Arguments, message: string, detail: string, button: string,
): Promise<Arguments | undefined> {
  return (await editor.confirm(message, detail, button)) === button ? given : undefined;
}

function place(given: Arguments): string {
  const to = String(given["to"] ?? "");
  return to.includes("/") ? to : to ? `phase ${to}` : "its base";
}
