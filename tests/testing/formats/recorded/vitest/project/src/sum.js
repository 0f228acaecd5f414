export const add = (a, b) => a + b;
export const fail = (x) => x.missing.deeper;
