// The real disk behind discovery.

import * as fs from "node:fs";

import type { Disk } from "./discovery";

export const disk: Disk = {
  real(file) {
    try {
      return fs.realpathSync(file);
    } catch {
      return undefined;
    }
  },

  executable(file) {
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  },

  interpreter(file) {
    const first = head(file, 512);
    if (!first.startsWith("#!")) {
      return "";
    }
    const [line = ""] = first.slice(2).split("\n", 1);
    // pip writes `/bin/sh` and `'''exec' "/long path/python"` where the path is long or has blanks.
    const wrapped = /^'''exec' "?([^"\n]+?)"? "\$0"/m.exec(first);
    return wrapped?.[1] ?? line.trim().split(/\s+/, 1)[0] ?? "";
  },
};

function head(file: string, bytes: number): string {
  try {
    const handle = fs.openSync(file, "r");
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString("utf8", 0, fs.readSync(handle, buffer, 0, bytes, 0));
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return "";
  }
}
