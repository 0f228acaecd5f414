// What this extension asks of an editor. Everything but the adapters (vscode*.ts, extension.ts) speaks to this alone.

export interface Choice<T> {
  label: string;
  value: T;
  description?: string;
  detail?: string;
}

export interface Question {
  title: string;
  prompt: string;
  value?: string;
  placeholder?: string;
  secret?: boolean;
  /** What is wrong with the text, or "". */
  refuse?: (text: string) => string;
}

export interface Sides {
  path: string;
  /** "" where that side does not exist. */
  before: string;
  after: string;
}

export type Gravity = "information" | "warning" | "error";

export interface Cancellation {
  readonly requested: boolean;
  onRequested(listener: () => void): void;
}

/** `percent` of the whole is left out where nobody knows it. */
export type Report = (message: string, percent?: number) => void;

/** Answers are undefined when the person turned away. URIs are text. */
export interface Editor {
  pick<T>(title: string, choices: Choice<T>[]): Promise<T | undefined>;
  pickSeveral<T>(title: string, choices: Choice<T>[]): Promise<T[] | undefined>;
  ask(question: Question): Promise<string | undefined>;
  /** A message that does not stop work; the button pressed. */
  tell(gravity: Gravity, message: string, ...buttons: string[]): Promise<string | undefined>;
  /** A dialog that must be answered; the button pressed. */
  confirm(message: string, detail: string, ...buttons: string[]): Promise<string | undefined>;
  /** A word in the status bar that goes away by itself. */
  flash(message: string): void;
  /** Progress with a cancel button around `work`. */
  during<T>(title: string, work: (report: Report, cancel: Cancellation) => Promise<T>): Promise<T>;
  open(uri: string): Promise<void>;
  diff(title: string, sides: Sides): Promise<void>;
  diffSeveral(title: string, files: Sides[]): Promise<void>;
  /** Markdown that is not a file, rendered. */
  page(name: string, markdown: string): Promise<void>;
  showOutput(): void;
  log(gravity: Gravity, message: string): void;
}
