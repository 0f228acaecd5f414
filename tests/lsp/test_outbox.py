"""An editor that reads slowly, or not at all, holds up nobody and costs a bounded amount of memory."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from lsprotocol import types

from autopack_server.lsp import contract, outbox
from autopack_server.lsp.conversion import give
from autopack_server.lsp.outbox import Outbox
from autopack_server.lsp.superseding import key_of
from tests.kit.lsp_client import Editor
from tests.lsp.conftest import PROBED


class Line:
    """A connection whose other end reads when it is asked to; `lost` is what the outbox said of it."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.lost: list[tuple[str, bool]] = []

    def outbox(self) -> Outbox:
        return Outbox(self.ours.fileno(), lambda why, gone: self.lost.append((why, gone)))

    async def read_all(self, box: Outbox) -> bytes:
        """Everything that is written until nothing waits."""
        reading = asyncio.get_running_loop().run_in_executor(None, self._read_to_the_end)
        await box.drained(60)
        self.ours.shutdown(socket.SHUT_WR)
        return await reading

    def _read_to_the_end(self) -> bytes:
        with self.theirs.makefile("rb") as stream:
            return stream.read()


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.ours.close()
    found.theirs.close()


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        await work()

    asyncio.run(all_of_it())


def fill(box: Outbox) -> int:
    """Write until the other end's buffer is full and something waits; how many bytes that was."""
    written = 0
    while not box._waiting:
        box.put(b"f" * 65536)
        written += 65536
    return written


def test_the_newest_of_one_key_is_sent_and_order_is_kept(line: Line) -> None:
    async def work() -> None:
        box = line.outbox()
        box.put(b"at once ", "a")
        filled = fill(box)
        for data, key in ((b"1", "a"), (b"2", None), (b"3", "b"), (b"4", "a"), (b"5", None), (b"6", "b")):
            box.put(data, key)
        assert await line.read_all(box) == b"at once " + b"f" * filled + b"2456"
        assert line.lost == []

    run(work)


def test_what_one_key_holds_does_not_grow(line: Line) -> None:
    async def work() -> None:
        box = line.outbox()
        fill(box)
        held = box._bytes
        for _ in range(3 * outbox.MAX_MESSAGES):
            box.put(b"s" * 1000, "status")
        assert box._bytes == held + 1000
        assert line.lost == []

    run(work)


@pytest.mark.parametrize(("size", "count"), [(10, outbox.MAX_MESSAGES), (1 << 20, outbox.MAX_BYTES >> 20)])
def test_more_than_the_limit_gives_the_connection_up_once(line: Line, size: int, count: int) -> None:
    async def work() -> None:
        box = line.outbox()
        fill(box)
        for _ in range(count + 10):
            box.put(b"x" * size)
        ((why, gone),) = line.lost
        assert "does not read" in why and not gone
        assert (len(box._waiting), box._bytes) == (0, 0)
        await box.drained(60)

    run(work)


def test_one_message_beyond_the_limit_goes_out_when_nothing_else_waits(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_BYTES", 1000)

    async def work() -> None:
        box = line.outbox()
        box.put(b"x" * 5_000_000)
        assert len(await line.read_all(box)) == 5_000_000

    run(work)


def test_a_closed_connection_is_told_once(line: Line) -> None:
    async def work() -> None:
        box = line.outbox()
        line.theirs.close()
        box.put(b"x")
        box.put(b"y")
        ((why, gone),) = line.lost
        assert "cannot be written to" in why and gone

    run(work)


def test_a_file_takes_everything(tmp_path: Path) -> None:
    async def work() -> None:
        descriptor = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
        box = Outbox(descriptor, lambda why, gone: None)
        for _ in range(100):
            box.put(b"x" * 100_000)
        assert (tmp_path / "out").stat().st_size == 10_000_000
        os.close(descriptor)

    run(work)


def test_which_notifications_a_newer_one_replaces() -> None:
    snapshot = contract.RunSnapshot("r", "file:///f", 1, "s", "s")

    def changed(run: str) -> object:
        return key_of("autopack/didChangeRuns", give(contract.RunsChanged(run, 1, snapshot)))

    def published(uri: str) -> object:
        return key_of("textDocument/publishDiagnostics", types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def progress(token: str, value: object) -> object:
        return key_of("$/progress", types.ProgressParams(token=token, value=value))

    assert changed("r") == changed("r") != changed("other")
    assert published("a") == published("a") != published("b")
    assert key_of("autopack/status", {}) == key_of("autopack/status", {"busy": True})
    report = types.WorkDoneProgressReport()
    assert progress("t", report) == progress("t", report) != progress("u", report)
    assert progress("t", types.WorkDoneProgressBegin(title="")) is None
    assert progress("t", types.WorkDoneProgressEnd()) is None
    assert key_of("window/showMessage", {}) is key_of("window/logMessage", None) is None


def deaf(argument: str) -> Editor:
    """An editor that stops reading and then asks for a flood."""
    editor = Editor.start(argv=PROBED)
    editor.settle()
    editor.stop_reading()
    editor.ask(
        "workspace/executeCommand", {"command": "autopack.explain", "arguments": [{"code": f"flood:{argument}"}]}
    )
    return editor


def test_an_editor_that_does_not_read_is_still_heard_and_costs_no_cpu() -> None:
    """Thirty times what a pipe holds, of one key: what waits is one message."""
    editor = deaf("status:2000")
    for _ in range(50):
        editor.notify("probe/echo", [])
    assert share_of_cpu(editor) < 0.5
    assert editor.process.poll() is None
    editor.close_stdin()
    assert editor.wait() == 0


def test_an_editor_that_reads_again_gets_the_newest() -> None:
    editor = deaf("status:2000")
    editor.wait_full()
    editor.go_on_reading()
    editor.wait_for("autopack/status", lambda p: p["message"].strip() == "1999")
    editor.settle()
    numbers = [int(p["message"]) for p in editor.said("autopack/status")]
    assert numbers == sorted(numbers) and len(numbers) < 2000
    assert editor.close() == 0


def test_an_editor_that_lets_too_much_wait_is_given_up_with_a_word() -> None:
    editor = deaf(f"message:{outbox.MAX_MESSAGES + 1000}")
    assert editor.wait() == 1
    assert len([line for line in editor.stderr.splitlines() if "the editor does not read" in line]) == 1
    assert "leaving hook ran" in editor.stderr


def with_more_log_than_the_pipe_takes() -> Editor:
    """A server that has dropped lines of its log, which is read now."""
    editor = Editor.start(argv=PROBED, read_log=False)
    for _ in range(3000):
        editor.notify("textDocument/didOpen", [])
    editor.settle()
    editor.read_log()
    editor.wait_log_read()
    assert "log entries were dropped" not in editor.stderr
    return editor


def test_an_editor_that_does_not_read_our_log_holds_up_nobody() -> None:
    editor = with_more_log_than_the_pipe_takes()
    editor.notify("textDocument/didOpen", [])
    editor.settle()
    assert editor.close() == 0
    _, told, after = editor.stderr.partition("log entries were dropped")
    assert told and "textDocument/didOpen was not done" in after
    assert "log entries were dropped" not in after


def test_what_was_dropped_is_said_at_the_latest_when_the_server_leaves() -> None:
    editor = with_more_log_than_the_pipe_takes()
    assert editor.close() == 0
    told = re.search(r"autopack: (\d+) log entries were dropped", editor.stderr)
    assert told is not None
    assert int(told[1]) + editor.stderr.count("textDocument/didOpen was not done") == 3000


def test_a_server_with_nothing_to_do_does_nothing(shared: Editor) -> None:
    shared.settle()
    assert share_of_cpu(shared) < 0.5


def share_of_cpu(editor: Editor) -> float:
    """CPU time of the server in a stretch of half a second, as a share of it."""
    before, began = _cpu(editor), time.monotonic()
    time.sleep(0.5)
    return (_cpu(editor) - before) / (time.monotonic() - began)


def _cpu(editor: Editor) -> float:
    """CPU seconds of the server so far."""
    fields = Path(f"/proc/{editor.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
