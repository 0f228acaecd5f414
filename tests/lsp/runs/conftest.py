"""Editors on the smallest projects: the real server, its workers, a command as test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.kit.lsp_client import Editor, uri_of
from tests.kit.project import APPROVES, builder
from tests.kit.runs import Cli
from tests.kit.tiny import DELETES, answer, make, phase, sound

SLOW_MS = 120_000
"""A model that does not answer while a test looks at the run; every test ends the run long before."""


class Desk:
    """One person's editors on one project. `buttons` are pressed in messages that offer them, the first that fits."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.project = cli.project
        self.editors: list[Editor] = []
        self.messages: list[str] = []
        self.buttons: list[str] = ["Agree and Start"]

    def open(self, roots: Sequence[Path] = (), **options: Any) -> Editor:
        editor = Editor.start(
            list(roots) or self.project.root, self.project.environment(),
            options={"replay": True, "onStart": "leave", **options}, on={"window/showMessageRequest": self.press},
        )  # fmt: skip
        self.editors.append(editor)
        return editor

    def press(self, params: Mapping[str, Any]) -> Any:
        self.messages.append(params["message"])
        titles = {action["title"]: action for action in params["actions"]}
        return next((titles[b] for b in self.buttons if b in titles), None)

    def start(self, editor: Editor, **more: Any) -> str:
        order = {"planUri": uri_of(self.project.plan), "cassette": str(self.project.cassette), **more}
        return editor.command("autopack.run.start", **order)["runId"]

    def close(self) -> None:
        for editor in self.editors:
            if editor.process.poll() is None:
                editor.close()
        self.editors.clear()

    def sound(self) -> None:
        """With every editor gone nothing of the run is left but what it should leave."""
        self.close()
        sound(self.project)


def until(editor: Editor, fits: Callable[[dict[str, Any]], bool], *, since: int = 0) -> dict[str, Any]:
    """The first snapshot that fits."""
    told = editor.wait_for("autopack/didChangeRuns", lambda p: fits(p["snapshot"]), since=since)
    return told["snapshot"]


def ended(snapshot: Mapping[str, Any]) -> bool:
    return snapshot["ended"] and not snapshot["atWork"]


def asked(snapshot: Mapping[str, Any]) -> bool:
    return bool(snapshot["requests"]) and not snapshot["atWork"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def made(*phases: Mapping[str, Any], **more: Any) -> Desk:
        found = Desk(make(tmp_path, *phases, **more))
        desks.append(found)
        return found

    yield made
    for found in desks:
        found.close()


def deleting() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A phase that needs a person, and its answers."""
    return [phase("gone", "table.py")], [builder("gone", "Remove the table", DELETES)]


def slow() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A phase whose model takes its time, and its answers."""
    return [phase("work")], [answer() | {"delay_ms": SLOW_MS}]


__all__ = ["APPROVES", "Desk", "asked", "deleting", "ended", "slow", "until"]
