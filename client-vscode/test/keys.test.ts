import * as assert from "node:assert/strict";

import { keyEnvironment, setKey } from "../src/keys";
import { FakeEditor } from "./editor";

function aStore(held: Record<string, string> = {}) {
  return {
    held,
    get: async (key: string) => held[key],
    store: async (key: string, value: string) => void (held[key] = value),
    delete: async (key: string) => void delete held[key],
  };
}

describe("keys", () => {
  it("are stored by provider and given to the server by their variable", async () => {
    const [editor, store] = [new FakeEditor(), aStore()];
    editor.picks = ["OpenAI"];
    editor.texts = ["  sk-1  "];
    assert.ok(await setKey(editor, store, {}));
    assert.deepEqual(await keyEnvironment(store), { OPENAI_API_KEY: "sk-1" });
    assert.equal(editor.questions[0]?.secret, true);
    assert.ok(!JSON.stringify(editor).includes("sk-1"), "a key is shown nowhere");
  });

  it("are removed by an empty text, which only a known one allows", async () => {
    const [editor, store] = [new FakeEditor(), aStore({ ANTHROPIC_API_KEY: "old" })];
    editor.picks = ["Anthropic", "OpenAI"];
    editor.texts = ["", undefined];
    assert.ok(await setKey(editor, store, {}));
    assert.deepEqual(store.held, {});
    assert.ok(!(await setKey(editor, store, {})));
    assert.deepEqual(editor.questions.map((question) => question.refuse?.("") !== ""), [false, true]);
  });

  it("change nothing when the person turns away", async () => {
    const store = aStore();
    assert.ok(!(await setKey(new FakeEditor(), store, {})));
    assert.deepEqual(store.held, {});
  });
});
