// Plans and cassettes of the workspace in VS Code.

import * as vscode from "vscode";

import type { Plans } from "./commands/runs";
import type { Node } from "./tree";

export const PLANS = "**/*.autopack.yaml";
const LEFT_OUT = "{**/node_modules/**,**/.venv/**,**/venv/**,**/.autonomous_runs/**,**/.git/**}";
const MOST = 100;

export async function hasPlan(folder: vscode.WorkspaceFolder): Promise<boolean> {
  return (await vscode.workspace.findFiles(new vscode.RelativePattern(folder, PLANS), LEFT_OUT, 1)).length > 0;
}

export const plans: Plans = {
  async find() {
    const front = vscode.window.activeTextEditor?.document.uri.toString();
    const found = await vscode.workspace.findFiles(PLANS, LEFT_OUT, MOST);
    const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
    return found
      .map((uri) => ({
        uri: uri.toString(),
        name: vscode.workspace.asRelativePath(uri, false),
        folder: several ? (vscode.workspace.getWorkspaceFolder(uri)?.name ?? "") : "",
        current: uri.toString() === front,
      }))
      .sort((a, b) => Number(b.current) - Number(a.current) || a.name.localeCompare(b.name));
  },

  async save(uri) {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
    if (open?.isDirty) {
      await open.save();
    }
  },

  async phases(uri) {
    return (await symbols(vscode.Uri.parse(uri))).map((symbol) => symbol.name);
  },

  async cassettes() {
    const found = await vscode.workspace.findFiles("**/*.jsonl", LEFT_OUT, MOST);
    return found.map((uri) => ({ path: uri.fsPath, name: vscode.workspace.asRelativePath(uri) })).sort((a, b) => a.name.localeCompare(b.name));
  },
};

/** Open the plan at the phase of a tree node. */
export async function reveal(node: Node): Promise<void> {
  const uri = vscode.Uri.parse(node.run.planUri);
  const symbol = (await symbols(uri)).find(({ name }) => name === node.phase?.id);
  const options = symbol === undefined ? {} : { selection: new vscode.Range(symbol.selectionRange.start, symbol.selectionRange.start) };
  await vscode.window.showTextDocument(uri, { ...options, preserveFocus: true, preview: true });
}

/** The phases in the plan's outline. */
async function symbols(uri: vscode.Uri): Promise<vscode.DocumentSymbol[]> {
  await vscode.workspace.openTextDocument(uri);
  const outline = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>("vscode.executeDocumentSymbolProvider", uri);
  return (outline ?? []).flatMap((symbol) => (symbol.name === "phases" ? symbol.children : []));
}
