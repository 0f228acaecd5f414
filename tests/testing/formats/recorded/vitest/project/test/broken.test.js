import { nothing } from "../src/absent";
test("never", () => nothing());
