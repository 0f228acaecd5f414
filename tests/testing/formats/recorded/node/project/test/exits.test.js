import { test } from "node:test";
test("before", () => {});
test("exits", () => process.exit(0));
test("after", () => {});
