"""Runs through the real server: begun, followed, stopped, resumed; workers that die; editors that go."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.kit.lsp_client import Editor, ResponseError, uri_of
from tests.kit.tiny import answer, make, phase, published, untouched
from tests.lsp.runs.conftest import Desk, asked, deleting, ended, slow, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Make = Callable[..., Desk]


def worker_of(editor: Editor) -> psutil.Process:
    (found,) = [
        child for child in psutil.Process(editor.process.pid).children() if "autopack_server.worker" in child.cmdline()
    ]
    return found


def at_work(snapshot: dict[str, Any]) -> bool:
    return snapshot["atWork"] and snapshot["phase"] == "work"


def test_a_run_goes_through_and_every_view_is_told(desk: Make) -> None:
    one = desk()
    with untouched(one.project):
        editor = one.open()
        run = one.start(editor)
        last = until(editor, ended)
    assert (run, last["state"], last["published"], last["planUri"]) == (
        "t", "DONE_SUCCESS", True, uri_of(one.project.plan),
    )  # fmt: skip
    assert published(one.project, "app.py") != ""
    versions = [told["version"] for told in editor.said("autopack/didChangeRuns")]
    assert versions == sorted(set(versions)), "a later snapshot has a higher version"
    (attempt,) = last["phases"][0]["attempts"]
    assert attempt["outcome"] == "complete"
    assert [step["name"] for step in attempt["steps"]][-1] == "finalize"
    values = [p["value"] for p in editor.said("$/progress")]
    assert (values[0]["kind"], values[0]["cancellable"], values[-1]) == (
        "begin", True, {"kind": "end", "message": "complete"},
    )  # fmt: skip
    assert editor.said("autopack/status")[-1]["message"] == "t: complete"
    editor.wait_for("window/showMessageRequest", lambda p: "t is complete" in p["message"])
    one.sound()


def test_the_message_at_the_end_promotes(desk: Make) -> None:
    one = desk()
    one.buttons.append("Promote")
    editor = one.open()
    one.start(editor)
    told = editor.wait_for("window/showMessage", lambda p: "app.py" in p["message"])
    assert "fast-forward" in told["message"]
    assert "def sub" in (one.project.root / "app.py").read_text()


def test_consent_is_asked_once_and_without_it_nothing_begins(desk: Make) -> None:
    one = desk(phase(checks=[["true"]]))
    one.buttons.clear()
    editor = one.open()
    with pytest.raises(ResponseError) as refused:
        one.start(editor)
    assert (refused.value.code, refused.value.data["code"]) == (-32050, "AP121")
    assert any("true" in line for line in refused.value.data["lines"])
    assert editor.command("autopack.run.list") == {"runs": []}
    one.buttons.append("Agree and Start")
    assert one.start(editor) == "t"
    until(editor, ended)
    asked_before = len([m for m in one.messages if "not agreed" in m])
    assert one.start(editor) == "t-2"
    assert len([m for m in one.messages if "not agreed" in m]) == asked_before


def test_a_cassette_needs_leave_of_the_machine(desk: Make) -> None:
    one = desk()
    editor = one.open(replay=False)
    with pytest.raises(ResponseError) as refused:
        one.start(editor)
    assert "cassette" in refused.value.message


def test_a_plan_with_errors_is_refused_with_its_places(desk: Make) -> None:
    one = desk()
    one.project.write({"plan.autopack.yaml": "autopack: 1\nrun: {id: t}\nphasen: []\n"})
    with pytest.raises(ResponseError) as refused:
        one.start(one.open())
    assert refused.value.data["code"] == "AP101"
    assert any(line.startswith("plan.autopack.yaml:3:1") for line in refused.value.data["lines"])


def test_unsaved_changes_are_not_run_silently(desk: Make) -> None:
    one = desk()
    editor = one.open()
    editor.open(one.project.plan, one.project.plan.read_text() + "\n# more\n")
    with pytest.raises(ResponseError) as refused:
        one.start(editor)
    assert "unsaved" in refused.value.message


def test_cancelling_the_progress_stops_the_run_and_resume_goes_on(desk: Make) -> None:
    phases, answers = slow()
    one = desk(*phases, answers=answers)
    editor = one.open()
    one.start(editor)
    until(editor, at_work)
    token = editor.wait_for("window/workDoneProgress/create")["token"]
    editor.wait_for("$/progress", lambda p: p["value"]["kind"] == "begin")
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    stopped = until(editor, lambda s: not s["atWork"] and s["state"] == "STOPPED")
    assert not stopped["ended"]
    mark = editor.mark()
    editor.command("autopack.run.resume", runId="t")
    until(editor, at_work, since=mark)
    editor.command("autopack.run.stop", runId="t")
    until(editor, lambda s: not s["atWork"] and s["state"] == "STOPPED", since=mark)
    one.sound()


def test_a_killed_worker_is_told_and_its_run_goes_on(desk: Make) -> None:
    phases, answers = slow()
    one = desk(*phases, answers=answers)
    editor = one.open()
    one.start(editor)
    until(editor, at_work)
    mark = editor.mark()
    worker_of(editor).kill()
    until(editor, lambda s: not s["atWork"], since=mark)
    editor.wait_for("window/showMessageRequest", lambda p: "ended unexpectedly" in p["message"])
    mark = editor.mark()
    editor.command("autopack.run.resume", runId="t")
    until(editor, at_work, since=mark)
    editor.command("autopack.run.stop", runId="t")
    until(editor, lambda s: s["state"] == "STOPPED", since=mark)
    one.sound()


@pytest.mark.parametrize("how", ["eof", "SIGTERM", "SIGHUP", "kill9", "exit"])
def test_when_the_editor_goes_the_run_is_parked(desk: Make, how: str) -> None:
    phases, answers = slow()
    one = desk(*phases, answers=answers)
    editor = one.open()
    one.start(editor)
    until(editor, at_work)
    worker = worker_of(editor)
    if how == "eof":
        editor.close_stdin()
    elif how == "exit":
        editor.request("shutdown")
        editor.notify("exit")
    else:
        editor.signal(signal.SIGKILL if how == "kill9" else getattr(signal, how))
    editor.wait(24)
    worker.wait(24)
    status = one.cli("status", "t").events[0]
    assert (status["state"], status["owned"]) == ("STOPPED", False)
    one.sound()


def test_told_to_continue_the_run_outlives_the_editor(desk: Make) -> None:
    one = desk(answers=[answer() | {"delay_ms": 3000}])
    editor = one.open(onEditorExit="continue")
    one.start(editor)
    until(editor, at_work)
    worker = worker_of(editor)
    editor.close_stdin()
    editor.wait(24)
    worker.wait(60)
    assert one.cli("status", "t").events[0]["state"] == "DONE_SUCCESS"
    one.sound()


def test_how_the_end_is_taken_can_change_while_a_run_goes_on(desk: Make) -> None:
    one = desk(answers=[answer() | {"delay_ms": 3000}])
    editor = one.open()
    one.start(editor)
    until(editor, at_work)
    worker = worker_of(editor)
    editor.notify("workspace/didChangeConfiguration", {"settings": {"autopack": {"onEditorExit": "continue"}}})
    editor.settle()
    editor.close_stdin()
    editor.wait(24)
    worker.wait(60)
    assert one.cli("status", "t").events[0]["state"] == "DONE_SUCCESS"


def test_several_folders_and_the_same_run_id_in_two(desk: Make, tmp_path: Any) -> None:
    one = desk()
    (tmp_path / "second").mkdir()
    two = Desk(make(tmp_path / "second"))
    editor = one.open([one.project.root, two.project.root])
    for project in (one.project, two.project):
        editor.command("autopack.run.start", planUri=uri_of(project.plan), cassette=str(project.cassette))
    for project in (one.project, two.project):
        until(editor, lambda s, uri=uri_of(project.root): ended(s) and s["folderUri"] == uri)
    with pytest.raises(ResponseError) as refused:
        editor.command("autopack.run.report", runId="t")
    assert "folderUri" in refused.value.data["hint"]
    report = editor.command("autopack.run.report", runId="t", folderUri=uri_of(two.project.root))
    assert report["uri"].startswith(uri_of(two.project.root))
    editor.notify(
        "workspace/didChangeWorkspaceFolders",
        {"event": {"added": [], "removed": [{"uri": uri_of(two.project.root), "name": "second"}]}},
    )
    editor.settle()
    assert len(editor.command("autopack.run.list")["runs"]) == 1


def test_an_unfinished_run_is_offered_at_the_next_start(desk: Make) -> None:
    phases, answers = slow()
    one = desk(*phases, answers=answers)
    first = one.open()
    one.start(first)
    until(first, at_work)
    first.close()
    one.buttons.append("Resume")
    second = one.open(onStart="ask")
    second.wait_for("window/showMessageRequest", lambda p: "not finished" in p["message"])
    until(second, at_work)
    second.command("autopack.run.stop", runId="t")


def test_a_second_window_sees_the_run_and_can_stop_it(desk: Make) -> None:
    phases, answers = slow()
    one = desk(*phases, answers=answers)
    first = one.open()
    one.start(first)
    until(first, at_work)
    second = one.open()
    seen = until(second, at_work)
    assert not seen["here"] and until(first, at_work)["here"]
    second.command("autopack.run.stop", runId="t")
    assert until(first, lambda s: s["state"] == "STOPPED")
    assert until(second, lambda s: s["state"] == "STOPPED")


def test_a_folder_that_is_no_repository_says_so(tmp_path: Any, desk: Make) -> None:
    one = desk()
    bare = tmp_path / "bare"
    bare.mkdir()
    editor = one.open([bare])
    told = editor.wait_for("autopack/status", lambda p: p["kind"] == "Inactive")
    assert "bare" in told["message"]
    with pytest.raises(ResponseError) as refused:
        editor.command("autopack.health.check")
    assert refused.value.data["code"] == "AP901"


def test_a_module_of_the_workspace_never_runs_in_the_worker(desk: Make) -> None:
    one = desk(files={"autopack_server/__init__.py": "open('pwned', 'w')\n", "json.py": "open('pwned', 'w')\n"})
    editor = one.open()
    one.start(editor)
    until(editor, ended)
    assert not list(one.project.place.rglob("pwned")) and not os.path.exists("/pwned")


def test_who_waits_for_a_person_holds_no_process(desk: Make) -> None:
    phases, answers = deleting()
    one = desk(*phases, answers=answers)
    editor = one.open()
    one.start(editor)
    until(editor, asked)
    _, living = psutil.wait_procs(psutil.Process(editor.process.pid).children(), 30)
    assert not [c for c in living if "worker" in " ".join(c.cmdline())]
