// The newest snapshot of every run the servers told of.

import type { PhaseSnapshot, RequestSnapshot, RunSnapshot, RunsChanged } from "./protocol";

export interface Pending {
  run: RunSnapshot;
  phase: PhaseSnapshot | undefined;
  request: RequestSnapshot;
}

interface Known {
  snapshot: RunSnapshot;
  /** When it was received, in seconds of `now`. */
  at: number;
}

export class Runs {
  private readonly known = new Map<string, Known>();
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly now: () => number = () => Date.now() / 1000) {}

  /** Take a snapshot; false when a newer one of the same run is known. */
  accept({ snapshot }: RunsChanged): boolean {
    const last = this.known.get(key(snapshot));
    if (last !== undefined && snapshot.version < last.snapshot.version) {
      return false;
    }
    this.known.set(key(snapshot), { snapshot, at: this.now() });
    this.changed();
    return true;
  }

  /** Drop what a folder's server told: it is gone, or begins anew. */
  forget(folderUri: string): void {
    for (const [key, { snapshot }] of this.known) {
      if (snapshot.folderUri === folderUri) {
        this.known.delete(key);
      }
    }
    this.changed();
  }

  /** Newest first. */
  all(): RunSnapshot[] {
    return [...this.known.values()].map((known) => known.snapshot).sort((a, b) => b.createdAt - a.createdAt);
  }

  find(runId: string, folderUri = ""): RunSnapshot | undefined {
    return this.all().find((run) => run.run === runId && (!folderUri || run.folderUri === folderUri));
  }

  /** Every request that waits for a person, oldest first. */
  pending(): Pending[] {
    return this.all()
      .flatMap((run) =>
        run.requests.map((request) => ({ run, request, phase: run.phases.find((p) => p.id === request.phase) })),
      )
      .sort((a, b) => a.request.createdAt - b.request.createdAt);
  }

  /** Those with something left to do: a process may live a moment longer than its run. */
  atWork(): RunSnapshot[] {
    return this.all().filter((run) => run.atWork && !run.ended);
  }

  /** Seconds a run has been at work, counted on from its last snapshot. */
  elapsed(run: RunSnapshot): number {
    const known = this.known.get(key(run));
    return run.activeSeconds + (run.atWork && known ? Math.max(0, this.now() - known.at) : 0);
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private changed(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }
}

function key(run: RunSnapshot): string {
  return `${run.folderUri}\n${run.run}`;
}
