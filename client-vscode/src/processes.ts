// Running a program to its end, with its lines as they come and a way to end it.

import { spawn } from "node:child_process";

import type { Cancellation } from "./editor";

export interface Ended {
  code: number;
  output: string;
}

export interface Running {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  cancel?: Cancellation;
  onLine?: (line: string) => void;
}

export type Run = (command: string[], how: Running) => Promise<Ended>;

const KEPT = 64 * 1024;

/** Both streams together, their last 64 KiB kept. A program that cannot be started ends with 127. */
export const run: Run = ([program = "", ...words], how) =>
  new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd: how.cwd,
      env: how.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    let rest = "";
    const take = (data: Buffer): void => {
      const text = data.toString("utf8");
      output = (output + text).slice(-KEPT);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach((line) => how.onLine?.(line));
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 143, output }));
    how.cancel?.onRequested(() => {
      if (child.pid !== undefined && child.exitCode === null) {
        process.kill(-child.pid, "SIGTERM");
      }
    });
  });
