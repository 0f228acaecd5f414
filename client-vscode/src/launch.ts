// The server's process: started outside the workspace, its standard error in the log, ended when it does not end itself.

import { type ChildProcess, spawn } from "node:child_process";

export interface Launching {
  command: string[];
  /** A folder of our own: no code of the repository is on the server's import path. */
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** A process of its own session: closing the editor ends it through its input, not by a signal to a group. */
export function launch({ command: [program = "", ...words], cwd, env }: Launching): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env, stdio: "pipe", detached: true });
    child.once("spawn", () => resolve(child));
    child.once("error", (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
  });
}

/** Wait until the process has ended; after `patienceMs` it is asked to, twice. */
export async function ended(child: ChildProcess, patienceMs: number): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (await gone(child, patienceMs)) {
      return;
    }
    child.kill(signal);
  }
  await gone(child, patienceMs);
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** The level a line of the server's log names, and the line without it. */
export function leveled(line: string): [LogLevel, string] {
  const match = /^autopack (DEBUG|INFO|WARNING|ERROR|CRITICAL): (.*)$/.exec(line);
  const levels: Record<string, LogLevel> = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "error" };
  return match ? [levels[match[1] ?? ""] ?? "info", match[2] ?? ""] : ["info", line];
}

function gone(child: ChildProcess, withinMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
