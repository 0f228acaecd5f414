import * as assert from "node:assert/strict";

import { serverCommand, serverOptions, settledCommand } from "../src/settings";

const values = (set: Record<string, unknown>) => ({ get: (key: string) => set[key] });

describe("settings", () => {
  it("reach the server in the shape of its own configuration, and only those that are set", () => {
    const set = { onEditorExit: "park", "caps.tokens": 9000, "caps.moneyUsd": null, "models.builder": "m", "models.auditor": "", "models.secondAuditor": "n", "caps.attempts": 3, replay: false };
    assert.deepEqual(serverOptions(values(set)), {
      onEditorExit: "park", replay: false, settings: { models: { builder: "m", second_auditor: "n" }, caps: { token_cap: 9000, attempt_cap: 3 } },
    });
  });

  it("count a command of another shape as none", () => {
    assert.deepEqual(serverCommand(values({ "server.command": ["/opt/autopack", "lsp"] })), ["/opt/autopack", "lsp"]);
    for (const odd of ["autopack lsp", [1], undefined, null, {}]) {
      assert.deepEqual(serverCommand(values({ "server.command": odd })), []);
    }
  });

  it("are read again when they are empty at first and then change", async () => {
    let set: Record<string, unknown> = { "server.command": [] };
    const late = async (): Promise<boolean> => {
      set = { "server.command": ["/opt/autopack"] };
      return true;
    };
    assert.deepEqual(await settledCommand(() => values(set), late), ["/opt/autopack"]);
    assert.deepEqual(await settledCommand(() => values({}), async () => false), []);
    assert.deepEqual(await settledCommand(() => values({ "server.command": ["x"] }), () => assert.fail("nothing to wait for")), ["x"]);
  });
});
