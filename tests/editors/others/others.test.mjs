// Neovim and Emacs with the set-ups of docs/editors.md, as they stand there, against the real server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, it } from "node:test";

import { ROOT, scratch, VENV } from "../kit/places.mjs";
import { makeProject, SERVER } from "../kit/project.mjs";

const DOCS = fs.readFileSync(path.join(ROOT, "docs/editors.md"), "utf8");
const EDITORS = path.join(ROOT, "tests", "editors");

describe("other editors", () => {
  it("Neovim", () => check("lua", "nvim", ["--headless", "-u", path.join(EDITORS, "nvim/check.lua")]));
  it("Emacs with eglot", () => check("elisp", "emacs", ["-Q", "--batch", "-l", path.join(EDITORS, "emacs/check.el")]));
});

async function check(language, program, words) {
  const [folder, remove] = scratch(program);
  try {
    const [, setup] = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(DOCS);
    const file = path.join(folder, `setup.${language}`);
    fs.writeFileSync(file, setup);
    const { root, plan, cassette, env } = makeProject(folder);
    const given = { ...process.env, ...env, HOME: folder, PATH: `${VENV}:${process.env.PATH}` };
    const told = { SETUP: file, PLAN: plan, CASSETTE: cassette, SERVER: [...SERVER, "--replay"].join(" ") };
    const { code, output } = await run(program, words, { cwd: root, env: { ...given, ...told } });
    assert.equal(code, 0, output);
    assert.match(output, /all seen/);
  } finally {
    remove();
  }
}

function run(program, words, options) {
  const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (output += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), 300_000);
  return new Promise((resolve) => child.on("close", (code) => (clearTimeout(timer), resolve({ code, output }))));
}
