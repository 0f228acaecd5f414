// Runs and windows: cancelled, reloaded in the middle, seen and answered from a second window.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { workbench } from "../kit/workbench.mjs";

describe("a run and its windows", () => {
  const here = workbench("windows", { pace: 3 });
  const w = () => here.window;

  it("stops when its progress is cancelled", async () => {
    await w().showRuns();
    await w().command("Autopack: Replay a Cassette");
    await w().says("fines", "build");
    await w().press("Autopack demo", "Cancel");
    await w().says("demo", "stopped");
    await w().marked("demo", "debug-pause");
    await w().says("fines", "not finished");
    await w().notification("Autopack demo").waitFor({ state: "detached" });
  });

  it("goes on from the tree", async () => {
    await w().act("demo", "Resume Run");
    await w().says("fines", /build|test/);
    await w().notification("Autopack demo").waitFor();
  });

  it("is parked by a reload, and goes on when a person says so", async () => {
    await w().page.reload();
    await w().page.locator(".monaco-workbench").waitFor();
    await w().notification("demo is not finished").waitFor();
    await w().says("demo", /interrupted|stopped/);
    await w().picture("reopened");
    await w().press("demo is not finished", "Resume");
    await w().says("fines", "complete");
  });

  it("is seen in a second window, and answered there", async () => {
    const second = await here.open();
    await second.showRuns();
    await second.says("drop-legacy", "waits for you");
    await second.act("drop-legacy", "Reject Request");
    await second.type("Keep it for one more version");
    await second.statusBar("Rejected").waitFor();
    await second.page.close();
  });

  it("tells the first window what the second one said", async () => {
    await w().row("drop-legacy").filter({ hasNotText: "waits for you" }).waitFor();
    assert.deepEqual(w().errors, []);
  });
});
