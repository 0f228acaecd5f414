// Progress of runs as a notification with a cancel button: the editor's own place for server progress has none.

import type { WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from "vscode-languageclient";

import type { Editor } from "./editor";

type Report = (message: string) => void;

export class RunProgress {
  private readonly shown = new Map<string | number, { report: Report | undefined; latest: string; end: () => void }>();

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
      this.report(token, value.message ?? "");
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
    const entry = { report: undefined as Report | undefined, latest: value.message ?? "", end: () => {} };
    const ended = new Promise<void>((resolve) => (entry.end = resolve));
    this.shown.set(token, entry);
    void this.editor.during(value.title, (report, cancel) => {
      entry.report = (message) => report(cancel.requested ? "stopping" : message);
      entry.report(entry.latest);
      cancel.onRequested(() => {
        report("stopping");
        this.cancel(token);
      });
      return ended;
    });
  }

  private report(token: string | number, message: string): void {
    const entry = this.shown.get(token);
    if (entry !== undefined && message) {
      entry.latest = message;
      entry.report?.(message);
    }
  }

  private end(token: string | number): void {
    this.shown.get(token)?.end();
    this.shown.delete(token);
  }
}
