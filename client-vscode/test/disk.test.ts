import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { disk } from "../src/disk";

describe("disk", () => {
  let folder: string;
  const write = (name: string, text: string, mode = 0o755): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text, { mode });
    return file;
  };

  before(() => (folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "autopack-disk-")))));
  after(() => fs.rmSync(folder, { recursive: true }));

  it("reads the interpreter of a script in each way pip writes it", () => {
    assert.equal(disk.interpreter(write("plain", "#!/projects/.venv/bin/python\nimport x\n")), "/projects/.venv/bin/python");
    assert.equal(disk.interpreter(write("blank", "#! /usr/bin/env python3\n")), "/usr/bin/env");
    assert.equal(disk.interpreter(write("long", `#!/bin/sh\n'''exec' "/projects/a b/bin/python" "$0" "$@"\n' '''\n`)), "/projects/a b/bin/python");
    assert.equal(disk.interpreter(write("binary", "\x7fELF")), "");
    assert.equal(disk.interpreter(path.join(folder, "none")), "");
  });

  it("tells programs from folders, plain files and nothing", () => {
    assert.ok(disk.executable(write("program", "#!/bin/sh\n")));
    assert.ok(!disk.executable(write("text", "hello", 0o644)));
    assert.ok(!disk.executable(folder));
    assert.ok(!disk.executable(path.join(folder, "none")));
  });

  it("resolves links", () => {
    const target = write("target", "");
    fs.symlinkSync(target, path.join(folder, "link"));
    assert.equal(disk.real(path.join(folder, "link")), target);
    assert.equal(disk.real(path.join(folder, "none")), undefined);
  });
});
