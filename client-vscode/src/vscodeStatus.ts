// The status bar item in VS Code.

import * as vscode from "vscode";

import type { Status } from "./protocol";
import type { Runs } from "./runs";
import { statusLine } from "./statusLine";

const TICK_MS = 1_000;

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("autopack.status", vscode.StatusBarAlignment.Left, 10);
  private readonly statuses = new Map<string, Status>();
  private clock: NodeJS.Timeout | undefined;

  constructor(private readonly runs: Runs) {
    this.item.name = "Autopack";
    runs.onChange(() => this.draw());
  }

  set(folderUri: string, status: Status | undefined): void {
    if (status === undefined) {
      this.statuses.delete(folderUri);
    } else {
      this.statuses.set(folderUri, status);
    }
    this.draw();
  }

  dispose(): void {
    clearInterval(this.clock);
    this.item.dispose();
  }

  private draw(): void {
    const line = statusLine(this.runs, [...this.statuses.values()]);
    this.tick(line?.ticks ?? false);
    if (line === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = line.text;
    this.item.tooltip = line.tooltip;
    this.item.backgroundColor = line.waits ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.command = line.command
      ? { title: line.command.title, command: line.command.command, arguments: line.command.arguments }
      : "autopack.runs.focus";
    this.item.show();
  }

  /** The clock runs only while something shown depends on it. */
  private tick(needed: boolean): void {
    if (needed && this.clock === undefined) {
      this.clock = setInterval(() => this.draw(), TICK_MS);
    } else if (!needed) {
      clearInterval(this.clock);
      this.clock = undefined;
    }
  }
}
