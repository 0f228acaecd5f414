// A reporter of `node --test`: one JSON record a line, the last one counts them. It runs in Node's own test runner, not
// in the processes of the tests. Needs Node 18.15 or 20 and nothing else.

const LIMIT = 8000;
const KEPT = new Set(["test:start", "test:pass", "test:fail", "test:stderr"]);

function text(value) {
  try {
    return String(value).slice(0, LIMIT);
  } catch {
    return "";
  }
}

function fault(error) {
  const cause = error?.cause ?? error;
  const told = cause instanceof Error || typeof cause?.stack === "string" ? cause : error;
  return {
    kind: text(error?.failureType ?? ""),
    message: text(cause?.message ?? cause ?? ""),
    name: text(cause?.name ?? ""),
    stack: text(told?.stack ?? ""),
    exit: error?.exitCode ?? null,
  };
}

export default async function* report(source) {
  let count = 0;
  for await (const { type, data } of source) {
    if (!KEPT.has(type)) continue;
    const record = { t: type.slice(5), file: text(data.file ?? ""), n: count };
    if (type === "test:stderr") {
      record.text = text(data.message);
    } else {
      record.name = text(data.name);
      record.nesting = data.nesting;
      record.line = data.line ?? 0;
    }
    if (type === "test:pass" || type === "test:fail") {
      record.suite = data.details?.type === "suite";
      record.ms = data.details?.duration_ms ?? 0;
      record.skip = data.skip !== undefined && data.skip !== false;
      record.todo = data.todo !== undefined && data.todo !== false;
      if (type === "test:fail") record.error = fault(data.details?.error);
    }
    count += 1;
    yield `${JSON.stringify(record)}\n`;
  }
  yield `${JSON.stringify({ t: "end", n: count })}\n`;
}
