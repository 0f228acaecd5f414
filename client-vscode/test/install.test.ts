import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { bundledWheel, Cancelled, CannotInstall, install, installed, type Installing } from "../src/install";
import type { Ended } from "../src/processes";

describe("install", () => {
  let folder: string;
  let commands: string[];
  let cancelled: boolean;
  let reports: string[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "autopack-install-"));
    fs.writeFileSync(path.join(folder, "autopack-0.1.0-py3-none-any.whl"), "wheel");
    [commands, reports, cancelled] = [[], [], false];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** A machine whose programs answer as `answers` says: the first pattern that fits the command's words. */
  function machine(pythons: string[], answers: [RegExp, Partial<Ended> & { lines?: string[] }][]): Installing {
    return {
      wheel: path.join(folder, "autopack-0.1.0-py3-none-any.whl"),
      storage: path.join(folder, "storage"),
      onPath: (name) => (pythons.includes(name) ? `/usr/bin/${name}` : undefined),
      report: (message) => reports.push(message),
      log: () => undefined,
      cancel: { get requested() { return cancelled; }, onRequested: () => undefined },
      run: async (command, how) => {
        const words = command.join(" ");
        commands.push(words);
        if (/ -m venv /.test(words)) {
          fs.mkdirSync(path.join(command[3] ?? "", "bin"), { recursive: true });
        }
        const [, answer] = answers.find(([pattern]) => pattern.test(words)) ?? [undefined, {}];
        answer.lines?.forEach((line) => how.onLine?.(line));
        return { code: 0, output: "[3, 11, 2]", ...answer };
      },
    };
  }

  it("makes an environment, installs the wheel and is found afterwards", async () => {
    const how = machine(["python3"], [[/pip install/, { lines: ["Collecting pygls<2.2 (from autopack)", "Installing collected packages: a, b"] }]]);
    const program = await install(how);
    assert.match(program, /storage\/server-[0-9a-f]{12}-\w+\/bin\/autopack$/);
    assert.equal(await installed(how.wheel, how.storage), program);
    fs.writeFileSync(how.wheel, "another version");
    assert.equal(await installed(how.wheel, how.storage), "", "a new wheel is installed anew");
    assert.deepEqual(reports, ["Making an environment", "Installing Autopack", "Installing Autopack: pygls", "Installing Autopack: unpacking"]);
    assert.match(commands.at(-1) ?? "", /bin\/python -m pip install --no-input .*autopack-0\.1\.0-py3-none-any\.whl$/);
  });

  it("takes the first Python that is new enough", async () => {
    await install(machine(["python3", "python3.12"], [[/^\/usr\/bin\/python3 -c/, { output: "[3, 9, 2]" }], [/python3\.12 -c/, { output: "[3, 12, 1]" }]]));
    assert.ok(commands.some((words) => words.startsWith("/usr/bin/python3.12 -m venv")));
  });

  async function refusal(how: Installing): Promise<string> {
    const error = await install(how).then(() => assert.fail("it installed"), (thrown: unknown) => thrown);
    assert.ok(error instanceof CannotInstall, String(error));
    assert.deepEqual(fs.readdirSync(how.storage), [], "nothing half done is left");
    return error.message;
  }

  it("says which package brings Python, where there is none", async () => {
    assert.match(await refusal(machine([], [])), /none was found: apt install python3 python3-venv/);
  });

  it("says which Python is too old", async () => {
    assert.match(await refusal(machine(["python3"], [[/ -c /, { output: "[3, 9, 2]" }]])), /\/usr\/bin\/python3 is 3\.9\.2\. .*apt install/);
  });

  it("says which package brings venv", async () => {
    const without = machine(["python3"], [[/import ensurepip/, { code: 1, output: "No module named ensurepip" }]]);
    assert.match(await refusal(without), /no venv module: apt install python3\.11-venv/);
  });

  it("says what pip says", async () => {
    const failing = machine(["python3"], [[/pip install/, { code: 1, output: "Collecting x\nERROR: No matching distribution found for pygls\n" }]]);
    assert.equal(await refusal(failing), "Autopack could not be installed: No matching distribution found for pygls");
  });

  it("leaves nothing behind when it is cancelled", async () => {
    const how = machine(["python3"], []);
    const { run } = how;
    how.run = async (command, options) => {
      const ended = await run(command, options);
      cancelled = command.includes("venv");
      return ended;
    };
    await assert.rejects(install(how), Cancelled);
    assert.deepEqual(fs.readdirSync(how.storage), []);
    assert.ok(!commands.some((words) => words.includes("pip install")));
  });

  it("keeps the environment before this one and removes older ones", async () => {
    const how = machine(["python3"], []);
    for (const [name, time] of [["server-a-old", 1], ["server-b-last", 2]] as const) {
      fs.mkdirSync(path.join(how.storage, name), { recursive: true });
      fs.writeFileSync(path.join(how.storage, name, ".ready"), "");
      fs.utimesSync(path.join(how.storage, name, ".ready"), time, time);
    }
    for (const [name, time] of [["server-c-crashed", 1], ["server-d-being-made", Date.now() / 1000]] as const) {
      fs.mkdirSync(path.join(how.storage, name));
      fs.utimesSync(path.join(how.storage, name), time, time);
    }
    fs.mkdirSync(path.join(how.storage, "else"));
    await install(how);
    const left = fs.readdirSync(how.storage).filter((name) => !/^server-[0-9a-f]{12}-/.test(name));
    assert.deepEqual(left.sort(), ["else", "server-b-last", "server-d-being-made"]);
  });

  it("finds the wheel beside the extension, or none", async () => {
    assert.equal(await bundledWheel(folder), path.join(folder, "autopack-0.1.0-py3-none-any.whl"));
    assert.equal(await bundledWheel(path.join(folder, "none")), undefined);
  });
});
