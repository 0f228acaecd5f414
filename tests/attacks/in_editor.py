"""Cases whose run is started from an editor: the real server and its worker, a cassette for the model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.attacks.editor import is_of_use
from tests.attacks.product import FIX, Scene, tidy
from tests.attacks.runs import answer
from tests.kit.lsp_client import Editor, ResponseError, uri_of
from tests.kit.project import whole

RUN = "attack"
PATIENCE = 120.0
BREAKS = whole("src/a.py", "def add(a, b):\n    return 0\n\n\ndef mul(a, b):\n    return 0\n")
"""An honest mistake: its phase fails and leaves a handoff to open."""

NAMES_A_PLACE = {"autopack.run.start": "planUri", "autopack.run.list": "folderUri", "autopack.plan.new": "folderUri"}


def start_run(scene: Scene) -> dict[str, Any]:
    """The honest change in a repository with the case's name."""
    with named(scene), driven(scene, answer(FIX)) as (editor, end):
        return seen(editor, end)


def test_run(scene: Scene) -> dict[str, Any]:
    """The Builder's answer brings the case's test files beside the honest change."""
    new = [whole(name, text, "create") for name, text in scene.payload["files"].items()]
    limits = scene.payload.get("limits", {})
    tests = {"timeout_seconds": limits["timeout_s"]} if limits else {}
    with driven(scene, answer(FIX, *new), tests=tests) as (editor, end):
        return seen(editor, end)


def show_document(scene: Scene) -> dict[str, Any]:
    """The model names the document wherever it can: as its summary, as a failing test's message, as a file's text. A
    person opens all that a failed phase offers; only documents of the run are shown, and no command takes the name."""
    uri = scene.payload["uri"]
    test = f"def test_it():\n    assert False, {f'see {uri}'!r}\n"
    told = {**answer(BREAKS, whole("tests/test_link.py", test, "create")), "summary": f"[open]({uri}) {uri}"}
    with driven(scene, told) as (editor, end):
        assert end["state"] != "DONE_SUCCESS", end
        editor.command("autopack.handoff.open", runId=RUN)
        editor.command("autopack.run.report", runId=RUN)
        editor.command("autopack.phase.showEvidence", runId=RUN, phaseId=end["phases"][0]["id"])
        refused = all(_refused(editor, command, **{key: uri}) for command, key in NAMES_A_PLACE.items())
        shown = [params["uri"] for params in editor.said("window/showDocument")]
        assert len(shown) == 3, "the honest documents are shown"
        ours = all(place.startswith(uri_of(scene.repo) + "/") for place in shown)
        return {**seen(editor, end), "outcome": "blocked" if refused and ours else "allowed"}


def _refused(editor: Editor, command: str, **order: str) -> bool:
    try:
        editor.command(command, **order)
    except ResponseError:
        return True
    return False


@contextmanager
def named(scene: Scene) -> Iterator[None]:
    """The repository stands in a folder with the case's name for a while."""
    before = scene.repo
    scene.repo = before.rename(before.with_name(scene.context["workspace_name"]))
    try:
        yield
    finally:
        scene.repo = scene.repo.rename(before)


@contextmanager
def driven(
    scene: Scene, told: Mapping[str, Any], tests: Mapping[str, Any] | None = None
) -> Iterator[tuple[Editor, dict[str, Any]]]:
    """A server whose run has come to its end, and the last that was said of the run."""
    made = scene.plan(name=RUN, tests=tests)
    plan = shutil.move(made, scene.repo / made.name)
    with Editor.start(
        scene.repo, scene.env, options={"replay": True}, on={"window/showMessageRequest": _agree}
    ) as editor:
        editor.command("autopack.run.start", planUri=uri_of(plan), cassette=str(scene.cassette(json.dumps(told))))
        last = editor.wait_for(
            "autopack/didChangeRuns",
            lambda p: p["snapshot"]["ended"] and not p["snapshot"]["atWork"], PATIENCE,
        )  # fmt: skip
        yield editor, last["snapshot"]
    plan.unlink()
    tidy(scene)


def _agree(params: Mapping[str, Any]) -> Any:
    return next((action for action in params["actions"] if action["title"] == "Agree and Start"), None)


def seen(editor: Editor, end: Mapping[str, Any]) -> dict[str, Any]:
    """How the run ended, all that the editor was told, and whether the server is still of use."""
    alive = is_of_use(editor)
    return {
        "outcome": "allowed" if end["state"] == "DONE_SUCCESS" else "blocked",
        "observed": {
            "run_started": True,
            "state": end["state"],
            "server_alive": alive,
            "ping_answered": alive,
            "lsp_not_contains": json.dumps(editor.messages),
            "broken": editor.broken,
        },
    }


DRIVERS: Mapping[str, Any] = {"start_run": start_run, "test_run": test_run, "show_document": show_document}
"""By the kind of payload."""
