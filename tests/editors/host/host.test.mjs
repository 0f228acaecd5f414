// The mocha tests beside this file, inside VS Code's extension host.
import assert from "node:assert/strict";
import { it } from "node:test";

import { runHost } from "../kit/host.mjs";

it("the extension in its host", async () => {
  const { code, output } = await runHost();
  console.log(output);
  assert.equal(code, 0);
});
