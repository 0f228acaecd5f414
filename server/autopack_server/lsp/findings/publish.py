"""FindingsFeature: keeps the findings of runs on the board, where the user's text is now.

Everything happens on the event loop but the placing, which `pools.follow` does, one run at a time. A change of a document
that matters is followed by a new placing `DELAY` later; a document that moved on in the meantime keeps what it shows
until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import ParamSpec, Protocol, TypeVar

from pygls.workspace import TextDocument

from autopack_server.lsp.board import Board
from autopack_server.lsp.findings.diagnostics import CodeHref
from autopack_server.lsp.findings.placing import PlacedRun, Placer, RunCache
from autopack_server.lsp.findings.run_findings import RunFindings
from autopack_server.lsp.findings.uris import uri_key
from autopack_server.lsp.findings.user_files import OpenDocument
from autopack_server.lsp.positions import Positions

P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[str, str]

BOARD_SOURCE = "runs"
DELAY = 0.3
"""Seconds between the last change of a document and the new placing."""

TURN_SECONDS = 0.005
"""How long publishing holds the event loop at once."""

ATTEMPTS = 5
"""Placings of one state that may fail (the pool is full, a version cannot be read) before it is left as it is."""

_NOTHING = PlacedRun({}, frozenset(), frozenset())

log = logging.getLogger(__name__)


class Pools(Protocol):
    def follow(self, _fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


class Workspace(Protocol):
    @property
    def text_documents(self) -> Mapping[str, TextDocument]: ...


class Shell(Protocol):
    """What the feature needs of the server; `positions` is asked for once, after the client has said its encoding."""

    @property
    def board(self) -> Board: ...
    @property
    def positions(self) -> Positions: ...
    @property
    def pools(self) -> Pools: ...
    @property
    def workspace(self) -> Workspace: ...


class FindingsFeature:
    """The diagnostics of every run that was put. All methods are called on the event loop."""

    def __init__(self, server: Shell, code_href: CodeHref) -> None:
        self._server = server
        self._code_href = code_href
        self._placer: Placer | None = None
        self._runs: dict[Key, RunFindings] = {}
        self._caches: dict[Key, RunCache] = {}
        self._placed: dict[Key, PlacedRun] = {}
        self._dirty: dict[Key, int] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._in_hand: Key | None = None
        self._task: asyncio.Task[None] | None = None

    def put(self, run: RunFindings) -> None:
        """Take over what stands against a run's phases now, in place of what stood there."""
        known = self._runs.get(run.key)
        self._runs[run.key] = run
        if known != run:
            self._mark(run.key)

    def drop(self, folder_root: Path, run: str) -> None:
        """Forget a run: it was discarded, or its folder was closed."""
        key = (str(folder_root), run)
        if self._runs.pop(key, None) is not None:
            self._caches.pop(key, None)
            self._mark(key)

    def changed(self, uri: str) -> None:
        """A document's text changed."""
        key = uri_key(uri)
        affected = [run for run, placed in self._placed.items() if key in placed.watched or run == self._in_hand]
        self._later(affected)

    def reopened(self, uri: str) -> None:
        """A document was opened, closed or saved, or a file changed on disk. Its URI may be spelled as no path of ours
        is, so every file of that name counts."""
        name = PurePosixPath(uri_key(uri)).name
        affected = [run for run, placed in self._placed.items() if name in placed.names or run == self._in_hand]
        self._later(affected)

    def close(self) -> None:
        """Stop placing; what is published stays."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._dirty.clear()
        if self._task is not None:
            self._task.cancel()

    async def idle(self) -> None:
        """Return when nothing waits to be placed or published; what a timer is set for does not count."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def _later(self, keys: Iterable[Key], seconds: float = DELAY, failures: int = 0) -> None:
        loop = asyncio.get_running_loop()
        for key in keys:
            if (timer := self._timers.pop(key, None)) is not None:
                timer.cancel()
            self._timers[key] = loop.call_later(seconds, self._due, key, failures)

    def _due(self, key: Key, failures: int) -> None:
        self._timers.pop(key, None)
        self._mark(key, failures)

    def _mark(self, key: Key, failures: int = 0) -> None:
        self._dirty[key] = failures
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
            self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            log.error("placing findings stopped: %s", type(error).__name__, exc_info=error)
        if self._dirty:
            self._mark(next(iter(self._dirty)))

    async def _work(self) -> None:
        while self._dirty:
            key = next(iter(self._dirty))
            failures = self._dirty.pop(key)
            await self._refresh(key, failures)

    async def _refresh(self, key: Key, failures: int) -> None:
        run = self._runs.get(key)
        if run is None:
            await self._show(key, _NOTHING)
            return
        if self._placer is None:
            self._placer = Placer(self._server.positions, self._code_href)
        cache = self._caches.setdefault(key, RunCache())
        self._placed.setdefault(key, _NOTHING)
        self._in_hand = key
        try:
            placed = await self._server.pools.follow(self._placer.place, run, self._open_documents(), cache)
        except Exception as error:
            log.warning("findings of run %s could not be placed: %r", run.run, error)
            if failures + 1 < ATTEMPTS and key in self._runs:
                self._later([key], DELAY * 2**failures, failures + 1)
            return
        finally:
            self._in_hand = None
        await self._show(key, placed)

    def _open_documents(self) -> list[OpenDocument]:
        documents = self._server.workspace.text_documents
        return [OpenDocument(one.uri, one.version, one.source) for one in documents.values()]

    async def _show(self, key: Key, placed: PlacedRun) -> None:
        """Put what changed on the board, a few milliseconds at a time; what moved on is about to be placed again."""
        before = self._placed.pop(key, _NOTHING)
        if key in self._runs:
            self._placed[key] = placed
        end = perf_counter() + TURN_SECONDS
        with self._server.board.hold():
            for uri in sorted(before.documents.keys() | placed.documents.keys()):
                now = placed.documents.get(uri)
                version = self._version((now or before.documents[uri]).uri)
                if now is not None and version != now.version:
                    continue
                self._put(uri, (now or before.documents[uri]).uri, version)
                if perf_counter() > end:
                    await asyncio.sleep(0)
                    end = perf_counter() + TURN_SECONDS

    def _version(self, uri: str) -> int | None:
        document = self._server.workspace.text_documents.get(uri_key(uri))
        return document.version if document is not None else None

    def _put(self, key: str, uri: str, version: int | None) -> None:
        """What all runs say about a document."""
        parts = [placed.documents[key] for _, placed in sorted(self._placed.items()) if key in placed.documents]
        summaries = [one for part in parts for one in part.summaries]
        findings = [one for part in parts for one in part.findings]
        self._server.board.put(BOARD_SOURCE, uri, [*summaries, *findings], version, pinned=len(summaries))
