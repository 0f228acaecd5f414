// Where things are. EDITORS is what setup.sh made; VSIX the extension under test; AUTOPACK the server under test.
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "..", "..", "..");
export const EDITORS = path.resolve(process.env.EDITORS ?? path.join(ROOT, ".cache", "editors"));
export const NODE = path.join(EDITORS, "node");
export const CODE_SERVER = path.join(EDITORS, "node_modules", "code-server");
export const VENV = path.join(ROOT, ".venv", "bin");
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const SCREENSHOTS = path.join(ROOT, ".cache", "screenshots");
export const { chromium } = createRequire(path.join(EDITORS, "package.json"))("playwright-core");

export function vsix() {
  const dist = path.join(ROOT, "dist");
  const [name] = fs.existsSync(dist) ? fs.readdirSync(dist).filter((file) => file.endsWith(".vsix")) : [];
  if (name === undefined) {
    throw new Error("there is no .vsix in dist/: make package");
  }
  return path.join(dist, name);
}

/** A folder of its own, removed by what is returned beside it. */
export function scratch(name) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `autopack-${name}-`)));
  return [folder, () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })];
}
