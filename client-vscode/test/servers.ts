// Servers that answer what a test told them to, and a dispatch on them.

import { Dispatch, type Server } from "../src/dispatch";
import { Runs } from "../src/runs";
import { FakeEditor } from "./editor";
import { FOLDER } from "./snapshots";

export class FakeServer implements Server {
  readonly sent: [string, Record<string, unknown>][] = [];
  /** Answers in order; an Error is thrown. */
  answers: unknown[] = [];
  missing = "";

  constructor(readonly folderUri = FOLDER) {}

  offers(command: string): boolean {
    return command !== this.missing;
  }

  async execute(command: string, args: Record<string, unknown>): Promise<unknown> {
    this.sent.push([command, args]);
    const answer = this.answers.shift() ?? { message: "Done", state: "" };
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  }
}

export function refused(code: string, message: string, lines: string[] = []): Error {
  return Object.assign(new Error(message), { code: -32050, data: { code, message, hint: "", lines } });
}

export function aHouse(...servers: FakeServer[]) {
  const [editor, runs] = [new FakeEditor(), new Runs()];
  const dispatch = new Dispatch(
    editor,
    {
      all: () => servers,
      for: async (uri) => servers.find((server) => uri.startsWith(server.folderUri)),
      any: async () => servers[0],
    },
    runs,
  );
  return { editor, runs, dispatch };
}
