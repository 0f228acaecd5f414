// Loaded by the extension host: runs every test beside it.
import Mocha from "mocha";
import * as fs from "node:fs";
import * as path from "node:path";

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: Number(process.env["PATIENCE_MS"] ?? 120_000), reporter: "spec", bail: true });
  for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith(".test.js"))) {
    mocha.addFile(path.join(__dirname, file));
  }
  return new Promise((resolve, reject) => mocha.run((failed) => (failed ? reject(new Error(`${failed} failed`)) : resolve())));
}
