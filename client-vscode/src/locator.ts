// Finding the server, and offering to install it where there is none.

import { type Disk, discover, onPath } from "./discovery";
import type { Editor } from "./editor";
import * as installer from "./install";
import type { Run } from "./processes";

export interface Places {
  /** `autopack.server.command`, once settings have settled. */
  configured(): Promise<string[]>;
  path(): string;
  folders(): string[];
  /** Global storage. */
  storage: string;
  /** The folder with the wheel. */
  wheels: string;
  disk: Disk;
  run: Run;
  openSettings(): void;
}

const INSTALL = "Install";
const SETTINGS = "Open Settings";

export class Locator {
  private offered = false;

  constructor(
    private readonly editor: Editor,
    private readonly places: Places,
  ) {}

  /** The server's command. Where nobody waits for it (`asked` false), the offer to install is made once a window. */
  async locate(asked: boolean): Promise<string[] | undefined> {
    const found = discover({
      configured: await this.places.configured(),
      path: this.places.path(),
      folders: this.places.folders(),
      installed: await this.installed(),
      disk: this.places.disk,
    });
    if (found.kind !== "refused") {
      found.passed.forEach((file) => this.editor.log("warning", `${file} is passed over: it lies in the workspace`));
    }
    switch (found.kind) {
      case "found":
        this.editor.log("information", `Server (${found.origin}): ${found.command.join(" ")}`);
        return found.command;
      case "refused":
        if ((await this.editor.tell("error", found.reason, SETTINGS)) !== undefined) {
          this.places.openSettings();
        }
        return undefined;
      case "missing":
        return this.offer(asked);
    }
  }

  /** Install from the wheel in this extension. The server's command, or undefined when that failed, which was said. */
  async install(): Promise<string[] | undefined> {
    const wheel = await installer.bundledWheel(this.places.wheels);
    if (wheel === undefined) {
      void this.editor.tell("error", "This build of the extension holds no server. Install it yourself: pipx install autopack.");
      return undefined;
    }
    try {
      const program = await this.editor.during("Autopack: installing the language server", (report, cancel) =>
        installer.install({
          wheel,
          storage: this.places.storage,
          run: this.places.run,
          onPath: (name) => onPath(name, this.around()).found,
          report,
          log: (line) => this.editor.log("information", line),
          cancel,
        }),
      );
      return [program, "lsp"];
    } catch (error) {
      if (!(error instanceof installer.Cancelled)) {
        const text = error instanceof Error ? error.message : String(error);
        this.editor.log("error", text);
        if ((await this.editor.tell("error", text, "Show Output")) !== undefined) {
          this.editor.showOutput();
        }
      }
      return undefined;
    }
  }

  private async offer(asked: boolean): Promise<string[] | undefined> {
    if (!asked && this.offered) {
      return undefined;
    }
    this.offered = true;
    const pressed = await this.editor.tell(
      "information",
      "Autopack's language server is not installed. Install it into this editor's storage? Nothing else on the machine changes.",
      INSTALL,
      SETTINGS,
    );
    if (pressed === SETTINGS) {
      this.places.openSettings();
    }
    return pressed === INSTALL ? this.install() : undefined;
  }

  private async installed(): Promise<string> {
    const wheel = await installer.bundledWheel(this.places.wheels);
    return wheel === undefined ? "" : installer.installed(wheel, this.places.storage);
  }

  private around(): { path: string; folders: string[]; disk: Disk } {
    return { path: this.places.path(), folders: this.places.folders(), disk: this.places.disk };
  }
}
