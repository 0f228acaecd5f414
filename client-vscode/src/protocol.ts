// Generated from the server's contract by `python -m autopack_server.lsp.published`; edit that instead.

export const VERSION = 1;
export const REFUSED = -32050;
export const OVERLOADED = -32001;

/** `data` of an error with code REFUSED. */
export interface Refusal {
  code: string;
  message: string;
  hint: string;
  lines?: string[];
}

/** Start a plan. `trust` agrees to the commands the plan executes; without it a person is asked (AP121). */
export interface StartRun {
  planUri: string;
  phases?: string[];
  autonomy?: "supervised" | "unattended" | null;
  base?: "head" | "working-tree" | null;
  cassette?: string;
  record?: string;
  trust?: boolean;
  acceptBaseline?: boolean;
  idempotencyKey?: string;
}

/** Go on with a run; `again` reopens a failed one, the caps raise those of the run, or of its phases by their ids, for good. `trust` agrees to an interpreter that came into the repository since the start; without it a person is asked. */
export interface ResumeRun {
  runId: string;
  folderUri?: string;
  again?: boolean;
  acceptBaseline?: boolean;
  tokenCap?: number | null;
  moneyCapUsd?: number | null;
  maxDurationMinutes?: number | null;
  phaseTokenCaps?: Record<string, number>;
  trust?: boolean;
  idempotencyKey?: string;
}

export interface RunRef {
  runId: string;
  folderUri?: string;
  idempotencyKey?: string;
}

/** Move the run's tip back to phase or save point `to`, or to its base; or take the one phase `phase` out: changes of later phases that fit without it are applied again and proven anew at the next resume. */
export interface RollBack {
  runId: string;
  to?: string;
  phase?: string;
  folderUri?: string;
  idempotencyKey?: string;
}

export interface PromoteRun {
  runId: string;
  mode?: "ff" | "merge" | "squash";
  dryRun?: boolean;
  folderUri?: string;
  idempotencyKey?: string;
}

/** Take the latest promotion back: `move` the branch to where it was (files as they were), or `revert` it by a commit on top. */
export interface UnpromoteRun {
  runId: string;
  mode?: "move" | "revert";
  dryRun?: boolean;
  folderUri?: string;
  idempotencyKey?: string;
}

/** `attempt` 0 is the latest that has what is asked for. */
export interface PhaseRef {
  runId: string;
  phaseId: string;
  attempt?: number;
  folderUri?: string;
  idempotencyKey?: string;
}

/** `hint` null means that the client asks the person for one; sent as it is, it is no hint. */
export interface RetryPhase {
  runId: string;
  phaseId: string;
  hint?: string | null;
  folderUri?: string;
  idempotencyKey?: string;
}

/** `digest` is that of the change the person was shown; another one is refused. `only` names the parts that are taken (ids of `ChoosablePart`, or paths); they become a change of their own, and `rest` is what the Builder is told of the others. `choose` means that the client asks the person which; sent as it is, it is refused. */
export interface ApproveRequest {
  requestId: string;
  digest: string;
  scope?: "once" | "phase" | "path";
  reason?: string;
  only?: string[] | null;
  rest?: string;
  choose?: boolean;
  folderUri?: string;
  idempotencyKey?: string;
}

/** The reason goes to the Builder; left out, the person is asked for one. */
export interface RejectRequest {
  requestId: string;
  digest: string;
  reason?: string;
  folderUri?: string;
  idempotencyKey?: string;
}

export interface RequestRef {
  requestId: string;
  folderUri?: string;
}

/** Write a phase's handoff bundle (default: of the first phase that is not complete) and open it. */
export interface OpenHandoff {
  runId: string;
  phaseId?: string;
  folderUri?: string;
}

/** A commented plan made from what the folder holds; `name` is the file's, `build.autopack.yaml` when left out. */
export interface NewPlan {
  folderUri?: string;
  name?: string;
}

export interface FolderRef {
  folderUri?: string;
}

export interface Explain {
  code: string;
}

export interface Started {
  runId: string;
  folderUri: string;
}

/** What was done, in a sentence for people; `state` is the run's or phase's afterwards where it is known. */
export interface Recorded {
  message: string;
  state: string;
}

/** A file made and, where the client can, opened. */
export interface Opened {
  uri: string;
  shown: boolean;
}

/** One file of a change: `status` added, deleted, modified or renamed; the URIs are read-only documents of scheme `autopack` ("" where that side does not exist). */
export interface ChangedFile {
  path: string;
  status: "added" | "deleted" | "modified" | "renamed";
  beforeUri: string;
  afterUri: string;
}

/** A change: the git patch as a file, and each file's two sides for a side-by-side view. As the notification `autopack/showPatch` to a client with `showsSides`: a person asked to see it by a message's button. */
export interface Patch {
  uri: string;
  shown: boolean;
  title: string;
  files: ChangedFile[];
}

/** A promotion, or one taken back: `applied` False for a dry run, or where `conflicts` refused the whole of it. */
export interface Promoted {
  message: string;
  applied: boolean;
  conflicts: string[];
}

/** A pending request as a person must see it before answering: `lines` list every path, protected ones first, with invisible characters spelled out; `parts` what of the change can be approved by itself, in the same order. */
export interface ShownRequest {
  requestId: string;
  runId: string;
  phaseId: string;
  attempt: number;
  digest: string;
  lines: string[];
  parts: ChoosablePart[];
}

export interface Check {
  name: string;
  passed: boolean;
  required: boolean;
  message: string;
  hint: string;
}

export interface Health {
  checks: Check[];
}

/** A rule in Markdown, and the same as a file that was opened where the client can. */
export interface Explanation {
  code: string;
  name: string;
  markdown: string;
  uri: string;
  shown: boolean;
}

export interface RunList {
  runs: RunSnapshot[];
}

/** `seconds` so far when `outcome` is "" (it is running since `beganAt`). */
export interface StepSnapshot {
  name: string;
  outcome: string;
  seconds?: number | null;
  beganAt: number;
}

/** `outcome` "" while it goes on. */
export interface AttemptSnapshot {
  number: number;
  outcome: string;
  detail: string;
  steps: StepSnapshot[];
}

/** `findings` counts what stands against the phase now; `worst` is the code of the gravest, "" when there is none. */
export interface PhaseSnapshot {
  id: string;
  state: string;
  tier: string;
  goal: string;
  detail: string;
  commit: string;
  findings: number;
  worst: string;
  attempts: AttemptSnapshot[];
}

/** A file of a change that is taken as a whole, or one hunk of a file: `id` chooses it, `names` are the paths it touches. Of a hunk `before` and `after` are its first line and number of lines on either side, else empty. `lines` is its patch with invisible characters spelled out, in the answer of `autopack.approval.show` alone. */
export interface ChoosablePart {
  id: string;
  path: string;
  names: string[];
  status: "added" | "deleted" | "modified" | "renamed";
  before: number[];
  after: number[];
  heading: string;
  lines: string[];
}

/** A pending request; `stage` apply: asked before the change is applied, accept: after its evidence, widen: whether the phase may touch `paths` beyond its scope, before there is a change. `reasons` has a line for each rule and may have ones for the risk and for the model's own words, `lines` is the request as it must be shown. */
export interface RequestSnapshot {
  id: string;
  phase: string;
  attempt: number;
  stage: string;
  codes: string[];
  reasons: string[];
  paths: string[];
  digest: string;
  lines: string[];
  createdAt: number;
  parts: ChoosablePart[];
}

export interface UsageSnapshot {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  costUsd?: number | null;
}

/** Everything a view of one run needs. `shown` is the state people see; `atWork`: some process drives it, `here`: it is this server's. `phase` and `step` name what is in hand ("" when nothing is). `promoted` is what it was promoted into last, "" when nowhere or taken back. */
export interface RunSnapshot {
  run: string;
  folderUri: string;
  version: number;
  state: string;
  shown: string;
  project: string;
  planUri: string;
  reason: string;
  branch: string;
  base: string;
  head: string;
  published: boolean;
  promoted: string;
  atWork: boolean;
  here: boolean;
  ended: boolean;
  createdAt: number;
  activeSeconds: number;
  phase: string;
  attempt: number;
  step: string;
  phases: PhaseSnapshot[];
  requests: RequestSnapshot[];
  usage: UsageSnapshot;
}

/** `autopack/didChangeRuns`: at most 5 a second for one run; drop one whose `version` is lower than the last seen. */
export interface RunsChanged {
  run: string;
  version: number;
  snapshot: RunSnapshot;
}

/** A command a client can offer as a button. */
export interface CommandRef {
  title: string;
  command: string;
  arguments: Record<string, string>[];
}

/** `autopack/status`: one line for a status bar. */
export interface Status {
  busy: boolean;
  message: string;
  kind: "Normal" | "Error" | "Warning" | "Inactive";
  command?: CommandRef | null;
}

/** `data` of every diagnostic about a run; code actions start from it. */
export interface DiagnosticData {
  run: string;
  phase: string;
  attempt: number;
  code: string;
  folderUri: string;
  request: string;
}

export interface Commands {
  /** Create a run of a plan and begin it. */
  "autopack.run.start": [StartRun, Started];
  /** Go on with a run where it stands. */
  "autopack.run.resume": [ResumeRun, Recorded];
  /** Stop a run: the step in hand has 5 seconds. */
  "autopack.run.stop": [RunRef, Recorded];
  /** Go back, or take a phase out. */
  "autopack.run.rollback": [RollBack, Recorded];
  /** End a run for good, remove its branch. */
  "autopack.run.discard": [RunRef, Recorded];
  /** Write a run's report and open it. */
  "autopack.run.report": [RunRef, Opened];
  /** Every run of a folder, newest first. */
  "autopack.run.list": [FolderRef, RunList];
  /** Bring a run's result to your branch. */
  "autopack.run.promote": [PromoteRun, Promoted];
  /** Undo a run's latest promotion. */
  "autopack.run.unpromote": [UnpromoteRun, Promoted];
  /** The whole run's change, base to tip. */
  "autopack.run.showChanges": [RunRef, Patch];
  /** Queue a phase again, with a hint or not. */
  "autopack.phase.retry": [RetryPhase, Recorded];
  /** Leave a phase out. */
  "autopack.phase.skip": [PhaseRef, Recorded];
  /** An attempt's change, base to candidate. */
  "autopack.phase.showPatch": [PhaseRef, Patch];
  /** What was gathered for an attempt. */
  "autopack.phase.showEvidence": [PhaseRef, Opened];
  /** Answer a request with yes, or in part. */
  "autopack.approval.approve": [ApproveRequest, Recorded];
  /** Answer a request with no. */
  "autopack.approval.reject": [RejectRequest, Recorded];
  /** A request as it must be seen. */
  "autopack.approval.show": [RequestRef, ShownRequest];
  /** Write a handoff bundle and open it. */
  "autopack.handoff.open": [OpenHandoff, Opened];
  /** Write a commented plan and open it. */
  "autopack.plan.new": [NewPlan, Opened];
  /** What a run needs on this machine. */
  "autopack.health.check": [FolderRef, Health];
  /** A rule code in words, with an example. */
  "autopack.explain": [Explain, Explanation];
}

export const COMMANDS: (keyof Commands)[] = [
  "autopack.run.start",
  "autopack.run.resume",
  "autopack.run.stop",
  "autopack.run.rollback",
  "autopack.run.discard",
  "autopack.run.report",
  "autopack.run.list",
  "autopack.run.promote",
  "autopack.run.unpromote",
  "autopack.run.showChanges",
  "autopack.phase.retry",
  "autopack.phase.skip",
  "autopack.phase.showPatch",
  "autopack.phase.showEvidence",
  "autopack.approval.approve",
  "autopack.approval.reject",
  "autopack.approval.show",
  "autopack.handoff.open",
  "autopack.plan.new",
  "autopack.health.check",
  "autopack.explain",
];

export interface Notifications {
  "autopack/didChangeRuns": RunsChanged;
  "autopack/status": Status;
  "autopack/showPatch": Patch;
}
