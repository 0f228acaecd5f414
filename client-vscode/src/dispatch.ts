// Every command of the servers, whoever sends it (palette, lightbulb, lens, tree): complete it, find the server that
// it is for, send it, and show what comes of it.

import { present, refusal, refuse, type Remedy } from "./answers";
import type { Editor } from "./editor";
import { completed } from "./prompts";
import type { Commands } from "./protocol";
import type { Runs } from "./runs";

export interface Server {
  folderUri: string;
  offers(command: string): boolean;
  execute(command: string, args: Record<string, unknown>): Promise<unknown>;
}

export interface Servers {
  all(): Server[];
  /** The server of a folder, or of the folder around a file; started when need be. */
  for(uri: string): Promise<Server | undefined>;
  /** When nothing says which: the one there is, or the person's choice; started when need be. */
  any(): Promise<Server | undefined>;
}

/** What is asked, and the button that agrees, where a command may need a person's trust. */
const TRUST: Record<string, [string, string]> = {
  "autopack.run.start": ["This plan executes commands. Trust them?", "Trust and Start"],
  "autopack.run.resume": ["The repository got an interpreter since the run began. Trust it?", "Trust and Resume"],
};

export class Dispatch {
  constructor(
    private readonly editor: Editor,
    private readonly servers: Servers,
    private readonly runs: Runs,
    private readonly remedies: Remedy[] = [],
  ) {}

  /** As `execute`, typed. The answer has been shown; undefined when there is none (refused, or turned away). */
  send<N extends keyof Commands>(command: N, args: Commands[N][0]): Promise<Commands[N][1] | undefined> {
    return this.execute(command, { ...args }) as Promise<Commands[N][1] | undefined>;
  }

  /** An answer to work with: it is not shown. A refusal is, and then there is no answer. */
  async ask<N extends keyof Commands>(command: N, args: Commands[N][0]): Promise<Commands[N][1] | undefined> {
    try {
      const server = await this.route({ ...args });
      return (await server?.execute(command, { ...args })) as Commands[N][1] | undefined;
    } catch (error) {
      await this.agreed(command, { ...args }, error);
      return undefined;
    }
  }

  async execute(command: string, given: Record<string, unknown> = {}): Promise<unknown> {
    const args = await completed(this.editor, command, given, ({ requestId, folderUri }) =>
      this.ask("autopack.approval.show", { requestId: String(requestId), folderUri: String(folderUri ?? "") }),
    );
    if (args === undefined) {
      return undefined;
    }
    try {
      const server = await this.route(args);
      if (server === undefined) {
        return undefined;
      }
      if (!server.offers(command)) {
        void this.editor.tell("warning", `This version of the Autopack server cannot do that (${command}).`);
        return undefined;
      }
      const answer = await server.execute(command, args);
      await present(this.editor, command, answer);
      return answer;
    } catch (error) {
      if (await this.agreed(command, args, error)) {
        return this.execute(command, { ...args, trust: true });
      }
      return undefined;
    }
  }

  /** What would be executed and is new to this user: it is shown, and a person agrees or does not. */
  private async agreed(command: string, args: Record<string, unknown>, error: unknown): Promise<boolean> {
    const refused = refusal(error);
    const asked = TRUST[command];
    if (asked !== undefined && refused?.code === "AP121" && !args["trust"] && refused.lines?.length) {
      const [question, agree] = asked;
      return (await this.editor.confirm(question, refused.lines.join("\n"), agree)) !== undefined;
    }
    void refuse(this.editor, error, (code) => this.execute("autopack.explain", { code }), this.remedies);
    return false;
  }

  private async route(args: Record<string, unknown>): Promise<Server | undefined> {
    const uri = args["folderUri"] || args["planUri"] || this.folderOf(args);
    return typeof uri === "string" && uri ? this.servers.for(uri) : this.servers.any();
  }

  /** The folder of the run or request named, where a snapshot knows it. */
  private folderOf(args: Record<string, unknown>): string {
    if (typeof args["runId"] === "string") {
      return this.runs.find(args["runId"])?.folderUri ?? "";
    }
    const pending = this.runs.pending().find(({ request }) => request.id === args["requestId"]);
    return pending?.run.folderUri ?? "";
  }
}
