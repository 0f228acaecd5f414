// The servers of this window: one for each workspace folder that has a plan, or was used.

import type { Server, Servers } from "./dispatch";

/** What Sessions needs of a session. */
export interface Running extends Server {
  readonly running: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Folder {
  uri: string;
  name: string;
}

export interface House {
  folders(): Folder[];
  /** The folder around a file or folder. */
  around(uri: string): Folder | undefined;
  /** The folder of the editor in front. */
  current(): Folder | undefined;
  choose(folders: Folder[]): Promise<Folder | undefined>;
  /** The server's command; `asked` when a person waits for it. Undefined when there is none, which has been said. */
  locate(asked: boolean): Promise<string[] | undefined>;
  open(folder: Folder, command: string[]): Promise<Running>;
  failed(folder: Folder, error: unknown): void;
}

export class Sessions implements Servers {
  private readonly sessions = new Map<string, Running>();
  private readonly opening = new Map<string, Promise<Running | undefined>>();

  constructor(private readonly house: House) {}

  all(): Running[] {
    return [...this.sessions.values()];
  }

  /** The folder's running session. Calls that come while it starts get the same one. */
  async ensure(folder: Folder, asked: boolean): Promise<Running | undefined> {
    const known = this.sessions.get(folder.uri);
    if (known?.running) {
      return known;
    }
    let opening = this.opening.get(folder.uri);
    if (opening === undefined) {
      opening = this.start(folder, asked).finally(() => this.opening.delete(folder.uri));
      this.opening.set(folder.uri, opening);
    }
    return opening;
  }

  async for(uri: string): Promise<Running | undefined> {
    const folder = this.house.around(uri);
    return folder && this.ensure(folder, true);
  }

  async any(): Promise<Running | undefined> {
    const running = this.all().filter((session) => session.running);
    if (running.length === 1) {
      return running[0];
    }
    const folders = this.house.folders();
    const folder = this.house.current() ?? (folders.length > 1 ? await this.house.choose(folders) : folders[0]);
    return folder && this.ensure(folder, true);
  }

  /** Stop what runs and start it again: with new keys, settings or a new server. */
  async restart(): Promise<void> {
    const folders = this.house.folders().filter((folder) => this.sessions.has(folder.uri));
    await this.stop();
    await Promise.all(folders.map((folder) => this.ensure(folder, true)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.opening.values()]);
    const sessions = this.all();
    this.sessions.clear();
    await Promise.all(sessions.map((session) => session.stop()));
  }

  /** Stop the sessions of folders that are no longer in the workspace. */
  async prune(): Promise<void> {
    const present = new Set(this.house.folders().map((folder) => folder.uri));
    const gone = [...this.sessions].filter(([uri]) => !present.has(uri));
    gone.forEach(([uri]) => this.sessions.delete(uri));
    await Promise.all(gone.map(([, session]) => session.stop()));
  }

  private async start(folder: Folder, asked: boolean): Promise<Running | undefined> {
    const command = await this.house.locate(asked);
    if (command === undefined) {
      return undefined;
    }
    await this.sessions.get(folder.uri)?.stop();
    try {
      const session = await this.house.open(folder, command);
      await session.start();
      this.sessions.set(folder.uri, session);
      return session;
    } catch (error) {
      this.sessions.delete(folder.uri);
      this.house.failed(folder, error);
      return undefined;
    }
  }
}
