// API keys: kept in the editor's secret storage, given to the server in its environment, written nowhere else.

import type { Editor } from "./editor";

export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

interface Provider {
  name: string;
  variable: string;
}

const PROVIDERS: Provider[] = [
  { name: "Anthropic", variable: "ANTHROPIC_API_KEY" },
  { name: "OpenAI", variable: "OPENAI_API_KEY" },
];

/** Environment variables of the keys that are set. */
export async function keyEnvironment(secrets: Secrets): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { variable } of PROVIDERS) {
    const key = await secrets.get(variable);
    if (key) {
      env[variable] = key;
    }
  }
  return env;
}

/** Ask for a provider and its key; whether anything changed. `inherited` is the environment the server gets anyway. */
export async function setKey(editor: Editor, secrets: Secrets, inherited: NodeJS.ProcessEnv): Promise<boolean> {
  const stored = await keyEnvironment(secrets);
  const choices = PROVIDERS.map((provider) => ({
    label: provider.name,
    description: state(provider, stored, inherited),
    value: provider,
  }));
  const provider = await editor.pick("API key of which provider?", choices);
  if (provider === undefined) {
    return false;
  }
  const known = stored[provider.variable] !== undefined;
  const key = await editor.ask({
    title: `${provider.name} API key`,
    prompt: `Kept in the editor's secret storage and given to the server as ${provider.variable}.${known ? " Leave it empty to remove the key." : ""}`,
    secret: true,
    refuse: (text) => (text.trim() || known ? "" : "Paste the key, or press Escape."),
  });
  if (key === undefined) {
    return false;
  }
  if (key.trim()) {
    await secrets.store(provider.variable, key.trim());
  } else {
    await secrets.delete(provider.variable);
  }
  editor.flash(key.trim() ? `${provider.name} API key is set` : `${provider.name} API key is removed`);
  return true;
}

function state(provider: Provider, stored: Record<string, string>, inherited: NodeJS.ProcessEnv): string {
  if (stored[provider.variable] !== undefined) {
    return "set";
  }
  return inherited[provider.variable] ? `from ${provider.variable} in the environment` : "not set";
}
