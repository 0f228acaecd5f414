// Palette commands on phases and on the requests that wait in them.

import { showRequest } from "../answers";
import type { Dispatch } from "../dispatch";
import type { Editor } from "../editor";
import type { ApproveRequest } from "../protocol";
import type { Node } from "../tree";
import type { Choosing, Chosen } from "./choosing";
import { reference } from "./runs";

type Answer = NonNullable<ApproveRequest["scope"]> | "changes" | "part";

/** Lines of a request that fit a dialog; a longer one is shown beside it. */
const FITTING = 24;

export class PhaseCommands {
  constructor(
    private readonly editor: Editor,
    private readonly dispatch: Dispatch,
    private readonly choosing: Choosing,
  ) {}

  async retry(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Retry which phase?", "retry", node);
    const hint =
      chosen &&
      (await this.editor.ask({
        title: `Retry ${chosen.phase.id}`,
        prompt: "A hint for the Builder, or nothing.",
        placeholder: "Round with Decimal, not with float",
      }));
    if (chosen !== undefined && hint !== undefined) {
      await this.dispatch.send("autopack.phase.retry", { ...reference(chosen.run), phaseId: chosen.phase.id, hint: hint.trim() });
    }
  }

  async skip(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Skip which phase?", "skip", node);
    if (chosen !== undefined) {
      await this.dispatch.send("autopack.phase.skip", phase(chosen));
    }
  }

  async takeOut(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Take out which phase?", "takeOut", node);
    if (chosen !== undefined) {
      await this.dispatch.send("autopack.run.rollback", { ...reference(chosen.run), phase: chosen.phase.id });
    }
  }

  async patch(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Change of which phase?", "patch", node);
    if (chosen !== undefined) {
      await this.dispatch.send("autopack.phase.showPatch", phase(chosen));
    }
  }

  async evidence(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Evidence of which phase?", "evidence", node);
    if (chosen !== undefined) {
      await this.dispatch.send("autopack.phase.showEvidence", phase(chosen));
    }
  }

  async handoff(node?: Node): Promise<void> {
    const chosen = await this.choosing.phase("Handoff bundle of which phase?", "handoff", node);
    if (chosen !== undefined) {
      await this.dispatch.send("autopack.handoff.open", { ...reference(chosen.run), phaseId: chosen.phase.id });
    }
  }

  async showRequest(node?: Node): Promise<void> {
    const pending = await this.choosing.request("Show which request?", node);
    if (pending !== undefined) {
      await this.dispatch.send("autopack.approval.show", { requestId: pending.request.id, folderUri: pending.run.folderUri });
    }
  }

  /** What was asked is shown first; the answer names the digest of that. */
  async approve(node?: Node): Promise<void> {
    const pending = await this.choosing.request("Answer which request?", node);
    if (pending === undefined) {
      return;
    }
    const { request, run } = pending;
    const shown = await this.dispatch.ask("autopack.approval.show", { requestId: request.id, folderUri: run.folderUri });
    if (shown === undefined) {
      return;
    }
    if (shown.lines.length > FITTING) {
      await showRequest(this.editor, shown);
    }
    const answer = await this.decide(shown.phaseId, request.codes, shown.lines, shown.parts.length > 1);
    if (answer === "changes") {
      await this.dispatch.send("autopack.phase.showPatch", { ...reference(run), phaseId: shown.phaseId, attempt: shown.attempt });
    } else if (answer === "part") {
      await this.dispatch.send("autopack.approval.approve", {
        requestId: request.id, digest: shown.digest, choose: true, folderUri: run.folderUri,
      });
    } else if (answer !== undefined) {
      await this.dispatch.send("autopack.approval.approve", {
        requestId: request.id, digest: shown.digest, scope: answer, folderUri: run.folderUri,
      });
    }
  }

  async reject(node?: Node): Promise<void> {
    const pending = await this.choosing.request("Reject which request?", node);
    if (pending !== undefined) {
      const { request, run } = pending;
      await this.dispatch.send("autopack.approval.reject", {
        requestId: request.id, digest: request.digest, reason: "", folderUri: run.folderUri,
      });
    }
  }

  private async decide(phaseId: string, codes: string[], lines: string[], divisible: boolean): Promise<Answer | undefined> {
    const answers: Record<string, Answer> = {
      "Approve Once": "once",
      "For This Phase": "phase",
      "For These Paths": "path",
      ...(divisible ? { "A Part…": "part" as const } : {}),
      "Show Change": "changes",
    };
    const detail = lines.length > FITTING ? `All ${lines.length} lines are in the editor behind this dialog.` : lines.join("\n");
    const pressed = await this.editor.confirm(`Approve ${codes.join(", ")} in phase ${phaseId}?`, detail, ...Object.keys(answers));
    return pressed === undefined ? undefined : answers[pressed];
  }
}

function phase(chosen: Chosen): { runId: string; folderUri: string; phaseId: string; attempt: number } {
  return { ...reference(chosen.run), phaseId: chosen.phase.id, attempt: chosen.attempt };
}
