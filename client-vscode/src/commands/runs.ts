// Palette commands on runs.

import type { Dispatch } from "../dispatch";
import type { Editor } from "../editor";
import type { RunSnapshot, Started, StartRun } from "../protocol";
import type { Node } from "../tree";
import type { Choosing } from "./choosing";
import { howToGoOn } from "./resuming";

export interface Plans {
  /** Plans of the workspace, that of the editor in front first. */
  find(): Promise<{ uri: string; name: string; folder: string; current: boolean }[]>;
  /** Save the plan where it was edited: a run begins with what is on disk. */
  save(uri: string): Promise<void>;
  /** Ids of its phases, in order, from the server's outline. */
  phases(uri: string): Promise<string[]>;
  cassettes(): Promise<{ path: string; name: string }[]>;
}

export class RunCommands {
  constructor(
    private readonly editor: Editor,
    private readonly dispatch: Dispatch,
    private readonly choosing: Choosing,
    private readonly plans: Plans,
  ) {}

  /** `given` from a lens, a key binding or a button may hold any of the command's arguments. */
  async start(given: Partial<StartRun> = {}): Promise<Started | undefined> {
    const planUri = given.planUri ?? (await this.plan("Start a run of which plan?"));
    if (planUri === undefined) {
      return undefined;
    }
    await this.plans.save(planUri);
    return this.dispatch.send("autopack.run.start", { ...given, planUri });
  }

  async startPhases(given?: string): Promise<void> {
    const planUri = given ?? (await this.plan("Phases of which plan?"));
    if (planUri === undefined) {
      return;
    }
    const ids = await this.plans.phases(planUri);
    const phases = await this.editor.pickSeveral("Run which phases? The others are skipped.", ids.map((id) => ({ label: id, value: id })));
    if (phases?.length) {
      await this.start({ planUri, phases });
    }
  }

  async replay(): Promise<void> {
    const planUri = await this.plan("Replay which plan?");
    const cassettes = planUri === undefined ? [] : await this.plans.cassettes();
    if (planUri !== undefined && cassettes.length === 0) {
      void this.editor.tell("information", "There is no cassette (*.jsonl) in the workspace.");
      return;
    }
    const choices = cassettes.map(({ path, name }) => ({ label: name, value: path }));
    const cassette = choices.length > 1 ? await this.editor.pick("Answers from which cassette?", choices) : choices[0]?.value;
    if (planUri !== undefined && cassette !== undefined) {
      await this.start({ planUri, cassette });
    }
  }

  async resume(node?: Node): Promise<void> {
    const run = await this.choosing.run("Resume which run?", "resume", node);
    const how = run && (await howToGoOn(this.editor, run));
    if (run !== undefined && how !== undefined) {
      await this.dispatch.send("autopack.run.resume", { ...reference(run), ...how });
    }
  }

  async stop(node?: Node): Promise<void> {
    const run = await this.choosing.run("Stop which run?", "stop", node);
    if (run !== undefined) {
      await this.dispatch.send("autopack.run.stop", reference(run));
    }
  }

  async discard(node?: Node): Promise<void> {
    const run = await this.choosing.run("Discard which run?", "discard", node);
    if (run !== undefined) {
      await this.dispatch.send("autopack.run.discard", reference(run));
    }
  }

  async promote(node?: Node): Promise<void> {
    const run = await this.choosing.run("Promote which run?", "promote", node);
    const mode =
      run &&
      (await this.editor.pick(`Bring ${run.run} to your branch how?`, [
        { label: "Fast-forward", description: "your branch has not moved since", value: "ff" as const },
        { label: "Merge", description: "a merge commit", value: "merge" as const },
        { label: "Squash", description: "one commit", value: "squash" as const },
      ]));
    if (run !== undefined && mode !== undefined) {
      await this.dispatch.send("autopack.run.promote", { ...reference(run), mode });
    }
  }

  async unpromote(node?: Node): Promise<void> {
    const run = await this.choosing.run("Take back the promotion of which run?", "unpromote", node);
    const mode =
      run &&
      (await this.editor.pick(`Take ${run.run} back out of ${run.promoted} how?`, [
        { label: "Put It Back", description: "as it was before the promotion, where nothing came on top", value: "move" as const },
        { label: "Revert", description: "a commit on top that undoes it", value: "revert" as const },
      ]));
    if (run !== undefined && mode !== undefined) {
      await this.dispatch.send("autopack.run.unpromote", { ...reference(run), mode });
    }
  }

  async rollBack(node?: Node): Promise<void> {
    if (node?.phase !== undefined) {
      await this.dispatch.send("autopack.run.rollback", { ...reference(node.run), to: node.phase.id });
      return;
    }
    const run = await this.choosing.run("Roll back which run?", "rollback", node);
    const to = run && (await this.editor.pick(`Roll ${run.run} back to where?`, placesBack(run)));
    if (run !== undefined && to !== undefined) {
      await this.dispatch.send("autopack.run.rollback", { ...reference(run), to });
    }
  }

  async report(node?: Node): Promise<void> {
    const run = await this.choosing.run("Report of which run?", "report", node);
    if (run !== undefined) {
      await this.dispatch.send("autopack.run.report", reference(run));
    }
  }

  async changes(node?: Node): Promise<void> {
    const run = await this.choosing.run("Changes of which run?", "changes", node);
    if (run !== undefined) {
      await this.dispatch.send("autopack.run.showChanges", reference(run));
    }
  }

  private async plan(title: string): Promise<string | undefined> {
    const plans = await this.plans.find();
    if (plans.length === 0) {
      const pressed = await this.editor.tell("information", "There is no plan (*.autopack.yaml) in the workspace.", "New Plan");
      if (pressed !== undefined) {
        await this.dispatch.send("autopack.plan.new", {});
      }
      return undefined;
    }
    const choices = plans.map((plan) => ({
      label: plan.name,
      description: [plan.folder, plan.current ? "in front" : ""].filter((part) => part).join(" · "),
      value: plan.uri,
    }));
    return choices.length === 1 ? choices[0]?.value : this.editor.pick(title, choices);
  }
}

/** Its base, or any complete phase but the last. */
export function placesBack(run: RunSnapshot): { label: string; description?: string; value: string }[] {
  const complete = run.phases.filter((phase) => phase.state === "COMPLETE").slice(0, -1);
  return [
    { label: "Its base", description: "every phase is queued again", value: "" },
    ...complete.map((phase) => ({ label: phase.id, description: phase.goal, value: phase.id })),
  ];
}

export function reference(run: RunSnapshot): { runId: string; folderUri: string } {
  return { runId: run.run, folderUri: run.folderUri };
}
