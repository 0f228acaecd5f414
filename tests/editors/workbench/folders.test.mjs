// Two folders in one window: each has its server, and what is said to one is not said to the other.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { workbench } from "../kit/workbench.mjs";

describe("two folders in VS Code", () => {
  const here = workbench("folders", { folders: ["attic"] });
  const w = () => here.window;

  for (const folder of ["shelf", "attic"]) {
    it(`starts a run in ${folder}`, async () => {
      await w().command("Autopack: Replay a Cassette");
      await w().choice("demo.autopack.yaml", folder).click();
      await w().choice("cassette.jsonl", folder).click();
      await w().statusBar("Run demo started").waitFor();
    });
  }

  it("shows both runs of one name, with their folders", async () => {
    await w().showRuns();
    await w().rows("demo").filter({ hasText: "shelf" }).waitFor();
    await w().rows("demo").filter({ hasText: "attic" }).waitFor();
    await w().rows("demo").filter({ hasText: /waits for you.*attic/ }).waitFor();
    await w().rows("demo").filter({ hasText: /waits for you.*shelf/ }).waitFor();
    await w().page.locator(".activitybar .badge-content", { hasText: "2" }).waitFor();
    await w().picture("folders");
  });

  it("answers the one that was asked, and not the other", async () => {
    await w().command("Autopack: Reject Request");
    await w().choice("drop-legacy: AP303").click();
    await w().type("Not in this one");
    await w().statusBar("Rejected").waitFor();
    await w().page.locator(".activitybar .badge-content", { hasText: "1" }).waitFor();
    assert.deepEqual(w().errors, []);
  });

  it("asks for the folder where nothing says which", async () => {
    await w().command("Autopack: Check Health");
    await w().choice("attic").click();
    assert.match(await w().rendered("Health"), /\/attic at /);
  });
});
