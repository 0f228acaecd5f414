// Picking what a palette command is about, from what the extension knows.

import { type Action, phaseActions, runActions } from "../actions";
import type { Choice, Editor } from "../editor";
import type { PhaseSnapshot, RunSnapshot } from "../protocol";
import type { Pending, Runs } from "../runs";
import type { Node } from "../tree";
import * as words from "../words";

export interface Chosen {
  run: RunSnapshot;
  phase: PhaseSnapshot;
  /** 0: the latest. */
  attempt: number;
}

export class Choosing {
  constructor(
    private readonly editor: Editor,
    private readonly runs: Runs,
  ) {}

  /** A run that allows the action: that of the tree's node, the only one, or the person's choice. */
  async run(title: string, action: Action, node?: Node): Promise<RunSnapshot | undefined> {
    if (node !== undefined) {
      return node.run;
    }
    const fitting = this.runs.all().filter((run) => runActions(run).includes(action));
    const where = folders(fitting);
    return this.one(title, fitting.map((run) => runChoice(run, where(run))), "No run allows that now.");
  }

  /** A phase that allows the action. */
  async phase(title: string, action: Action, node?: Node): Promise<Chosen | undefined> {
    if (node?.phase !== undefined) {
      return { run: node.run, phase: node.phase, attempt: node.attempt?.number ?? 0 };
    }
    const runs = node !== undefined ? [node.run] : this.runs.all();
    const several = runs.length > 1;
    const where = folders(runs);
    const choices = runs.flatMap((run) =>
      run.phases
        .filter((phase) => phaseActions(phase, run).includes(action))
        .map((phase) => phaseChoice(run, phase, several ? run.run : "", where(run))),
    );
    return this.one(title, choices, "No phase allows that now.");
  }

  /** A request that waits for a person. */
  async request(title: string, node?: Node): Promise<Pending | undefined> {
    const fitting = this.runs
      .pending()
      .filter(({ run, request }) => node === undefined || (same(run, node.run) && (!node.phase || node.phase.id === request.phase)));
    const where = folders(fitting.map(({ run }) => run));
    return this.one(title, fitting.map((pending) => requestChoice(pending, where(pending.run))), "No request waits for you.");
  }

  /** The only choice is taken without a question. */
  private async one<T>(title: string, choices: Choice<T>[], none: string): Promise<T | undefined> {
    if (choices.length === 0) {
      void this.editor.tell("information", none);
      return undefined;
    }
    return choices.length === 1 ? choices[0]?.value : this.editor.pick(title, choices);
  }
}

function same(one: RunSnapshot, other: RunSnapshot): boolean {
  return one.run === other.run && one.folderUri === other.folderUri;
}

/** A run's folder by name, where there are several: two of them may hold runs of one name. */
function folders(runs: RunSnapshot[]): (run: RunSnapshot) => string {
  const several = new Set(runs.map((run) => run.folderUri)).size > 1;
  return (run) => (several ? words.folder(run.folderUri) : "");
}

function runChoice(run: RunSnapshot, folder: string): Choice<RunSnapshot> {
  return { label: run.run, description: dotted(words.runState(run), folder), detail: run.project, value: run };
}

function phaseChoice(run: RunSnapshot, phase: PhaseSnapshot, name: string, folder: string): Choice<Chosen> {
  return {
    label: phase.id,
    description: dotted(name, words.phaseState(phase, run), folder),
    detail: phase.goal,
    value: { run, phase, attempt: 0 },
  };
}

function requestChoice(pending: Pending, folder: string): Choice<Pending> {
  const { run, request } = pending;
  return {
    label: `${request.phase}: ${request.codes.join(", ")}`,
    description: dotted(run.run, words.plural(request.paths.length, "path"), folder),
    detail: request.reasons.join(" "),
    value: pending,
  };
}

function dotted(...parts: string[]): string {
  return parts.filter((part) => part).join(" · ");
}
