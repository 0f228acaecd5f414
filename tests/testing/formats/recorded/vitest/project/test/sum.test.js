import { test, it, describe, expect } from "vitest";
import { add, fail } from "../src/sum";

test("adds", () => {
  expect(add(2, 3)).toBe(5);
});

test("is wrong", () => {
  expect(add(2, 2)).toBe(5);
});

describe("outer <group>", () => {
  it("passes", () => {});
  it("throws in the product", () => {
    fail(undefined);
  });
  describe("inner", () => {
    it.each([1, 2])("case %i", (n) => expect(n).toBe(n));
  });
});

test.skip("skipped", () => {});
test.todo("to do");
