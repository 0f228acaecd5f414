// What a command's answer or refusal looks like to a person, whoever sent the command.

import { OVERLOADED, REFUSED, type Commands, type Explanation, type Health, type Opened, type Patch, type Promoted, type Recorded, type Refusal, type ShownRequest, type Started } from "./protocol";
import type { Editor } from "./editor";
import { plural } from "./words";

/** Show the answer of a command. Answers that are only data show nothing. */
export async function present(editor: Editor, command: string, answer: unknown): Promise<void> {
  switch (command as keyof Commands) {
    case "autopack.run.report":
    case "autopack.phase.showEvidence":
    case "autopack.handoff.open":
    case "autopack.plan.new":
      return opened(editor, answer as Opened);
    case "autopack.phase.showPatch":
    case "autopack.run.showChanges":
      return patch(editor, answer as Patch);
    case "autopack.approval.show":
      return showRequest(editor, answer as ShownRequest);
    case "autopack.explain":
      return explanation(editor, answer as Explanation);
    case "autopack.health.check":
      return editor.page("Autopack health", healthPage(answer as Health));
    case "autopack.run.promote":
    case "autopack.run.unpromote":
      return promoted(editor, answer as Promoted);
    case "autopack.run.start":
      return editor.flash(`Run ${(answer as Started).runId} started`);
    case "autopack.run.list":
      return;
    default:
      return editor.flash((answer as Recorded).message);
  }
}

/** The refusal in an error of a server, or undefined for any other error. */
export function refusal(error: unknown): Refusal | undefined {
  const { code, data } = error as { code?: unknown; data?: Partial<Refusal> };
  if (code !== REFUSED || typeof data?.message !== "string") {
    return undefined;
  }
  return { code: data.code ?? "", message: data.message, hint: data.hint ?? "", lines: data.lines ?? [] };
}

/** What a person can do about a refusal with this code, as a button. */
export interface Remedy {
  code: string;
  title: string;
  act: () => Promise<unknown>;
}

/** Say what was refused and what to do; `explain` opens the page of its rule. */
export async function refuse(
  editor: Editor, error: unknown, explain: (code: string) => Promise<unknown>, remedies: Remedy[] = [],
): Promise<void> {
  const refused = refusal(error);
  if ((error as { code?: unknown }).code === OVERLOADED) {
    void editor.tell("warning", "Autopack has too much to do at once. Nothing was done; try again.");
    return;
  }
  if (refused === undefined) {
    const text = error instanceof Error ? error.message : String(error);
    editor.log("error", text);
    if ((await editor.tell("error", `Autopack: ${text}`, "Show Output")) !== undefined) {
      editor.showOutput();
    }
    return;
  }
  const rule = /^AP\d{3}$/.test(refused.code);
  const message = [rule ? `${refused.code}: ${sentence(refused.message)}` : sentence(refused.message), refused.hint].filter((part) => part).join(" ");
  const details = refused.lines?.length ? ["Show Details"] : [];
  const remedy = remedies.find(({ code }) => code === refused.code);
  const buttons = [...(remedy ? [remedy.title] : []), ...details, ...(rule ? [`Explain ${refused.code}`] : [])];
  const pressed = await editor.tell("error", message, ...buttons);
  if (remedy !== undefined && pressed === remedy.title) {
    await remedy.act();
  } else if (pressed === "Show Details") {
    await editor.page("Details", block(refused.message, refused.lines ?? []));
  } else if (pressed !== undefined) {
    await explain(refused.code);
  }
}

export async function showRequest(editor: Editor, shown: ShownRequest): Promise<void> {
  await editor.page(`Request of ${shown.phaseId}`, block(`Phase ${shown.phaseId} of run ${shown.runId} asks for a decision`, shown.lines));
}

export function healthPage(health: Health): string {
  const missing = health.checks.filter((check) => check.required && !check.passed);
  const lines = [
    "# Health",
    "",
    missing.length ? `**${plural(missing.length, "thing")} a run needs ${missing.length === 1 ? "is" : "are"} missing.**` : "Everything a run needs is here.",
    "",
    "| | check | |",
    "|---|---|---|",
  ];
  for (const check of health.checks) {
    const mark = check.passed ? "ok" : check.required ? "**missing**" : "note";
    lines.push(`| ${mark} | ${cell(check.name)} | ${cell(check.message)}${check.hint && !check.passed ? `<br>${cell(check.hint)}` : ""} |`);
  }
  return [...lines, ""].join("\n");
}

/** Lines as they are: none of them can end the block. */
function block(title: string, lines: string[]): string {
  return [`# ${title}`, "", "```text", ...lines.map((line) => line.replaceAll("```", "` ` `")), "```", ""].join("\n");
}

async function opened(editor: Editor, answer: Opened): Promise<void> {
  if (!answer.shown) {
    await editor.open(answer.uri);
  }
}

async function explanation(editor: Editor, answer: Explanation): Promise<void> {
  if (!answer.shown) {
    await editor.page(answer.code, answer.markdown);
  }
}

async function promoted(editor: Editor, answer: Promoted): Promise<void> {
  if (answer.conflicts.length === 0) {
    void editor.tell("information", answer.message);
  } else if ((await editor.tell("warning", answer.message, "Show Conflicts")) !== undefined) {
    await editor.page("Conflicts", block(answer.message, answer.conflicts));
  }
}

async function patch(editor: Editor, answer: Patch): Promise<void> {
  const files = answer.files.map((file) => ({ path: file.path, before: file.beforeUri, after: file.afterUri }));
  const [first] = files;
  if (first === undefined) {
    editor.flash("Nothing is changed");
  } else if (files.length === 1) {
    await editor.diff(`${first.path}: ${answer.title}`, first);
  } else {
    await editor.diffSeveral(answer.title, files);
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
