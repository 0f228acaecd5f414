// The server's own environment in global storage, made from the wheel in this extension.

import * as crypto from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";

import type { Cancellation } from "./editor";
import type { Ended, Run } from "./processes";

const OLDEST = [3, 11] as const;
const NAMES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const ABOUT = "import ensurepip, json, sys, venv; print(json.dumps([*sys.version_info[:3]]))";
const READY = ".ready";
const DAY_MS = 24 * 60 * 60 * 1000;
const VERSION = "import json, sys; print(json.dumps([*sys.version_info[:3]]))";

/** Why the server cannot be installed here, in words for people. */
export class CannotInstall extends Error {}

export class Cancelled extends Error {}

export interface Installing {
  wheel: string;
  storage: string;
  run: Run;
  /** The first program of a name on PATH outside the workspace. */
  onPath: (name: string) => string | undefined;
  report: (message: string) => void;
  log: (line: string) => void;
  cancel: Cancellation;
}

/** `autopack` of the environment made from this wheel; "" where no installation has finished. */
export async function installed(wheel: string, storage: string): Promise<string> {
  const prefix = await prefixOf(wheel);
  for (const { folder, ready } of await environments(storage)) {
    if (ready && path.basename(folder).startsWith(prefix)) {
      return program(folder);
    }
  }
  return "";
}

/** The one wheel beside the extension, or undefined. */
export async function bundledWheel(folder: string): Promise<string | undefined> {
  const names = await fs.readdir(folder).catch(() => [] as string[]);
  const wheels = names.filter((name) => name.endsWith(".whl")).sort();
  return wheels.length ? path.join(folder, wheels[wheels.length - 1] ?? "") : undefined;
}

/** Make the environment; its `autopack`. Raises CannotInstall or Cancelled, and leaves nothing half done. */
export async function install(how: Installing): Promise<string> {
  await fs.mkdir(how.storage, { recursive: true });
  const python = await choosePython(how);
  // A folder of its own for each try: another window, or the end of a cancelled one, may be at work beside it.
  const environment = await fs.mkdtemp(path.join(how.storage, await prefixOf(how.wheel)));
  try {
    how.report("Making an environment");
    await must(how, [python, "-m", "venv", environment], "The environment could not be made");
    how.report("Installing Autopack");
    const pip = [path.join(environment, "bin", "python"), "-m", "pip", "install"];
    await must(how, [...pip, "--no-input", "--disable-pip-version-check", "--progress-bar=off", how.wheel], "Autopack could not be installed");
    await fs.writeFile(path.join(environment, READY), `${path.basename(how.wheel)}\n`);
  } catch (error) {
    await fs.rm(environment, { recursive: true, force: true });
    throw error;
  }
  await removeOlder(how.storage, environment);
  return program(environment);
}

async function choosePython(how: Installing): Promise<string> {
  const old: string[] = [];
  let bare = "";
  for (const name of NAMES) {
    const python = how.onPath(name);
    if (python === undefined) {
      continue;
    }
    if (how.cancel.requested) {
      throw new Cancelled();
    }
    const version = parsed(await quietly(how, [python, "-c", VERSION]));
    if (version === undefined || version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1])) {
      old.push(`${python}${version ? ` is ${version.join(".")}` : " does not run"}`);
    } else if ((await quietly(how, [python, "-c", ABOUT])).code !== 0) {
      bare ||= `${python} has no venv module: apt install python${version[0]}.${version[1]}-venv (or python3-venv).`;
    } else {
      return python;
    }
  }
  if (bare) {
    throw new CannotInstall(bare);
  }
  if (old.length) {
    throw new CannotInstall(`Autopack needs Python 3.11 or newer; ${old.join(", ")}. On Debian 12 or Ubuntu 24.04 and newer: apt install python3 python3-venv.`);
  }
  throw new CannotInstall("Autopack needs Python 3.11 or newer, and none was found: apt install python3 python3-venv.");
}

async function must(how: Installing, command: string[], failure: string): Promise<void> {
  const ended = await tell(how, command);
  if (how.cancel.requested) {
    throw new Cancelled();
  }
  if (ended.code !== 0) {
    throw new CannotInstall(`${failure}: ${reason(ended.output)}`);
  }
}

/** pip names what went wrong in its last line that says ERROR. */
function reason(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line);
  const errors = lines.filter((line) => /^(ERROR|error|Error):/.test(line));
  return (errors.pop() ?? lines.pop() ?? "no output").replace(/^(ERROR|error|Error):\s*/, "");
}

async function tell(how: Installing, command: string[]): Promise<Ended> {
  how.log(`$ ${command.join(" ")}`);
  return how.run(command, {
    cwd: how.storage,
    env: cleanEnvironment(),
    cancel: how.cancel,
    onLine: (line) => {
      how.log(line);
      const package_ = /^(?:Collecting|Downloading|Using cached) ([A-Za-z0-9][\w.-]*)/.exec(line)?.[1];
      if (package_ !== undefined) {
        how.report(`Installing Autopack: ${package_}`);
      } else if (line.startsWith("Installing collected packages")) {
        how.report("Installing Autopack: unpacking");
      }
    },
  });
}

function quietly(how: Installing, command: string[]): Promise<Ended> {
  return how.run(command, { cwd: how.storage, env: cleanEnvironment(), cancel: how.cancel });
}

/** The user's, without what would lead Python elsewhere. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"]) {
    delete env[name];
  }
  return env;
}

function parsed(ended: Ended): [number, number, number] | undefined {
  try {
    return ended.code === 0 ? (JSON.parse(ended.output) as [number, number, number]) : undefined;
  } catch {
    return undefined;
  }
}

/** A new wheel gets a new environment. */
async function prefixOf(wheel: string): Promise<string> {
  const digest = crypto.createHash("sha256").update(await fs.readFile(wheel)).digest("hex");
  return `server-${digest.slice(0, 12)}-`;
}

function program(environment: string): string {
  return path.join(environment, "bin", "autopack");
}

/** Newest first; one that is not ready is being made, or was left by a crash. */
async function environments(storage: string): Promise<{ folder: string; ready: boolean; age: number }[]> {
  const names = (await fs.readdir(storage).catch(() => [] as string[])).filter((name) => name.startsWith("server-"));
  const found = await Promise.all(
    names.map(async (name) => {
      const folder = path.join(storage, name);
      const ready = await fs.stat(path.join(folder, READY)).catch(() => undefined);
      const made = ready ?? (await fs.stat(folder).catch(() => undefined));
      return { folder, ready: ready !== undefined, age: Date.now() - (made?.mtimeMs ?? 0) };
    }),
  );
  return found.sort((a, b) => a.age - b.age);
}

/** The environment before this one may still be at work in another window; those before it go, and what a crash left. */
async function removeOlder(storage: string, current: string): Promise<void> {
  const others = (await environments(storage)).filter(({ folder }) => folder !== current);
  const older = others.filter(({ ready }) => ready).slice(1);
  const left = others.filter(({ ready, age }) => !ready && age > DAY_MS);
  await Promise.all([...older, ...left].map(({ folder }) => fs.rm(folder, { recursive: true, force: true })));
}
