import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Locator, type Places } from "../src/locator";
import { disk } from "../src/disk";
import { FakeEditor } from "./editor";

describe("locator", () => {
  let folder: string;
  let editor: FakeEditor;
  let settings: number;
  let runs: string[][];

  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "autopack-locator-")));
    fs.mkdirSync(path.join(folder, "wheel"));
    fs.mkdirSync(path.join(folder, "bin"));
    [editor, settings, runs] = [new FakeEditor(), 0, []];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  function program(name: string): string {
    const file = path.join(folder, "bin", name);
    fs.writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    return file;
  }

  function aLocator(more: Partial<Places> = {}): Locator {
    return new Locator(editor, {
      configured: async () => [],
      path: () => path.join(folder, "bin"),
      folders: () => ["/projects/shelf"],
      storage: path.join(folder, "storage"),
      wheels: path.join(folder, "wheel"),
      disk,
      run: async (command) => {
        runs.push(command);
        if (command[2] === "venv") {
          fs.mkdirSync(path.join(command[3] ?? "", "bin"), { recursive: true });
          fs.writeFileSync(path.join(command[3] ?? "", "bin", "autopack"), "#!/bin/sh\n", { mode: 0o755 });
        }
        return { code: 0, output: "[3, 12, 0]" };
      },
      openSettings: () => settings++,
      ...more,
    });
  }

  it("finds what is on PATH without a word", async () => {
    const file = program("autopack");
    assert.deepEqual(await aLocator().locate(false), [file, "lsp"]);
    assert.deepEqual(editor.told, []);
  });

  it("says what it passed over, and why", async () => {
    const file = program("autopack");
    await aLocator({ folders: () => [folder] }).locate(false);
    assert.ok(editor.did.some((did) => did.includes(`${file} is passed over`)));
  });

  it("leads to the setting that cannot be used", async () => {
    editor.buttons = ["Open Settings"];
    assert.equal(await aLocator({ configured: async () => ["/nowhere/autopack"] }).locate(true), undefined);
    assert.match(editor.told[0] ?? "", /error: .*\/nowhere\/autopack/);
    assert.equal(settings, 1);
  });

  it("offers to install once a window, and whenever a person waits", async () => {
    const locator = aLocator();
    for (const asked of [false, false, true, false]) {
      assert.equal(await locator.locate(asked), undefined);
    }
    assert.equal(editor.told.length, 2);
  });

  it("installs from the wheel, and finds it from then on", async () => {
    fs.writeFileSync(path.join(folder, "wheel", "autopack-0.1.0-py3-none-any.whl"), "wheel");
    program("python3");
    editor.buttons = ["Install"];
    const locator = aLocator();
    const command = await locator.locate(true);
    assert.match(command?.[0] ?? "", /storage\/server-[0-9a-f]{12}-\w+\/bin\/autopack$/);
    assert.equal(editor.progress[0]?.ended, true);
    assert.deepEqual(await locator.locate(false), command);
    assert.equal(editor.told.length, 1);
  });

  it("says what hinders the installation", async () => {
    fs.writeFileSync(path.join(folder, "wheel", "autopack-0.1.0-py3-none-any.whl"), "wheel");
    editor.buttons = ["Show Output"];
    assert.equal(await aLocator().install(), undefined);
    assert.match(editor.told[0] ?? "", /apt install python3 python3-venv/);
    assert.ok(editor.did.includes("output"));
  });

  it("says so when this build holds no wheel", async () => {
    assert.equal(await aLocator().install(), undefined);
    assert.match(editor.told[0] ?? "", /holds no server/);
  });
});
