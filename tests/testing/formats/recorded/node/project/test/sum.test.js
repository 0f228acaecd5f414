import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { add, fail } from "../src/sum.js";

test("adds", () => {
  assert.equal(add(2, 3), 5);
});

test("is wrong", () => {
  assert.equal(add(2, 2), 5);
});

describe("outer <group>", () => {
  it("passes", () => {});
  it("throws in the product", () => {
    fail(undefined);
  });
  describe("inner", () => {
    for (const n of [1, 2]) it(`case ${n}`, () => assert.ok(n));
  });
});

test("skipped", { skip: "not here" }, () => {});
test("to do", { todo: true }, () => assert.fail("later"));

test("with subtests", async (t) => {
  await t.test("first", () => {});
  await t.test("second", () => assert.fail("in a subtest"));
});
