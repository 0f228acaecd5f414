// The editor port on VS Code.

import * as vscode from "vscode";

import type { Cancellation, Choice, Editor, Gravity, Question, Report, Sides } from "./editor";

const PAGE = "autopack-page";
const FLASH_MS = 6_000;

export class VsCodeEditor implements Editor, vscode.TextDocumentContentProvider {
  private readonly pages = new Map<string, string>();
  private readonly pageChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.pageChanged.event;

  constructor(private readonly output: vscode.LogOutputChannel) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(PAGE, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.pages.get(uri.path) ?? "";
  }

  async pick<T>(title: string, choices: Choice<T>[]): Promise<T | undefined> {
    return (await vscode.window.showQuickPick(choices.map(item), { title, matchOnDescription: true, ignoreFocusOut: true }))?.value;
  }

  async pickSeveral<T>(title: string, choices: Choice<T>[]): Promise<T[] | undefined> {
    const picked = await vscode.window.showQuickPick(choices.map(item), { title, canPickMany: true, ignoreFocusOut: true });
    return picked?.map((choice) => choice.value);
  }

  async ask(question: Question): Promise<string | undefined> {
    const { title, prompt, refuse } = question;
    return vscode.window.showInputBox({
      title,
      prompt,
      value: question.value ?? "",
      placeHolder: question.placeholder ?? "",
      password: question.secret ?? false,
      ignoreFocusOut: true,
      validateInput: (text) => refuse?.(text) || undefined,
    });
  }

  async tell(gravity: Gravity, message: string, ...buttons: string[]): Promise<string | undefined> {
    switch (gravity) {
      case "error":
        return vscode.window.showErrorMessage(message, ...buttons);
      case "warning":
        return vscode.window.showWarningMessage(message, ...buttons);
      default:
        return vscode.window.showInformationMessage(message, ...buttons);
    }
  }

  async confirm(message: string, detail: string, ...buttons: string[]): Promise<string | undefined> {
    return vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
  }

  flash(message: string): void {
    vscode.window.setStatusBarMessage(`$(package) ${message}`, FLASH_MS);
  }

  async during<T>(
    title: string,
    work: (report: Report, cancel: Cancellation) => Promise<T>,
  ): Promise<T> {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      let reached = 0;
      const report: Report = (message, percent) => {
        const increment = percent === undefined ? undefined : Math.max(0, percent - reached);
        reached += increment ?? 0;
        progress.report(increment === undefined ? { message } : { message, increment });
      };
      return work(report, {
        get requested() {
          return token.isCancellationRequested;
        },
        onRequested: (listener) => void token.onCancellationRequested(listener),
      });
    });
  }

  async open(uri: string): Promise<void> {
    const target = vscode.Uri.parse(uri, true);
    if (target.path.endsWith(".md")) {
      await vscode.commands.executeCommand("markdown.showPreview", target);
    } else {
      await vscode.commands.executeCommand("vscode.open", target);
    }
  }

  async diff(title: string, sides: Sides): Promise<void> {
    await vscode.commands.executeCommand("vscode.diff", side(sides, "before"), side(sides, "after"), title);
  }

  async diffSeveral(title: string, files: Sides[]): Promise<void> {
    const resources = files.map((file) => [
      side(file, file.after ? "after" : "before"),
      file.before ? side(file, "before") : undefined,
      file.after ? side(file, "after") : undefined,
    ]);
    await vscode.commands.executeCommand("vscode.changes", title, resources);
  }

  async page(name: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: PAGE, path: `/${name}.md` });
    this.pages.set(uri.path, markdown);
    this.pageChanged.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  showOutput(): void {
    this.output.show();
  }

  log(gravity: Gravity, message: string): void {
    const write = { information: "info", warning: "warn", error: "error" } as const;
    this.output[write[gravity]](message);
  }
}

function item<T>(choice: Choice<T>): vscode.QuickPickItem & { value: T } {
  return {
    label: choice.label,
    value: choice.value,
    ...(choice.description === undefined ? {} : { description: choice.description }),
    ...(choice.detail === undefined ? {} : { detail: choice.detail }),
  };
}

/** A side that does not exist is an empty document of the file's name. */
function side(sides: Sides, which: "before" | "after"): vscode.Uri {
  const uri = sides[which];
  return uri ? vscode.Uri.parse(uri, true) : vscode.Uri.from({ scheme: PAGE, path: `/nothing/${sides.path}` });
}
