"""PlanLanguage: the open plans of one server. Questions are answered on reading threads; problems are told a moment after
the last change.

Nothing heavy is imported here: the first question brings in the rest, on its thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from autopack_server.lsp.plan.ground import NO_FOLDER, Ground, Open
from autopack_server.lsp.refusals import Overloaded
from autopack_server.lsp.runs.folder import local_path

if TYPE_CHECKING:
    from lsprotocol import types

    from autopack_server.lsp.plan.answers import Answers
    from autopack_server.lsp.plan.lenses import PhaseLens
    from autopack_server.lsp.server import AutopackServer

T = TypeVar("T")

Href = Callable[[str], "str | None"]
"""Where a rule is explained, by its code."""

ENDING = ".autopack.yaml"
BOARD_SOURCE = "plan"
DELAY = 0.2
"""Seconds between the last change of a plan and its check."""

AGAIN = 1.0
"""Seconds until a check for which there was no room is tried again."""


class PlanLanguage:
    """All methods are called on the event loop.

    `phase_states` says what the latest run of a plan, by its URI, made of each phase, by its id; `href` where a rule is
    explained. Both may be set until the first question.
    """

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self.phase_states: Callable[[str], Mapping[str, PhaseLens]] = lambda uri: {}
        self.href: Href = lambda code: None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._told: set[str] = set()
        self._making = threading.Lock()
        self._made: Answers | None = None

    # questions

    def plan(self, uri: str) -> Open | None:
        """The open plan of this URI; None for every other document."""
        document = self._server.workspace.text_documents.get(unquote(uri))
        path = local_path(uri) if document is not None and is_plan(uri) else None
        return Open(uri, path, document.source, document.version) if document is not None and path is not None else None

    async def ask(self, uri: str, work: Callable[[Answers, Open], T]) -> T | None:
        """What `work` makes of an open plan, on a reading thread; None for a document that is none."""
        plan = self.plan(uri)
        if plan is None:
            return None
        return await self._server.pools.read(lambda: work(self._answers(), plan))

    async def ask_on_ground(self, uri: str, work: Callable[[Answers, Open, Ground], T]) -> T | None:
        """The same with the repository the plan lies in."""
        plan = self.plan(uri)
        if plan is None:
            return None
        ground = await self._ground(plan.path)
        return await self._server.pools.read(lambda: work(self._answers(), plan, ground))

    async def lenses(self, uri: str) -> list[types.CodeLens] | None:
        """What is known of runs is asked on the loop, where it changes."""
        states = self.phase_states(uri) if self.plan(uri) is not None else {}
        return await self.ask(uri, lambda answers, plan: answers.lenses(plan, lambda _, phase: states.get(phase)))

    def _answers(self) -> Answers:
        with self._making:
            if self._made is None:
                from autopack_server.lsp.plan.abilities import abilities_of
                from autopack_server.lsp.plan.answers import Answers

                abilities = abilities_of(self._server.client_capabilities)
                self._made = Answers(self._server.positions, abilities, self.href)
            return self._made

    async def _ground(self, path: Path) -> Ground:
        from autopack.errors import AutopackError

        folder = self._server.folders.of_path(path)
        if folder is None:
            return NO_FOLDER
        try:
            return Ground(await folder.service())
        except AutopackError as error:
            return Ground(None, f"{error.message}. {error.hint}".strip(), error.code)

    # problems

    def opened(self, uri: str) -> None:
        self._later(uri, 0.0)

    def changed(self, uri: str) -> None:
        self._later(uri, DELAY)

    def recheck(self) -> None:
        """A file was saved, HEAD moved, or a folder came or went: what is said of every open plan may have changed."""
        for document in self._server.workspace.text_documents.values():
            self._later(document.uri, DELAY)

    def closed(self, uri: str) -> None:
        """What is on disk counts again; nothing is said of a file that is gone."""
        self._stop(uri)
        if is_plan(uri):
            self._server.run_task(self._check_on_disk(uri), "checking a closed plan")

    def changed_on_disk(self, uri: str) -> None:
        """A plan that is not open was written or removed by someone else."""
        if uri in self._told and self.plan(uri) is None:
            self._server.run_task(self._check_on_disk(uri), "checking a plan on disk")

    def close(self) -> None:
        """Stop checking; what is told stays."""
        for uri in list(self._timers):
            self._stop(uri)

    def _later(self, uri: str, seconds: float) -> None:
        self._stop(uri)
        if self.plan(uri) is not None:
            self._timers[uri] = asyncio.get_running_loop().call_later(seconds, self._due, uri)

    def _stop(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()

    def _due(self, uri: str) -> None:
        del self._timers[uri]
        self._server.run_task(self._check(uri), "checking a plan")

    async def _check(self, uri: str) -> None:
        """Tell what is wrong with the plan, unless its text has moved on: then another check is due."""
        plan = self.plan(uri)
        if plan is None:
            return
        try:
            ground = await self._ground(plan.path)
            found = await self._server.pools.read(lambda: self._answers().diagnostics(plan, ground))
        except Overloaded:
            if uri not in self._timers:
                self._later(uri, AGAIN)
            return
        if self.plan(uri) == plan:
            self._tell(uri, found, plan.version)

    async def _check_on_disk(self, uri: str) -> None:
        path = local_path(uri)
        if path is None:
            return
        ground = await self._ground(path)
        found = await self._server.pools.read(lambda: self._answers().diagnostics_on_disk(uri, path, ground))
        if self.plan(uri) is None:
            self._tell(uri, found or [], None)

    def _tell(self, uri: str, found: list[types.Diagnostic], version: int | None) -> None:
        if found:
            self._told.add(uri)
        else:
            self._told.discard(uri)
        self._server.board.put(BOARD_SOURCE, uri, found, version)


def is_plan(uri: str) -> bool:
    return unquote(uri).endswith(ENDING)
