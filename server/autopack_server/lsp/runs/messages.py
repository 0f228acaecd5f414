"""The one message a person gets when a run needs them, and the one when it ends; buttons do what the commands do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from autopack.errors import AutopackError
from autopack.model.approvals import Stage
from autopack_server.lsp import contract
from autopack_server.lsp.conversion import give
from autopack_server.lsp.refusals import Refused

if TYPE_CHECKING:
    from autopack_server.lsp.contract import RequestSnapshot, RunSnapshot
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.runs.workers import Worker
    from autopack_server.lsp.server import AutopackServer

APPROVE, REJECT, SHOW_CHANGE = "Approve", "Reject", "Show Change"
PROMOTE, SHOW_CHANGES, DISCARD = "Promote", "Show Changes", "Discard"
HANDOFF, REPORT, RESUME = "Open Handoff", "Show Report", "Resume"
SHOWING = ("autopack.phase.showPatch", "autopack.run.showChanges")
LINES = 14
"""Lines of a request in a message; a longer one is looked at whole by its command before it is answered."""

_log = logging.getLogger(__name__)


class Messages:
    """For runs that this server hosts: another surface tells those who sit before it."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._told: set[tuple[str, str, str]] = set()
        server.workers.ended.append(self._worker_ended)
        server.runs.left.append(self._forget)

    def heard(self, seen: Seen, before: Seen | None) -> None:
        now = seen.snapshot
        if not self._server.runs.hosts(seen.folder, now.run):
            return
        for request in now.requests:
            self._once(seen, f"request {request.id}", lambda r=request: self._needs_you(seen, r))
        if now.ended and before is not None and not before.snapshot.ended and now.state != "DISCARDED":
            self._once(seen, f"end {now.version}", lambda: self._ended(seen))

    def _forget(self, folder: Folder, run: str) -> None:
        self._told = {key for key in self._told if key[:2] != (folder.key, run)}

    def _once(self, seen: Seen, what: str, tell: Callable[[], Awaitable[None]]) -> None:
        key = (seen.folder.key, seen.run, what)
        if key not in self._told:
            self._told.add(key)
            self._server.run_task(self._guarded(tell), what)

    async def _guarded(self, tell: Callable[[], Awaitable[None]]) -> None:
        try:
            await tell()
        except (Refused, AutopackError) as refused:
            self._server.client.tell(str(refused), grave=True)

    async def do(self, command: str, params: Any) -> None:
        """What a button does is what the command of that name does. A change that the client opens itself is told to it."""
        answer = await self._server.commands.run(command, [give(params)])
        if self._server.client.shows_sides and command in SHOWING:
            self._server.protocol.notify("autopack/showPatch", answer)

    async def _needs_you(self, seen: Seen, request: RequestSnapshot) -> None:
        ask, uri = self._server.client.ask, seen.folder.uri
        while True:
            lines = request.lines[:-1]
            short = lines if len(lines) <= LINES else [*lines[:LINES], f"  and {len(lines) - LINES} more lines"]
            looks = [] if request.stage == Stage.WIDEN else [SHOW_CHANGE]
            answers = [*looks, APPROVE, REJECT] if short is lines else [*looks, REJECT]
            text = "\n".join(f"• {' '.join(line.split())}" for line in short)
            chosen = await ask(f"Autopack run {seen.run} needs you.\n{text}", answers, grave=True)
            if chosen == APPROVE:
                return await self.do("autopack.approval.approve",
                                     contract.ApproveRequest(request.id, request.digest, folder_uri=uri))  # fmt: skip
            if chosen == REJECT:
                return await self.do("autopack.approval.reject",
                                     contract.RejectRequest(request.id, request.digest, folder_uri=uri))  # fmt: skip
            if chosen != SHOW_CHANGE:
                return None
            await self.do("autopack.phase.showPatch",
                          contract.PhaseRef(seen.run, request.phase, request.attempt, uri))  # fmt: skip
            if not self._pending(seen, request):
                return None

    def _pending(self, seen: Seen, request: RequestSnapshot) -> bool:
        return any(
            r.id == request.id
            for s in self._server.runs.seen()
            if (s.folder.key, s.run) == (seen.folder.key, seen.run)
            for r in s.snapshot.requests
        )

    async def _ended(self, seen: Seen) -> None:
        now, ask = seen.snapshot, self._server.client.ask
        ref = contract.RunRef(now.run, seen.folder.uri)
        complete = [p for p in now.phases if p.state == "COMPLETE"]
        changes = [SHOW_CHANGES] if complete else []
        if now.state == "DONE_SUCCESS":
            chosen = await ask(f"Autopack run {now.run} is complete: {_phases(now)}.", [PROMOTE, *changes, DISCARD])
        else:
            text = f"Autopack run {now.run} ended: {now.reason or now.state}. {_phases(now)}."
            failed = any(p.state == "FAILED" for p in now.phases)
            chosen = await ask(text, [*([HANDOFF] if failed else []), REPORT, *changes], grave=True)
        if chosen == PROMOTE:
            await self._promote(seen)
        elif chosen == DISCARD and await ask(
            f"Discard {now.run}? Its branch {now.branch} and everything it made go; journal and report stay.",
            [DISCARD], grave=True,
        ):  # fmt: skip
            await self.do("autopack.run.discard", ref)
        elif chosen == SHOW_CHANGES:
            await self.do("autopack.run.showChanges", ref)
        elif chosen == HANDOFF:
            await self.do("autopack.handoff.open", contract.OpenHandoff(now.run, folder_uri=seen.folder.uri))
        elif chosen == REPORT:
            await self.do("autopack.run.report", ref)

    async def _promote(self, seen: Seen) -> None:
        ref = contract.PromoteRun(seen.run, folder_uri=seen.folder.uri)
        done = await self._server.commands.run("autopack.run.promote", [give(ref)])
        conflicts = "".join(f"\n• {line}" for line in done["conflicts"][:LINES])
        self._server.client.tell(done["message"] + conflicts, grave=bool(conflicts))

    def _worker_ended(self, worker: Worker, code: int) -> None:
        """A worker that was killed or broke off: the journal keeps what was done, a person says whether to go on."""
        if code < 0 or code not in (0, 1, 3, 4):
            self._server.run_task(self._guarded(lambda: self._broke_off(worker, code)), "a worker's end")

    async def _broke_off(self, worker: Worker, code: int) -> None:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        text = f"The process of Autopack run {worker.run} ended unexpectedly ({how}). Nothing of the run is lost."
        if await self._server.client.ask(text, [RESUME], grave=True) == RESUME:
            await self.do("autopack.run.resume", contract.ResumeRun(worker.run, worker.folder.uri))


async def offer_to_go_on(server: AutopackServer, found: list[Seen]) -> None:
    """Runs that stand still when the folder is opened: resumed, asked about or left, as `onStart` says."""
    idle = [s for s in found if not s.snapshot.at_work and not s.snapshot.ended and not s.snapshot.requests]
    for seen in idle if server.options.on_start != "leave" else []:
        text = f"Autopack run {seen.run} is not finished: {_phases(seen.snapshot)}."
        if server.options.on_start == "resume" or await server.client.ask(text, [RESUME, "Leave"]) == RESUME:
            try:
                await server.runs.resume(seen.folder, seen.run)
            except (Refused, AutopackError) as refused:
                server.client.tell(str(refused), grave=True)


def _phases(now: RunSnapshot) -> str:
    complete = sum(p.state == "COMPLETE" for p in now.phases)
    return f"{complete} of {len(now.phases)} phase{'s' * (len(now.phases) != 1)} complete"
