// The view of runs in VS Code.

import * as vscode from "vscode";

import type { Runs } from "./runs";
import { contextValue, type Mark, type Node, nodes } from "./tree";

const ICONS: Record<Mark, [string, string?]> = {
  working: ["loading~spin"],
  waiting: ["bell-dot", "list.warningForeground"],
  complete: ["pass-filled", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  warned: ["warning", "list.warningForeground"],
  stopped: ["debug-pause"],
  skipped: ["debug-step-over", "disabledForeground"],
  queued: ["circle-large-outline", "disabledForeground"],
  discarded: ["trash", "disabledForeground"],
};
const REDRAW_MS = 100;

export class RunsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<Node>;
  private pending: NodeJS.Timeout | undefined;

  constructor(private readonly runs: Runs) {
    this.view = vscode.window.createTreeView("autopack.runs", { treeDataProvider: this, showCollapseAll: true });
    runs.onChange(() => this.later());
    this.draw();
  }

  getChildren(node?: Node): Node[] {
    return node?.children ?? nodes(this.runs.all(), folderName);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, node.children.length === 0 ? None : node.open ? Expanded : Collapsed);
    const [icon, color] = ICONS[node.mark];
    item.id = node.id;
    item.description = node.description;
    item.tooltip = node.tooltip || node.label;
    item.contextValue = contextValue(node);
    item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
    item.accessibilityInformation = { label: `${node.label}, ${node.description}` };
    if (node.kind === "phase" && node.run.planUri) {
      item.command = { title: "Show in Plan", command: "autopack.ui.phase.reveal", arguments: [node] };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.pending);
    this.view.dispose();
    this.changed.dispose();
  }

  /** Several snapshots within a tenth of a second are one drawing. */
  private later(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.draw();
    }, REDRAW_MS);
  }

  private draw(): void {
    const waiting = this.runs.pending().length;
    this.view.badge = waiting ? { value: waiting, tooltip: `${waiting} waiting for you` } : undefined;
    void vscode.commands.executeCommand("setContext", "autopack.hasRuns", this.runs.all().length > 0);
    this.changed.fire();
  }
}

function folderName(uri: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri))?.name ?? "";
}
