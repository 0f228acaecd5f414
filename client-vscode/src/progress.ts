// Progress of runs as a notification with a cancel button: the editor's own place for server progress has none.

import type { WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from "vscode-languageclient";

import type { Editor, Report } from "./editor";

interface Shown {
  report: Report | undefined;
  message: string;
  percent: number | undefined;
  end: () => void;
}

export class RunProgress {
  private readonly shown = new Map<string | number, Shown>();

  /** `cancel` tells the server; the notification stays until the server says that it ended. */
  constructor(
    private readonly editor: Editor,
    private readonly cancel: (token: string | number) => void,
  ) {}

  /** Middleware: what can be cancelled is ours, the rest is the editor's. */
  handle(
    token: string | number,
    value: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd,
    next: () => void,
  ): void {
    if (value.kind === "begin" && value.cancellable) {
      this.begin(token, value);
    } else if (value.kind === "report" && this.shown.has(token)) {
      this.report(token, value);
    } else {
      this.end(token);
      next();
    }
  }

  /** The server is gone: nothing it began goes on. */
  endAll(): void {
    for (const token of [...this.shown.keys()]) {
      this.end(token);
    }
  }

  private begin(token: string | number, value: WorkDoneProgressBegin): void {
    this.end(token);
    const entry: Shown = { report: undefined, message: value.message ?? "", percent: value.percentage, end: () => {} };
    const ended = new Promise<void>((resolve) => (entry.end = resolve));
    this.shown.set(token, entry);
    void this.editor.during(value.title, (report, cancel) => {
      entry.report = (message, percent) => report(cancel.requested ? "stopping" : message, percent);
      entry.report(entry.message, entry.percent);
      cancel.onRequested(() => {
        report("stopping");
        this.cancel(token);
      });
      return ended;
    });
  }

  private report(token: string | number, value: WorkDoneProgressReport): void {
    const entry = this.shown.get(token);
    if (entry !== undefined) {
      entry.message = value.message ?? entry.message;
      entry.percent = value.percentage ?? entry.percent;
      entry.report?.(entry.message, entry.percent);
    }
  }

  private end(token: string | number): void {
    this.shown.get(token)?.end();
    this.shown.delete(token);
  }
}
