"""One line for a status bar, made from all runs: what is at work, what waits, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack_server.lsp.contract import CommandRef, RunSnapshot, Status
from autopack_server.lsp.runs.progress import doing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer


class StatusLine:
    """Told when it changed."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._told: Status | None = None

    def heard(self, seen: Seen, before: Seen | None) -> None:
        self.tell()

    def tell(self) -> None:
        status = status_of([seen.snapshot for seen in self._server.runs.seen()])
        if status != self._told:
            self._told = status
            self._server.notify("autopack/status", status)

    def problem(self, text: str) -> None:
        """Why the server can do nothing here, such as a folder that is no repository."""
        self._told = Status(False, text, "Inactive")
        self._server.notify("autopack/status", self._told)


def status_of(runs: Iterable[RunSnapshot]) -> Status:
    """Waiting for a person counts most, then work, then the latest run's end."""
    known = sorted(runs, key=lambda run: -run.created_at)
    waiting = [run for run in known if run.requests]
    working = [run for run in known if run.at_work and not run.ended]
    if waiting:
        first = waiting[0]
        asked = first.requests[0]
        ask = CommandRef(
            "Show request", "autopack.approval.show", [{"requestId": asked.id, "folderUri": first.folder_uri}]
        )
        return Status(bool(working), f"{first.run} / {asked.phase} needs you: {', '.join(asked.codes)}", "Warning", ask)
    if working:
        more = f" (+{len(working) - 1} more)" if len(working) > 1 else ""
        return Status(True, f"{working[0].run}: {doing(working[0])}{more}", "Normal", _report(working[0]))
    latest = known[0] if known else None
    if latest is None or latest.state == "DISCARDED":
        return Status(False, "no run")
    if latest.state.startswith("DONE_FAILED"):
        return Status(False, f"{latest.run} failed: {latest.reason}", "Error", _report(latest))
    return Status(False, f"{latest.run}: {'complete' if latest.ended else 'stopped'}", "Normal", _report(latest))


def _report(run: RunSnapshot) -> CommandRef:
    return CommandRef("Show report", "autopack.run.report", [{"runId": run.run, "folderUri": run.folder_uri}])
