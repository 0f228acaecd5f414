// The demo's project in a folder, and the environment its runs need: state, settings and the interpreter of its tests.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { ROOT, VENV } from "./places.mjs";

/** `pace`: seconds each answer of the cassette takes, instead of a tenth. */
export function makeProject(folder, { pace } = {}) {
  const made = execFileSync(path.join(VENV, "python"), [path.join(ROOT, "tests/editors/kit/make_project.py"), folder], { encoding: "utf8" });
  const project = JSON.parse(made);
  if (pace !== undefined) {
    const lines = fs.readFileSync(project.cassette, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    fs.writeFileSync(project.cassette, lines.map((line) => `${JSON.stringify({ ...line, delay_ms: pace * 1000 })}\n`).join(""));
  }
  return project;
}

const autopack = path.join(VENV, "autopack");

/** The server under test; MUTE=1 puts one in its place that tells of no problem, and every test must notice. */
export const SERVER = process.env.MUTE ? [path.join(VENV, "python"), path.join(import.meta.dirname, "mute.py"), autopack, "lsp"] : [autopack, "lsp"];

export const settings = { "autopack.server.command": SERVER, "autopack.replay": true };
