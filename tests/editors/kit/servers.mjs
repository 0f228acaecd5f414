// VS Code's server on a free port of this machine, with a throw-away profile. Settings of machine scope go to Machine:
// a remote window, as this is, drops them from the user's.
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import { CODE_SERVER, NODE } from "./places.mjs";

const QUIET = {
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "security.workspace.trust.enabled": false,
  "chat.disableAIFeatures": true,
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "git.enabled": false,
  "editor.minimap.enabled": false,
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
};

/** code-server with the extension installed: for tests by keyboard and mouse. */
export async function startWorkbench({ state, vsix, env = {}, user = {}, machine = {} }) {
  const data = profile(path.join(state, "user"), { ...QUIET, ...user }, machine);
  const common = ["--config", path.join(state, "config.yaml"), "--user-data-dir", data, "--extensions-dir", path.join(state, "extensions")];
  const entry = path.join(CODE_SERVER, "out", "node", "entry.js");
  execFileSync(NODE, [entry, ...common, "--install-extension", vsix], { env: { ...process.env, EXTENSIONS_GALLERY: "{}" }, stdio: "pipe" });
  const words = (port) => [
    entry, ...common, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check",
    "--disable-workspace-trust", "--disable-getting-started-override", "--disable-file-downloads", "--disable-file-uploads",
  ];
  return start({ words, state, env, health: "/healthz" });
}

/** VS Code's own server, which can run tests inside its extension host. */
export async function startHost({ state, env = {}, machine = {} }) {
  profile(path.join(state, "data"), {}, { ...QUIET, ...machine });
  const words = (port) => [
    path.join(CODE_SERVER, "lib", "vscode", "out", "server-main.js"), "--host", "127.0.0.1", "--port", String(port),
    "--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off", "--disable-workspace-trust",
    "--server-data-dir", state, "--extensions-dir", path.join(state, "extensions"), "--enable-smoke-test-driver",
  ];
  return start({ words, state, env, health: "/version" });
}

function profile(data, user, machine) {
  for (const [scope, settings] of [["User", user], ["Machine", machine]]) {
    fs.mkdirSync(path.join(data, scope), { recursive: true });
    fs.writeFileSync(path.join(data, scope, "settings.json"), JSON.stringify(settings));
  }
  return data;
}

async function start({ words, state, env, health }) {
  const port = await freePort();
  const log = fs.openSync(path.join(state, "log"), "w");
  const child = spawn(NODE, words(port), {
    env: { ...process.env, EXTENSIONS_GALLERY: "{}", ...env }, stdio: ["ignore", log, log], detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 240) {
      throw new Error(`the editor's server did not come up:\n${fs.readFileSync(path.join(state, "log"), "utf8")}`);
    }
    const answer = await fetch(url + health).catch(() => undefined);
    if (answer?.ok) {
      return { url, stop: () => stop(child, exited) };
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The whole group: extension hosts included. */
async function stop(child, exited) {
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      return;
    }
    const late = new Promise((resolve) => setTimeout(resolve, 12_000, "late"));
    if ((await Promise.race([exited, late])) !== "late") {
      return;
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
