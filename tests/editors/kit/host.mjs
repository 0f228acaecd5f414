// The tests of host/ in a real extension host.
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as util from "node:util";

import { CHROMIUM, chromium, ROOT, scratch } from "./places.mjs";
import { makeProject, settings } from "./project.mjs";
import { startHost } from "./servers.mjs";

const CLIENT = path.join(ROOT, "client-vscode");
const NOISE = /^(Ignoring fetching|Creating a |Creation of|Resolv|\[AgentHost|\[AccountPolicy|\[reconnection|Updating additional|\[Service Worker|Timed out waiting for auth)/;
const PATIENCE_MS = 4 * Number(process.env.PATIENCE_MS ?? 120_000);

/** What the host said, and 0 when every test passed; 99 when it says nothing for too long. */
export async function runHost() {
  const [folder, remove] = scratch("host");
  const tests = bundle(folder);
  const project = makeProject(folder);
  const state = path.join(folder, "editor");
  fs.mkdirSync(state);
  const server = await startHost({ state, env: project.env, machine: settings });
  const context = await chromium.launchPersistentContext(path.join(folder, "chromium"), {
    executablePath: CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    return await run(context.pages()[0], server.url, project.root, tests);
  } finally {
    await context.close();
    await server.stop();
    remove();
  }
}

async function run(page, url, root, tests) {
  const said = [];
  const ended = new Promise((resolve) => void page.exposeFunction("codeAutomationExit", resolve));
  await page.exposeFunction("codeAutomationLog", (_type, words) => {
    const text = util.format(...words);
    if (!NOISE.test(text)) {
      said.push(text);
    }
  });
  const remote = (file) => `vscode-remote://${new URL(url).host}${file}`;
  const payload = [["extensionDevelopmentPath", remote(CLIENT)], ["extensionTestsPath", remote(tests)], ["skipWelcome", "true"]];
  await page.goto(`${url}/?folder=${encodeURIComponent(root)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, 99).unref());
  const code = await Promise.race([ended, late]);
  return { code, output: said.join("\n") };
}

/** The tests as the host can load them. */
function bundle(folder) {
  const out = path.join(folder, "tests");
  const esbuild = createRequire(path.join(CLIENT, "package.json"))("esbuild");
  const host = path.join(ROOT, "tests", "editors", "host");
  esbuild.buildSync({
    entryPoints: fs.readdirSync(host).filter((name) => name.endsWith(".ts")).map((name) => path.join(host, name)),
    outdir: out, bundle: true, format: "cjs", platform: "node", external: ["vscode", "mocha"], logLevel: "warning",
  });
  fs.symlinkSync(path.join(CLIENT, "node_modules"), path.join(folder, "node_modules"));
  return path.join(out, "index.js");
}
