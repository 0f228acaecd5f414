// Wiring: what VS Code offers to what this extension is made of.

import * as path from "node:path";
import * as vscode from "vscode";

import { Choosing } from "./commands/choosing";
import { HouseCommands } from "./commands/house";
import { PhaseCommands } from "./commands/phases";
import { RunCommands } from "./commands/runs";
import { disk } from "./disk";
import { Dispatch } from "./dispatch";
import { keyEnvironment } from "./keys";
import { Locator } from "./locator";
import { run } from "./processes";
import { COMMANDS } from "./protocol";
import { Runs } from "./runs";
import { Session, type Told } from "./session";
import { type Folder, Sessions } from "./sessions";
import { serverOptions, settledCommand, type Values } from "./settings";
import type { Node } from "./tree";
import { VsCodeEditor } from "./vscodeEditor";
import { hasPlan, plans, PLANS, reveal } from "./vscodePlans";
import { StatusBar } from "./vscodeStatus";
import { RunsView } from "./vscodeTree";

let sessions: Sessions | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("Autopack", { log: true });
  const editor = new VsCodeEditor(output);
  const runs = new Runs();
  const status = new StatusBar(runs);
  const storage = context.globalStorageUri.fsPath;
  await vscode.workspace.fs.createDirectory(context.globalStorageUri);

  const locator = new Locator(editor, {
    configured: () => settledCommand(values, vscode.env.remoteName === undefined ? noChange : settingsChanged),
    path: () => process.env["PATH"] ?? "",
    folders: () => folders().map((folder) => folder.uri.fsPath),
    storage,
    wheels: path.join(context.extensionPath, "wheel"),
    disk,
    run,
    openSettings: () => void vscode.commands.executeCommand("workbench.action.openSettings", "autopack.server.command"),
  });
  const told: Told = {
    runs: (changed) => void runs.accept(changed),
    status: (folderUri, value) => status.set(folderUri, value),
    reset: (folderUri) => runs.forget(folderUri),
  };
  const live = new Sessions({
    folders: () => folders().map(plain),
    around: (uri) => whole(vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri))),
    current: () => whole(vscode.window.activeTextEditor && vscode.workspace.getWorkspaceFolder(vscode.window.activeTextEditor.document.uri)),
    choose: (choices) => editor.pick("In which folder?", choices.map((folder) => ({ label: folder.name, value: folder }))),
    locate: (asked) => locator.locate(asked),
    open: async (folder, command) =>
      new Session({
        folder: folders().find((one) => one.uri.toString() === folder.uri) ?? missing(folder),
        command,
        cwd: storage,
        env: { ...process.env, ...(await keyEnvironment(context.secrets)) },
        options: () => serverOptions(values()),
        output,
        editor,
        told,
      }),
    failed: (folder, error) => void failed(editor, folder, error),
  });
  sessions = live;

  const dispatch = new Dispatch(editor, live, runs, [{ code: "AP707", title: "Set API Key", act: (): Promise<void> => house.setKey() }]);
  const choosing = new Choosing(editor, runs);
  const onRuns = new RunCommands(editor, dispatch, choosing, plans);
  const onPhases = new PhaseCommands(editor, dispatch, choosing);
  const house: HouseCommands = new HouseCommands(editor, dispatch, live, locator, context.secrets);
  const commands: Record<string, (argument?: never) => unknown> = {
    "run.start": (given?: object) => onRuns.start(given instanceof vscode.Uri ? { planUri: given.toString() } : given),
    "run.startPhases": (plan?: vscode.Uri) => onRuns.startPhases(plan?.toString()),
    "run.replay": () => onRuns.replay(),
    "run.resume": (node?: Node) => onRuns.resume(node),
    "run.stop": (node?: Node) => onRuns.stop(node),
    "run.discard": (node?: Node) => onRuns.discard(node),
    "run.promote": (node?: Node) => onRuns.promote(node),
    "run.unpromote": (node?: Node) => onRuns.unpromote(node),
    "run.rollBack": (node?: Node) => onRuns.rollBack(node),
    "run.report": (node?: Node) => onRuns.report(node),
    "run.changes": (node?: Node) => onRuns.changes(node),
    "phase.retry": (node?: Node) => onPhases.retry(node),
    "phase.skip": (node?: Node) => onPhases.skip(node),
    "phase.takeOut": (node?: Node) => onPhases.takeOut(node),
    "phase.patch": (node?: Node) => onPhases.patch(node),
    "phase.evidence": (node?: Node) => onPhases.evidence(node),
    "phase.handoff": (node?: Node) => onPhases.handoff(node),
    "phase.reveal": (node?: Node) => node && reveal(node),
    "approval.approve": (node?: Node) => onPhases.approve(node),
    "approval.reject": (node?: Node) => onPhases.reject(node),
    "approval.show": (node?: Node) => onPhases.showRequest(node),
    "plan.new": () => house.newPlan(),
    "key.set": () => house.setKey(),
    "health.check": () => house.health(),
    "rule.explain": (code?: string) => house.explain(code),
    "server.install": () => house.install(),
    "server.restart": () => house.restart(),
    "output.show": () => house.showOutput(),
  };
  context.subscriptions.push(
    output,
    editor.register(),
    status,
    new RunsView(runs),
    ...Object.entries(commands).map(([id, act]) => vscode.commands.registerCommand(`autopack.ui.${id}`, act)),
    ...COMMANDS.map((id) =>
      vscode.commands.registerCommand(id, (args?: Record<string, unknown>) =>
        id === "autopack.run.start" ? onRuns.start(args) : dispatch.execute(id, args),
      ),
    ),
    ...watch(live, editor),
  );
  await begin(live);
}

export async function deactivate(): Promise<void> {
  await sessions?.stop();
}

/** Start a server where there is a plan, now and when one comes. */
async function begin(live: Sessions): Promise<void> {
  const planned = await Promise.all(folders().map(async (folder) => ((await hasPlan(folder)) ? folder : undefined)));
  const withPlan = planned.filter((folder) => folder !== undefined);
  void vscode.commands.executeCommand("setContext", "autopack.hasPlan", withPlan.length > 0);
  withPlan.forEach((folder) => void live.ensure(plain(folder), false));
}

function watch(live: Sessions, editor: VsCodeEditor): vscode.Disposable[] {
  const created = vscode.workspace.createFileSystemWatcher(PLANS, false, true, true);
  created.onDidCreate((uri) => {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (folder !== undefined) {
      void vscode.commands.executeCommand("setContext", "autopack.hasPlan", true);
      void live.ensure(plain(folder), false);
    }
  });
  return [
    created,
    vscode.workspace.onDidChangeWorkspaceFolders(() => void live.prune().then(() => begin(live))),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("autopack") && !event.affectsConfiguration("autopack.trace") && live.all().length > 0) {
        void offerRestart(live, editor);
      }
    }),
  ];
}

async function offerRestart(live: Sessions, editor: VsCodeEditor): Promise<void> {
  const restart = "Restart Server";
  if ((await editor.tell("information", "Autopack's settings are read when its server starts.", restart)) === restart) {
    await live.restart();
  }
}

async function failed(editor: VsCodeEditor, folder: Folder, error: unknown): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  editor.log("error", text);
  if ((await editor.tell("error", `Autopack's server of ${folder.name} did not start: ${text}`, "Show Output")) !== undefined) {
    editor.showOutput();
  }
}

function values(): Values {
  const configuration = vscode.workspace.getConfiguration("autopack");
  return { get: (key) => configuration.get(key) };
}

/** Whether this extension's settings change within so many milliseconds. */
function settingsChanged(withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listening = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("autopack.server")) {
        done(true);
      }
    });
    const timer = setTimeout(() => done(false), withinMs);
    const done = (changed: boolean): void => {
      clearTimeout(timer);
      listening.dispose();
      resolve(changed);
    };
  });
}

function noChange(): Promise<boolean> {
  return Promise.resolve(false);
}

/** Folders on disk: the server knows no other. */
function folders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file");
}

function plain(folder: vscode.WorkspaceFolder): Folder {
  return { uri: folder.uri.toString(), name: folder.name };
}

function whole(folder: vscode.WorkspaceFolder | undefined): Folder | undefined {
  return folder && folder.uri.scheme === "file" ? plain(folder) : undefined;
}

function missing(folder: Folder): never {
  throw new Error(`${folder.name} is no longer in the workspace`);
}
