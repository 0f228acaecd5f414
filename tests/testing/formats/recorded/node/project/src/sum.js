export function add(a, b) {
  return a + b;
}

export function fail(x) {
  return x.missing.deeper;
}
