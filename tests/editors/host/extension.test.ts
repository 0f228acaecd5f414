// The extension in a real extension host: its commands, its documents and what other extensions see of it.
import * as assert from "node:assert/strict";
import * as vscode from "vscode";

import type { Opened, Patch, RunList, RunSnapshot, ShownRequest, Started } from "../../../client-vscode/src/protocol";

const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail("no folder is open");
const at = (name: string): vscode.Uri => vscode.Uri.joinPath(folder, name);
const server = <T>(command: string, args: object): Thenable<T> => vscode.commands.executeCommand<T>(command, args);

/** Ask until the answer is there; the test's own time-out ends the asking. */
async function until<T>(ask: () => T | undefined | Thenable<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function snapshot(runId: string): Promise<RunSnapshot> {
  const { runs } = await server<RunList>("autopack.run.list", { folderUri: folder.toString() });
  return runs.find((run) => run.run === runId) ?? assert.fail(`no run ${runId}`);
}

describe("the extension in its host", () => {
  let runId = "";

  it("is activated by the plan in the folder, and refuses a workspace that is not trusted", async () => {
    const extension = vscode.extensions.getExtension("autopack.autopack") ?? assert.fail("not installed");
    await extension.activate();
    assert.equal(extension.packageJSON.capabilities.untrustedWorkspaces.supported, false);
  });

  it("registers each command it contributes", async () => {
    const { contributes } = vscode.extensions.getExtension("autopack.autopack")?.packageJSON ?? assert.fail();
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = contributes.commands.map((one: { command: string }) => one.command).filter((id: string) => !known.has(id));
    assert.deepEqual(missing, []);
  });

  it("starts a run for a caller and answers with its id", async () => {
    const cassette = at("cassette.jsonl").fsPath;
    const started = await server<Started>("autopack.run.start", { planUri: at("demo.autopack.yaml").toString(), cassette });
    runId = started.runId;
    assert.equal(runId, "demo");
  });

  it("publishes that a person is awaited, on the phase, with the actions that answer", async () => {
    const plan = at("demo.autopack.yaml");
    await vscode.window.showTextDocument(plan);
    const waiting = await until(() => vscode.languages.getDiagnostics(plan).find(({ message }) => /approve or reject/.test(message)));
    const document = await vscode.workspace.openTextDocument(plan);
    assert.equal(document.getText(waiting.range), "drop-legacy");
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", plan, waiting.range);
    const titles = actions.map((action) => action.title);
    for (const expected of ["Approve AP303 of drop-legacy once", "Reject AP303 of drop-legacy with a reason…", "Explain AP303"]) {
      assert.ok(titles.includes(expected), titles.join("; "));
    }
  });

  it("serves both sides of a change as documents", async () => {
    const patch = await server<Patch>("autopack.phase.showPatch", { runId, phaseId: "fines" });
    const [file] = patch.files;
    assert.equal(file?.beforeUri, "");
    const after = await vscode.workspace.openTextDocument(vscode.Uri.parse(file?.afterUri ?? "", true));
    assert.match(after.getText(), /CENTS_A_DAY = 10/);
    assert.equal(after.languageId, "python");
  });

  it("refuses an answer to another change than the one shown", async () => {
    const [request] = (await snapshot(runId)).requests;
    const answer = await server("autopack.approval.approve", { requestId: request?.id, digest: "0".repeat(64), scope: "once" });
    assert.equal(answer, undefined);
    assert.equal((await snapshot(runId)).requests.length, 1);
  });

  it("goes on once the change shown is approved, and publishes where a test fails", async () => {
    const [request] = (await snapshot(runId)).requests;
    const shown = await server<ShownRequest>("autopack.approval.show", { requestId: request?.id });
    assert.ok(shown.lines.some((line) => line.includes("src/shelf/legacy.py")));
    await server("autopack.approval.approve", { requestId: shown.requestId, digest: shown.digest, scope: "once" });
    const tests = at("tests/test_catalogue.py");
    const [failure] = await until(() => {
      const found = vscode.languages.getDiagnostics(tests);
      return found.length ? found : undefined;
    });
    assert.equal(failure?.range.start.line, 24);
    assert.equal((failure?.code as { value: string }).value, "AP401");
    assert.ok(failure?.relatedInformation?.some(({ location }) => location.uri.scheme === "autopack"));
  });

  it("writes a report", async () => {
    await until(async () => (await snapshot(runId)).ended);
    const report = await server<Opened>("autopack.run.report", { runId });
    const text = (await vscode.workspace.fs.readFile(vscode.Uri.parse(report.uri))).toString();
    assert.match(text, /2 of 3 phases completed/);
  });

  it("takes back every problem when the phase is tried again, and completes", async () => {
    await until(async () => !(await snapshot(runId)).atWork);
    await server("autopack.phase.retry", { runId, phaseId: "search", hint: "ISBNs are found by their own index" });
    await until(async () => (await snapshot(runId)).state === "DONE_SUCCESS");
    await until(() => vscode.languages.getDiagnostics(at("tests/test_catalogue.py")).length === 0);
  });
});
