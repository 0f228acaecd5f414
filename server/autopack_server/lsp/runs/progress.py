"""Progress of every run at work, with a cancel that stops the run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from autopack_server.lsp.runs.folder import call

if TYPE_CHECKING:
    from autopack_server.lsp.contract import RunSnapshot
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

_OVER = ("COMPLETE", "SKIPPED", "FAILED")
_log = logging.getLogger(__name__)


class Progress:
    """One progress for each drive of a run: begun when it is seen at work, ended with the run or when nobody works on
    it."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._tokens: dict[tuple[str, str], str] = {}
        self._told: dict[str, tuple[str, int]] = {}
        self._seen: dict[str, Seen] = {}
        self._number = 0

    def heard(self, seen: Seen, before: Seen | None) -> None:
        key = (seen.folder.key, seen.run)
        token = self._tokens.get(key)
        if seen.snapshot.at_work and not seen.snapshot.ended:
            if token is None and self._server.client.shows_progress:
                self._number += 1
                token = self._tokens[key] = f"autopack/{seen.run}/{self._number}"
                self._seen[token] = seen
                self._server.run_task(self._begin(token, seen), "progress")
            elif token is not None:
                self._report(token, seen.snapshot)
        elif token is not None:
            del self._tokens[key]
            self._end(token, seen.snapshot)

    async def _begin(self, token: str, seen: Seen) -> None:
        try:
            await self._server.work_done_progress.create_async(token)
        except Exception as error:
            _log.info("the client takes no progress: %s", error)
            return
        if token not in self._tokens.values():
            self._server.work_done_progress.tokens.pop(token, None)
            return
        begin = types.WorkDoneProgressBegin(
            title=f"Autopack {seen.run}", cancellable=True, message=doing(seen.snapshot), percentage=done(seen.snapshot)
        )
        self._server.work_done_progress.begin(token, begin)
        self._told[token] = (begin.message or "", begin.percentage or 0)
        future = self._server.work_done_progress.tokens.get(token)
        if future is not None:
            future.add_done_callback(lambda f: self._cancelled(token) if f.cancelled() else None)

    def _cancelled(self, token: str) -> None:
        seen = self._seen.get(token)
        if seen is not None:
            stop = call(self._server, seen.folder, "stop", seen.run, actor="editor")
            self._server.run_task(stop, f"stopping {seen.run}")

    def _report(self, token: str, now: RunSnapshot) -> None:
        told = (doing(now), done(now))
        if token in self._told and self._told[token] != told:
            self._told[token] = told
            self._server.work_done_progress.report(
                token, types.WorkDoneProgressReport(message=told[0], percentage=told[1], cancellable=True)
            )

    def _end(self, token: str, now: RunSnapshot) -> None:
        self._seen.pop(token, None)
        if self._told.pop(token, None) is None:
            return
        self._server.work_done_progress.end(token, types.WorkDoneProgressEnd(message=outcome(now)))
        self._server.work_done_progress.tokens.pop(token, None)


def doing(now: RunSnapshot) -> str:
    """What is in hand, for people: `index: test (attempt 2)`."""
    if not now.phase:
        between = "next phase" if any(p.attempts for p in now.phases) else "starting"
        return {"baseline": "testing the base"}.get(now.step, now.step or between)
    attempt = f" (attempt {now.attempt})" if now.attempt > 1 else ""
    return f"{now.phase}: {now.step or 'next step'}{attempt}"


def done(now: RunSnapshot) -> int:
    """Percent of the phases that are over."""
    return 100 * sum(p.state in _OVER for p in now.phases) // max(1, len(now.phases))


def outcome(now: RunSnapshot) -> str:
    if now.requests:
        return "waiting for you"
    if now.state == "DONE_SUCCESS":
        return "complete"
    if now.state.startswith("DONE_FAILED"):
        return now.reason or "failed"
    return "discarded" if now.state == "DISCARDED" else "stopped"
