// node host.mjs: the tests of host/ in a real extension host; ends with 1 when one fails, or the host says nothing.
import * as fs from "node:fs";
import * as path from "node:path";
import * as util from "node:util";
import { createRequire } from "node:module";

import { CHROMIUM, chromium, ROOT, scratch } from "./places.mjs";
import { makeProject, settings } from "./project.mjs";
import { startHost } from "./servers.mjs";

const CLIENT = path.join(ROOT, "client-vscode");
const NOISE = /^(Ignoring fetching|Creating a socket|Resolv|\[AgentHost|\[AccountPolicy|\[reconnection|Updating additional|\[Service Worker)/;
const PATIENCE_MS = 240_000;

const [folder, remove] = scratch("host");
const tests = bundle(path.join(folder, "tests"));
const project = makeProject(folder);
const state = path.join(folder, "editor");
fs.mkdirSync(state);
const server = await startHost({ state, env: project.env, machine: settings });
const profile = path.join(folder, "chromium");
const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const code = await run();
await context.close();
await server.stop();
remove();
process.exit(code);

async function run() {
  const [page] = context.pages();
  const ended = new Promise((resolve) => void page.exposeFunction("codeAutomationExit", resolve));
  await page.exposeFunction("codeAutomationLog", (_type, words) => {
    const text = util.format(...words);
    if (!NOISE.test(text)) {
      console.log(text);
    }
  });
  const remote = (file) => `vscode-remote://${new URL(server.url).host}${file}`;
  const payload = [["extensionDevelopmentPath", remote(CLIENT)], ["extensionTestsPath", remote(tests)], ["skipWelcome", "true"]];
  await page.goto(`${server.url}/?folder=${encodeURIComponent(project.root)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, 99).unref());
  return Promise.race([ended, late]);
}

/** The tests as the host can load them. */
function bundle(out) {
  const esbuild = createRequire(path.join(CLIENT, "package.json"))("esbuild");
  const host = path.join(ROOT, "tests", "editors", "host");
  esbuild.buildSync({
    entryPoints: fs.readdirSync(host).filter((name) => name.endsWith(".ts")).map((name) => path.join(host, name)),
    outdir: out, bundle: true, format: "cjs", platform: "node", external: ["vscode", "mocha"], logLevel: "warning",
  });
  fs.symlinkSync(path.join(CLIENT, "node_modules"), path.join(folder, "node_modules"));
  return path.join(out, "index.js");
}
