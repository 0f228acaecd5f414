// Palette commands on plans, rules, keys and the server.

import type { Dispatch } from "../dispatch";
import type { Editor } from "../editor";
import { type Secrets, setKey } from "../keys";
import type { Locator } from "../locator";
import type { Sessions } from "../sessions";

export class HouseCommands {
  constructor(
    private readonly editor: Editor,
    private readonly dispatch: Dispatch,
    private readonly sessions: Sessions,
    private readonly locator: Locator,
    private readonly secrets: Secrets,
  ) {}

  async setKey(): Promise<void> {
    if ((await setKey(this.editor, this.secrets, process.env)) && this.sessions.all().length > 0) {
      const restart = "Restart Server";
      if ((await this.editor.tell("information", "The server takes the key when it starts.", restart)) === restart) {
        await this.sessions.restart();
      }
    }
  }

  async newPlan(): Promise<void> {
    const name = await this.editor.ask({
      title: "New plan",
      prompt: "Name of the plan's file, in the root of the folder.",
      value: "build.autopack.yaml",
      refuse: (text) => (/^[\w.-]+\.autopack\.yaml$/.test(text) ? "" : "A plan's name ends with .autopack.yaml"),
    });
    if (name !== undefined) {
      await this.dispatch.send("autopack.plan.new", { name });
    }
  }

  async health(): Promise<void> {
    await this.dispatch.send("autopack.health.check", {});
  }

  async explain(code?: string): Promise<void> {
    const asked =
      code ??
      (await this.editor.ask({
        title: "Explain a rule",
        prompt: "Its code, as Problems shows it.",
        placeholder: "AP401",
        refuse: (text) => (/^AP\d{3}$/i.test(text.trim()) ? "" : "AP and three digits"),
      }));
    if (asked !== undefined) {
      await this.dispatch.send("autopack.explain", { code: asked.trim().toUpperCase() });
    }
  }

  async restart(): Promise<void> {
    if (this.sessions.all().length > 0) {
      await this.sessions.restart();
    } else {
      await this.sessions.any();
    }
  }

  async install(): Promise<void> {
    if ((await this.locator.install()) !== undefined) {
      this.editor.flash("Autopack's language server is installed");
      await this.restart();
    }
  }

  showOutput(): void {
    this.editor.showOutput();
  }
}
