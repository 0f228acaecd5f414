// One workspace folder's server and the client that speaks to it.

import type { ChildProcess } from "node:child_process";
import * as readline from "node:readline";
import type * as vscode from "vscode";
import {
  type ClientCapabilities,
  type DynamicFeature,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  type StaticFeature,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";

import { present } from "./answers";
import type { Editor } from "./editor";
import { ended, launch, leveled } from "./launch";
import { RunProgress } from "./progress";
import type { Patch, RunsChanged, Status } from "./protocol";

const STOP_MS = 10_000;
const PATIENCE_MS = 2_000;

/** What a session tells those who show it. */
export interface Told {
  runs(changed: RunsChanged): void;
  status(folderUri: string, status: Status | undefined): void;
  /** Its server is gone, or begins anew. */
  reset(folderUri: string): void;
}

export interface Opening {
  folder: vscode.WorkspaceFolder;
  command: string[];
  /** Where the server runs: outside the workspace. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Initialization options beside what this client always says of itself. */
  options: () => Record<string, unknown>;
  output: vscode.LogOutputChannel;
  editor: Editor;
  told: Told;
}

export class Session {
  private readonly client: Client;
  private readonly progress: RunProgress;
  private process: ChildProcess | undefined;

  constructor(private readonly opening: Opening) {
    const { editor } = opening;
    this.client = new Client("autopack", "Autopack", () => this.spawn(), this.options());
    this.progress = new RunProgress(editor, (token) =>
      void this.client.sendNotification(WorkDoneProgressCancelNotification.type, { token }),
    );
    this.client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) {
        this.progress.endAll();
        opening.told.status(this.folderUri, undefined);
        opening.told.reset(this.folderUri);
      }
    });
    this.client.onNotification("autopack/didChangeRuns", (changed: RunsChanged) => opening.told.runs(changed));
    this.client.onNotification("autopack/showPatch", (patch: Patch) => present(editor, "autopack.phase.showPatch", patch));
    this.client.onNotification("autopack/status", (status: Status) => opening.told.status(this.folderUri, status));
  }

  get folderUri(): string {
    return this.opening.folder.uri.toString();
  }

  get folder(): vscode.WorkspaceFolder {
    return this.opening.folder;
  }

  get running(): boolean {
    return this.client.state === State.Running;
  }

  start(): Promise<void> {
    return this.client.start();
  }

  offers(command: string): boolean {
    return this.client.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  /** Raises what the server answers as an error. */
  execute(command: string, args: Record<string, unknown>): Promise<unknown> {
    return this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [args] });
  }

  /** The server ends itself: it parks its runs, or hands them on, as the settings say. */
  async stop(): Promise<void> {
    const { process } = this;
    await this.client.stop(STOP_MS).catch((error: unknown) => this.opening.output.warn(`stop: ${String(error)}`));
    if (process !== undefined) {
      await ended(process, PATIENCE_MS);
    }
  }

  private async spawn(): Promise<ChildProcess> {
    const { command, cwd, env, output } = this.opening;
    output.info(`Starting ${command.join(" ")} for ${this.folder.name}`);
    const child = await launch({ command, cwd, env });
    child.once("exit", (code, signal) => output.info(`The server of ${this.folder.name} ended with ${signal ?? code}`));
    this.process = child;
    return child;
  }

  private options(): LanguageClientOptions {
    const { folder, output, options } = this.opening;
    return {
      documentSelector: [{ scheme: "file", pattern: { baseUri: folder.uri.toString(), pattern: "**/*" } }],
      workspaceFolder: folder,
      outputChannel: output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ ...options(), showsSides: true, asksForText: true }),
      textSynchronization: { delayOpenNotifications: true },
      diagnosticCollectionName: `autopack ${folder.name}`,
      stdioOptions: {
        stdout: () => undefined,
        stderr: (input) =>
          readline.createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
            const [level, text] = leveled(line);
            output[level](text);
          }),
      },
      middleware: {
        handleWorkDoneProgress: (token, params, next) => this.progress.handle(token, params, () => next(token, params)),
        provideTextDocumentContent: async (uri, token, next) => {
          try {
            return await next(uri, token);
          } catch {
            return undefined; // another folder's server may have it
          }
        },
        window: {
          showDocument: async (params, token, next) => {
            if (params.uri.endsWith(".md") && !params.external) {
              await this.opening.editor.open(params.uri);
              return { success: true };
            }
            return next(params, token);
          },
        },
      },
    };
  }
}

/**
 * A language client without commands of its own in the editor: with a server for each folder their ids would collide,
 * so one table (dispatch.ts) has them all.
 */
class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const method = (feature as Partial<DynamicFeature<unknown>>).registrationType?.method;
    super.registerFeature(method === ExecuteCommandRequest.method ? executesCommands : feature);
  }
}

const executesCommands: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    (capabilities.workspace ??= {}).executeCommand = { dynamicRegistration: false };
  },
  initialize(): void {},
  getState: () => ({ kind: "static" }),
  clear(): void {},
};
