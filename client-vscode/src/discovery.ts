// Where the language server is: the setting, then `autopack` on PATH, then the environment this extension made itself.
// Nothing inside a workspace folder is ever executed.

import * as path from "node:path";

export interface Disk {
  /** Every link resolved; undefined when there is no such file. */
  real(file: string): string | undefined;
  executable(file: string): boolean;
  /** The interpreter a script names in its first line, or "". */
  interpreter(file: string): string;
}

export interface Surroundings {
  /** Machine setting `autopack.server.command`. */
  configured: readonly string[];
  /** The PATH variable. */
  path: string;
  /** Workspace folders as paths. */
  folders: readonly string[];
  /** `autopack` of the environment in global storage; it need not exist. */
  installed: string;
  disk: Disk;
}

export type Found =
  | { kind: "found"; command: string[]; origin: "setting" | "path" | "installed"; passed: string[] }
  | { kind: "refused"; reason: string }
  | { kind: "missing"; passed: string[] };

/** `passed` are executables on PATH that lie in a workspace folder. */
export function discover(where: Surroundings): Found {
  if (where.configured.length > 0) {
    return configured(where);
  }
  const { found, passed } = onPath("autopack", where);
  if (found !== undefined) {
    return { kind: "found", command: [found, "lsp"], origin: "path", passed };
  }
  if (where.disk.executable(where.installed) && !inWorkspace(where.installed, where)) {
    return { kind: "found", command: [where.installed, "lsp"], origin: "installed", passed };
  }
  return { kind: "missing", passed };
}

/** The first `name` on PATH outside the workspace. Relative entries of PATH are not looked at. */
export function onPath(name: string, where: Omit<Surroundings, "configured" | "installed">): { found?: string; passed: string[] } {
  const passed: string[] = [];
  for (const folder of where.path.split(path.delimiter)) {
    if (!path.isAbsolute(folder)) {
      continue;
    }
    const file = path.join(folder, name);
    if (!where.disk.executable(file)) {
      continue;
    }
    if (!inWorkspace(file, where)) {
      return { found: file, passed };
    }
    passed.push(file);
  }
  return { passed };
}

function configured(where: Surroundings): Found {
  const [program = "", ...rest] = where.configured;
  const { found } = path.isAbsolute(program) ? { found: program } : onPath(program, where);
  if (program.includes(path.sep) && !path.isAbsolute(program)) {
    return refused(`${program} is a relative path. Give the whole path of the server.`);
  }
  if (found === undefined || !where.disk.executable(found)) {
    return refused(`${program} cannot be executed, or is not there.`);
  }
  const inside = [found, ...rest.filter((word) => path.isAbsolute(word))].find((file) => inWorkspace(file, where));
  if (inside !== undefined) {
    return refused(`${inside} lies in the workspace, and nothing from there starts the server.`);
  }
  return { kind: "found", command: [found, ...rest], origin: "setting", passed: [] };
}

/** Whether the file, what it links to, or the interpreter that runs it lies in a workspace folder. */
function inWorkspace(file: string, where: Pick<Surroundings, "folders" | "disk">): boolean {
  const real = where.disk.real(file) ?? file;
  const parent = where.disk.real(path.dirname(file)) ?? path.dirname(file);
  const interpreter = where.disk.interpreter(real);
  const places = [file, path.join(parent, path.basename(file)), real];
  if (path.isAbsolute(interpreter)) {
    places.push(interpreter, where.disk.real(interpreter) ?? interpreter);
  }
  return where.folders.some((folder) => {
    const root = where.disk.real(folder) ?? folder;
    return places.some((place) => within(place, folder) || within(place, root));
  });
}

function within(file: string, folder: string): boolean {
  const from = path.relative(folder, file);
  return from === "" || (!from.startsWith(`..${path.sep}`) && from !== ".." && !path.isAbsolute(from));
}

function refused(reason: string): Found {
  return { kind: "refused", reason: `The setting autopack.server.command cannot be used: ${reason}` };
}
