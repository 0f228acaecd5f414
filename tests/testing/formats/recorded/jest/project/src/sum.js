exports.add = (a, b) => a + b;
exports.fail = (x) => x.missing.deeper;
