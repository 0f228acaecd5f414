"""The two servers of `lsp_latency`, each with its event loop timed: `ours` is the product's, `bare` is pygls with handlers
that do nothing.

    python -m benchmarks.lsp_servers ours|bare REPORT.json

A *block* is one turn of a callback that takes more than `BLOCK_SECONDS` of CPU on the loop's thread, or a garbage
collection on another thread that does, since it holds up every thread. CPU, not time: on a machine that others use a turn
also waits for its core, which is nobody's fault here. The report is written at the end.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from lsprotocol import types
from pygls.lsp.server import LanguageServer

BLOCK_SECONDS = 0.020
LOOK_SECONDS = 0.010
"""Turns that are told of too, though no block."""


class Turns:
    """The turns of one event loop: how many, and those of more than `LOOK_SECONDS` with the moment they began (epoch)."""

    def __init__(self, report: Path) -> None:
        self._report = report
        self._turns = 0
        self._long: list[dict[str, Any]] = []
        self._collected = 0.0
        self._since = self._at = 0.0
        self._thread = threading.get_ident()

    def watch(self) -> None:
        """From now on, for every loop of this process."""
        run, turns = asyncio.Handle._run, self

        def timed(handle: asyncio.Handle) -> None:
            callback: Any = handle._callback
            turns._collected = 0.0
            at, began = time.time(), time.thread_time()
            run(handle)
            spent = time.thread_time() - began
            turns._turns += 1
            if spent > LOOK_SECONDS:
                turns._keep(name_of(callback), at, spent, turns._collected)

        asyncio.Handle._run = timed  # type: ignore[method-assign]
        gc.callbacks.append(self._collects)
        leave = os._exit

        def told(code: int) -> NoReturn:
            self.write()
            leave(code)

        os._exit = told
        atexit.register(self.write)

    def _collects(self, phase: str, info: dict[str, int]) -> None:
        """Called before and after each collection, on the thread that collects."""
        if phase == "start":
            self._since, self._at = time.thread_time(), time.time()
            return
        spent = time.thread_time() - self._since
        if threading.get_ident() == self._thread:
            self._collected += spent
        elif spent > LOOK_SECONDS:
            self._keep(f"garbage of generation {info['generation']}, another thread", self._at, spent, spent)

    def _keep(self, who: str, at: float, spent: float, collected: float) -> None:
        self._long.append({"who": who, "at": at, "cpu_ms": spent * 1000, "collecting_ms": collected * 1000})

    def write(self) -> None:
        told = {"turns": self._turns, "long": self._long, "garbage": gc.get_stats(), "waiting": gc.get_count()}
        self._report.write_text(json.dumps(told), "utf-8")


def name_of(callback: Any) -> str:
    """The coroutine of a task's step, with what it waits for now; else the callback itself."""
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return str(getattr(callback, "__qualname__", callback))
    names: list[str] = []
    waited: Any = task.get_coro()
    while waited is not None and hasattr(waited, "__qualname__"):
        names.append(waited.__qualname__)
        waited = getattr(waited, "cr_await", None)
    return " > ".join(names)


def bare() -> None:
    """What any pygls server costs: the same features, and nothing done in them."""
    server = LanguageServer("bare", "1")

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover:
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "Nothing."))

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return [types.CodeAction("Nothing", kind=types.CodeActionKind.QuickFix)]

    @server.command("bare.nothing")
    def nothing(ls: LanguageServer, *arguments: Any) -> None:
        return None

    server.start_io()


def main() -> None:
    which, report = sys.argv[1], Path(sys.argv[2])
    Turns(report).watch()
    if which == "bare":
        bare()
    else:
        from autopack_server.lsp.main import serve

        serve(replay=True)


if __name__ == "__main__":
    main()
