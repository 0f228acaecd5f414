// An editor that answers what a test told it to, and remembers what it was asked to do.

import type { Cancellation, Choice, Editor, Gravity, Question, Report, Sides } from "../src/editor";

export class FakeEditor implements Editor {
  readonly did: string[] = [];
  readonly told: string[] = [];
  readonly questions: Question[] = [];
  readonly dialogs: { message: string; detail: string; buttons: string[] }[] = [];
  readonly offered: { title: string; labels: string[]; descriptions?: string[] }[] = [];
  readonly pages: Record<string, string> = {};
  readonly progress: { title: string; messages: string[]; cancel: () => void; ended: boolean }[] = [];
  /** Labels to pick, in order; "" turns away. */
  picks: string[] = [];
  /** Texts to type, in order; undefined turns away. */
  texts: (string | undefined)[] = [];
  /** Buttons to press, in order. */
  buttons: (string | undefined)[] = [];

  async pick<T>(title: string, choices: Choice<T>[]): Promise<T | undefined> {
    const descriptions = choices.map((choice) => choice.description ?? "");
    this.offered.push({ title, labels: choices.map((choice) => choice.label), descriptions });
    const label = this.picks.shift();
    return choices.find((choice) => choice.label === label)?.value;
  }

  async pickSeveral<T>(title: string, choices: Choice<T>[]): Promise<T[] | undefined> {
    this.offered.push({ title, labels: choices.map((choice) => choice.label) });
    const labels = this.picks.shift();
    return labels === undefined ? undefined : choices.filter(({ label }) => labels.split(" ").includes(label)).map(({ value }) => value);
  }

  async ask(question: Question): Promise<string | undefined> {
    this.questions.push(question);
    return this.texts.shift();
  }

  async tell(gravity: Gravity, message: string, ...buttons: string[]): Promise<string | undefined> {
    this.told.push(`${gravity}: ${message}`);
    return this.pressed(buttons);
  }

  async confirm(message: string, detail: string, ...buttons: string[]): Promise<string | undefined> {
    this.dialogs.push({ message, detail, buttons });
    return this.pressed(buttons);
  }

  flash(message: string): void {
    this.did.push(`flash ${message}`);
  }

  async during<T>(title: string, work: (report: Report, cancel: Cancellation) => Promise<T>): Promise<T> {
    const listeners: (() => void)[] = [];
    let requested = false;
    const shown = {
      title,
      messages: [] as string[],
      ended: false,
      cancel: () => {
        requested = true;
        listeners.forEach((listener) => listener());
      },
    };
    this.progress.push(shown);
    const cancel = {
      get requested() {
        return requested;
      },
      onRequested: (listener: () => void) => void listeners.push(listener),
    };
    try {
      return await work((message, percent) => shown.messages.push(percent === undefined ? message : `${message} ${percent} %`), cancel);
    } finally {
      shown.ended = true;
    }
  }

  async open(uri: string): Promise<void> {
    this.did.push(`open ${uri}`);
  }

  async diff(title: string, sides: Sides): Promise<void> {
    this.did.push(`diff ${title} ${sides.before} ${sides.after}`);
  }

  async diffSeveral(title: string, files: Sides[]): Promise<void> {
    this.did.push(`diff several ${title} ${files.map((file) => file.path).join(" ")}`);
  }

  async page(name: string, markdown: string): Promise<void> {
    this.pages[name] = markdown;
    this.did.push(`page ${name}`);
  }

  showOutput(): void {
    this.did.push("output");
  }

  log(gravity: Gravity, message: string): void {
    this.did.push(`log ${gravity} ${message}`);
  }

  private pressed(buttons: string[]): string | undefined {
    const button = this.buttons.shift();
    if (button !== undefined && !buttons.includes(button)) {
      throw new Error(`there is no button ${button} among ${buttons.join(", ")}`);
    }
    return button;
  }
}
