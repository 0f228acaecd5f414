const { nothing } = require("../src/absent");
test("never", () => nothing());
