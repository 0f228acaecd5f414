"""The follower: looks into a folder's journal five times a second and tells what changed, whoever changed it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autopack_server.lsp.conversion import give
from autopack_server.lsp.refusals import Overloaded
from autopack_server.lsp.runs.snapshot import snapshot_of

if TYPE_CHECKING:
    from autopack.model.findings import Finding
    from autopack.service import Following, RunNow, Service
    from autopack_server.lsp.contract import RunSnapshot
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.server import AutopackServer

LOOK_SECONDS = 0.2
OWNERS_SECONDS = 2.0
"""How often it is asked whether who drove a run still lives: a killed process commits nothing."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PhaseFindings:
    """What stands against one phase after `attempt`; phase "" is the run as a whole."""

    phase: str
    attempt: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One run as it was last seen: what the client is told, what it is told as JSON types, and what stands against
    it."""

    folder: Folder
    snapshot: RunSnapshot
    wire: dict[str, Any]
    findings: tuple[PhaseFindings, ...]

    @property
    def run(self) -> str:
        return self.snapshot.run


class Follower:
    """Follows one folder. `runs` holds what was last seen of each run, until it is left because it ended and many came
    after it; listeners hear of every change, `left` of those, on the loop."""

    def __init__(self, server: AutopackServer, folder: Folder) -> None:
        self._server = server
        self.folder = folder
        self.runs: dict[str, Seen] = {}
        self.listeners: list[Callable[[Seen, Seen | None], None]] = []
        self.left: list[Callable[[Folder, str], None]] = []
        self._following: Following | None = None
        self._version = int(time.time())
        self._wake = asyncio.Event()
        self._looked = asyncio.Condition()
        self._looks = 0
        self._owners_at = 0.0
        self._over = False

    async def follow(self) -> None:
        """Until cancelled, and then until the look under way has ended: a connection that is closed while another
        thread reads from it takes the process down. A journal that cannot be read is said once and tried again."""
        service = await self.folder.service()
        told = ""
        looking: asyncio.Future[tuple[list[Seen], list[str]]] | None = None
        try:
            while True:
                due = time.monotonic() >= self._owners_at
                if due:
                    self._owners_at = time.monotonic() + OWNERS_SECONDS
                try:
                    looking = asyncio.ensure_future(self._server.pools.follow(self._look, service, due))
                    seen, left = await asyncio.shield(looking)
                    told = ""
                except Overloaded:
                    seen, left = [], []
                except Exception as error:
                    if str(error) != told:
                        told = str(error)
                        _log.error("the journal of %s cannot be read: %s", self.folder.root, error)
                    seen, left = [], []
                for one in seen:
                    self._tell(one)
                for run in left:
                    self._leave(run)
                async with self._looked:
                    self._looks += 1
                    self._looked.notify_all()
                await self._pause()
        finally:
            self._over = True
            async with self._looked:
                self._looked.notify_all()
            if looking is not None:
                await asyncio.gather(looking, return_exceptions=True)
            if self._following is not None:
                self._following.close()
                self._following = None

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def look_now(self, *, owners: bool = False) -> None:
        """Look without waiting for the next turn, with `owners` also at who works on what; when it returns, `runs` holds
        everything committed before the call."""
        if owners:
            self._owners_at = 0.0
        await self._after(self._looks + 2)

    async def looked(self) -> None:
        """Return once `runs` holds what was there when the folder was opened."""
        await self._after(1)

    async def _after(self, looks: int) -> None:
        """Until so many looks were taken: one that is under way may have begun before what is waited for."""
        async with self._looked:
            while self._looks < looks and not self._over:
                self._wake.set()
                await self._looked.wait()

    def _look(self, service: Service, owners: bool) -> tuple[list[Seen], list[str]]:
        """What changed, and the runs that are not followed any more."""
        if self._following is None:
            self._following = service.follow()
        following = self._following
        seen = [self._seen(now) for now in following.look(owners=owners)]
        return seen, [run for run in self.runs if not following.follows(run)]

    def older(self, service: Service, run: str) -> Seen:
        """A run that is not followed, read for once; blocking. Raises UsageError for an unknown one."""
        following = service.follow()
        try:
            return self._seen(following.now(run))
        finally:
            following.close()

    def _seen(self, now: RunNow) -> Seen:
        self._version += 1
        here = self._server.workers.drives(self.folder, now.row.id)
        snapshot = snapshot_of(now, self.folder.uri, self._version, here=here)
        lines = now.timeline.phases
        findings = tuple(
            PhaseFindings(name, max(line.attempts, default=0), tuple(line.findings.values()))
            for name, line in lines.items()
            if line.findings
        )
        return Seen(self.folder, snapshot, give(snapshot), findings)

    def _tell(self, seen: Seen) -> None:
        before = self.runs.get(seen.run)
        self.runs[seen.run] = seen
        for listener in self.listeners:
            try:
                listener(seen, before)
            except Exception:
                _log.exception("a listener failed on run %s", seen.run)

    def _leave(self, run: str) -> None:
        del self.runs[run]
        for listener in self.left:
            listener(self.folder, run)
