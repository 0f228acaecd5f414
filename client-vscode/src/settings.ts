// This extension's settings, and how they reach the server.

/** `get(key)` below `autopack.`; undefined or null where nobody set it. */
export interface Values {
  get(key: string): unknown;
}

/** Editor setting -> path in the server's initialization options; `settings` has the shape of the user's config.yaml. */
const PASSED: [string, string[]][] = [
  ["onEditorExit", ["onEditorExit"]],
  ["onStart", ["onStart"]],
  ["replay", ["replay"]],
  ["models.builder", ["settings", "models", "builder"]],
  ["models.auditor", ["settings", "models", "auditor"]],
  ["models.secondAuditor", ["settings", "models", "second_auditor"]],
  ["models.judge", ["settings", "models", "judge"]],
  ["caps.tokens", ["settings", "caps", "token_cap"]],
  ["caps.moneyUsd", ["settings", "caps", "money_cap_usd"]],
  ["caps.minutes", ["settings", "caps", "max_duration_minutes"]],
  ["caps.attempts", ["settings", "caps", "attempt_cap"]],
  ["sandbox.minimum", ["settings", "sandbox", "minimum"]],
  ["targetPython", ["settings", "target_python"]],
];

/** Initialization options: only what somebody set. */
export function serverOptions(values: Values): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, place] of PASSED) {
    const value = values.get(key);
    if (value === undefined || value === null || value === "") {
      continue;
    }
    let at = options;
    for (const part of place.slice(0, -1)) {
      at = (at[part] ??= {}) as Record<string, unknown>;
    }
    at[place[place.length - 1] ?? ""] = value;
  }
  return options;
}

/** `autopack.server.command`; a value of another shape counts as none. */
export function serverCommand(values: Values): string[] {
  const value = values.get("server.command");
  return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : [];
}

/**
 * The command, read again when it is empty at first: in a remote window settings of machine scope come with the
 * connection, which may be later than this extension. `changed` resolves at the next change of settings.
 */
export async function settledCommand(values: () => Values, changed: (withinMs: number) => Promise<boolean>): Promise<string[]> {
  const first = serverCommand(values());
  return first.length > 0 || !(await changed(1000)) ? first : serverCommand(values());
}
