"""Whatever ends the server takes the same way out, with a true exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.kit.lsp_client import SERVER, Editor, framed, message
from tests.lsp.conftest import PROBED


def start(**environment: str) -> Editor:
    return Editor.start(argv=PROBED, env={**os.environ, **environment})


def hold_loop(editor: Editor) -> None:
    """A handler that never gives the loop back."""
    editor.ask("workspace/executeCommand", {"command": "autopack.explain", "arguments": [{"code": "hold-loop"}]})
    editor.wait_for("probe/said", lambda p: p["what"] == "holding")


def exit_after_shutdown(editor: Editor) -> None:
    editor.request("shutdown")
    editor.notify("exit")


def half_a_message(editor: Editor) -> None:
    editor.send_bytes(framed(b"x" * 100)[:50])
    editor.close_stdin()


WAYS: dict[str, tuple[Callable[[Editor], Any], int]] = {
    "shutdown and exit": (exit_after_shutdown, 0),
    "exit alone": (lambda editor: editor.notify("exit"), 1),
    "end of input": (lambda editor: editor.close_stdin(), 0),
    "end of input within a message": (half_a_message, 0),
    "shutdown and end of input": (lambda editor: (editor.request("shutdown"), editor.close_stdin()), 0),
    "SIGTERM": (lambda editor: editor.signal(signal.SIGTERM), 143),
    "SIGHUP": (lambda editor: editor.signal(signal.SIGHUP), 129),
    "SIGINT": (lambda editor: editor.signal(signal.SIGINT), 130),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_end_runs_the_hooks_and_ends_with_its_code(way: str) -> None:
    """With a request under way and a reading thread that never comes back."""
    leave, code = WAYS[way]
    editor = start()
    editor.notify("probe/budget", {"POOL_SECONDS": 0.1})
    editor.command("autopack.explain", code="block-readers:1")
    editor.ask("workspace/executeCommand", {"command": "autopack.explain", "arguments": [{"code": "wait:it"}]})
    editor.wait_for("probe/said", lambda p: p["what"] == "it began")
    leave(editor)
    assert editor.wait() == code
    assert editor.stderr.count("leaving hook ran") == 1
    assert "Event.wait still runs while the server leaves" in editor.stderr
    assert "Traceback" not in editor.stderr


def test_a_server_that_was_never_initialized_leaves_as_well() -> None:
    for leave, code in (WAYS["end of input"], WAYS["exit alone"]):
        editor = Editor.launch(argv=PROBED)
        leave(editor)
        assert editor.wait() == code


def test_a_reader_of_stdout_that_is_gone_is_an_editor_that_is_gone() -> None:
    editor = Editor.launch(argv=PROBED)
    editor.initialize()
    assert editor.process.stdout is not None
    editor.stop_reading()
    editor.ask("probe/echo", [])
    editor.wait_message(lambda m: m.get("result") == [])
    editor.process.stdout.close()
    editor.ask("probe/echo", [])
    assert editor.process.wait(60) == 0
    editor.kill()


def test_the_end_of_the_process_the_editor_named_ends_the_server() -> None:
    """Our standard input stays open: somebody else may hold the pipe."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as parent:
        editor = Editor.start(argv=PROBED, process_id=parent.pid)
        editor.settle()
        parent.kill()
    assert editor.wait() == 0
    assert "leaving hook ran" in editor.stderr


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1])
def test_the_number_of_a_process_that_is_not_there_ends_nothing(number: int) -> None:
    """One from another machine or container means nothing here."""
    with Editor.start(argv=PROBED, process_id=number) as editor:
        editor.settle()


def test_a_hook_that_fails_stops_no_other_and_is_logged() -> None:
    editor = start(PROBE_LEAVING="fail")
    editor.close_stdin()
    assert editor.wait() == 0
    assert "RuntimeError: the hook failed" in editor.stderr


def test_a_hook_that_hangs_is_left_behind_after_its_budget() -> None:
    editor = start(PROBE_LEAVING="hang")
    editor.notify("probe/budget", {"HOOK_SECONDS": 0.1})
    editor.settle()
    editor.close_stdin()
    assert editor.wait() == 0
    assert "did not end within 0.1 s" in editor.stderr


def test_a_second_signal_ends_at_once() -> None:
    editor = start(PROBE_LEAVING="hang")
    editor.signal(signal.SIGTERM)
    while "leaving hook ran" not in editor.stderr:
        assert editor.process.poll() is None
    editor.signal(signal.SIGINT)
    assert editor.wait() == 130


def test_a_held_loop_does_not_hold_the_process() -> None:
    """The loop never comes to the way out: the watchdog ends the process, and says so."""
    editor = start()
    editor.notify("probe/budget", {"WATCHDOG_SECONDS": 0.2})
    hold_loop(editor)
    editor.signal(signal.SIGTERM)
    assert editor.wait() == 143
    assert "did not leave within" in editor.stderr


def test_a_signal_that_nohup_took_away_stays_away() -> None:
    script, *modules = PROBED[1:]
    code = (
        "import runpy, signal, sys\n"
        f"signal.signal(signal.SIGHUP, signal.SIG_IGN)\nsys.argv = {[script, *modules]!r}\n"
        f"runpy.run_path({script!r}, run_name='__main__')\n"
    )
    with Editor.start(argv=(sys.executable, "-c", code)) as editor:
        editor.signal(signal.SIGHUP)
        editor.settle()


def test_initialized_hooks_run_after_initialized() -> None:
    editor = Editor.launch(argv=PROBED)
    editor.initialize()
    assert editor.capabilities["experimental"] == {"probes": True}
    editor.settle()
    assert editor.said("probe/said") == []
    editor.notify("initialized", {})
    editor.wait_for("probe/said", lambda p: p["what"] == "initialized")
    assert editor.close() == 0


def test_a_feature_that_cannot_be_loaded_is_said_and_ends_the_process() -> None:
    editor = Editor.launch(argv=(*PROBED, "tests.lsp.no_such_module"))
    assert editor.wait() == 1
    assert "the server broke off" in editor.stderr and "no_such_module" in editor.stderr


def test_nothing_new_begins_once_the_server_leaves() -> None:
    """In the same breath as the end, and while a hook takes its time."""
    editor = start(PROBE_LEAVING="hang")
    editor.notify("probe/budget", {"HOOK_SECONDS": 0.2})
    editor.settle()
    editor.send_bytes(message(method="exit") + message(id="late", method="probe/echo", params=[]))
    assert editor.response("late")["error"]["code"] == -32600
    assert editor.wait() == 1


def test_initialized_said_twice_begins_once() -> None:
    with Editor.start(argv=PROBED) as editor:
        editor.notify("initialized", {})
        editor.command("autopack.explain", code="echo:after both")
        assert [p["what"] for p in editor.said("probe/said")] == ["initialized"]


def test_closed_standard_streams_are_a_wrong_call() -> None:
    command = " ".join(SERVER)
    for closed in ("<&-", ">&-"):
        done = subprocess.run(["sh", "-c", f"{command} {closed}"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert "is closed" in done.stderr and "An editor starts this" in done.stderr
