"""Bytes against the whole process: what can be answered is, and the server lives on or leaves with a word."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autopack_server.lsp.framing import MAX_BODY
from tests.kit.lsp_client import SERVER, Editor, framed, message
from tests.lsp.conftest import PROBED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"jsonrpc":"2.0",', -32700),
        (b"\xff\xfe", -32700),
        (b"", -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, -32700),
        (b'{"jsonrpc":"2.0","method":"m","params":' + b"[" * 128 + b"]" * 128 + b"}", -32700),
        (b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]', -32600),
        (b'"text"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"shutdown"}', -32600),
    ],
)
def test_a_body_that_is_no_message_is_answered_and_the_server_lives_on(shared: Editor, body: bytes, code: int) -> None:
    since = shared.mark()
    shared.send_bytes(framed(body))
    shared.settle()
    answers = [m["error"]["code"] for m in shared.messages[since:] if "method" not in m and m["id"] is None]
    assert answers == [code]


def test_headers_may_be_lower_case_and_come_with_others(shared: Editor) -> None:
    body = b'{"jsonrpc":"2.0","id":"low","method":"probe/echo","params":{"a":1}}'
    shared.send_bytes(b"content-type: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    assert shared.answer_to("low") == {"a": 1}


def test_messages_may_come_byte_by_byte(shared: Editor) -> None:
    stream = message(id="a", method="probe/echo", params={"x": "é"}) + message(id="b", method="probe/echo", params=[])
    for number in range(len(stream)):
        shared.send_bytes(stream[number : number + 1])
    assert (shared.answer_to("a"), shared.answer_to("b")) == ({"x": "é"}, [])


def test_a_message_of_16_mib_is_read_and_a_longer_one_passed_over(shared: Editor) -> None:
    head, tail = b'{"jsonrpc":"2.0","id":"big","method":"probe/echo","params":["', b'"]}'
    longest = b"x" * (MAX_BODY - len(head) - len(tail))
    shared.send_bytes(framed(head + longest + tail))
    assert shared.answer_to("big") == [longest.decode()]
    since = shared.mark()
    shared.send_bytes(framed(head + longest + b"y" + tail))
    told = shared.response(None, since=since)["error"]
    assert told["code"] == -32600 and str(MAX_BODY + 1) in told["message"]
    shared.settle()


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"Content-Length: 1000000000000\r\n\r\n", "13 digits"),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", "header line"),
        (b"Content-Length: -5\r\n\r\n", "no number"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "without a colon"),
        (b"\x00" * 10_000, "header line"),
    ],
)
def test_where_no_next_message_can_be_found_the_server_leaves_with_a_word(stream: bytes, why: str) -> None:
    editor = Editor.start(argv=PROBED)
    editor.send_bytes(stream)
    assert editor.wait() == 1
    assert len([line for line in editor.stderr.splitlines() if "cannot be read on" in line and why in line]) == 1
    assert "leaving hook ran" in editor.stderr
    assert "Traceback" not in editor.stderr


def test_nested_jsonrpc_keys_do_not_break_a_message(shared: Editor) -> None:
    """pygls would take the inner object for a message, and could answer its id."""
    inner = {"jsonrpc": "2.0", "id": 99, "method": "shutdown", "params": {"jsonrpc": "2.0"}}
    assert shared.request("probe/echo", inner) == inner
    assert shared.request("probe/echo", [inner]) == [inner]
    assert not [m for m in shared.messages if m.get("id") == 99]


def test_halves_of_surrogate_pairs_pass(shared: Editor) -> None:
    assert shared.request("probe/echo", ["\ud800", "\U0001f600", "\u2028"]) == ["\ud800", "\U0001f600", "\u2028"]


def test_nothing_but_messages_reaches_stdout(editor: Editor) -> None:
    """Not by print, not through the descriptor, not from C, not from a child."""
    editor.command("autopack.explain", code="print")
    editor.settle()
    assert editor.broken == []
    editor.close()
    for text in ("printed", "written", "put by C", "said by a child"):
        assert text in editor.stderr


def test_a_child_has_neither_end_of_the_connection(shared: Editor) -> None:
    told = shared.command("autopack.explain", code="descriptors")["markdown"]
    assert told == "[0, 1, 2] ''"
    links = {os.readlink(f"/proc/{shared.process.pid}/fd/{n}") for n in (0, 1)}
    ours = {os.readlink(f"/proc/self/fd/{pipe.fileno()}") for pipe in (shared.process.stdin, shared.process.stdout)}  # type: ignore[union-attr]
    assert not links & ours


def test_threads_may_send(shared: Editor) -> None:
    shared.command("autopack.explain", code="threads")
    heard = shared.said("probe/shout")
    assert sorted((p["thread"], p["n"]) for p in heard) == [(t, n) for t in range(8) for n in range(200)]
    assert all([p["n"] for p in heard if p["thread"] == t] == list(range(200)) for t in range(8))


def test_input_from_a_file_is_served_to_its_end(tmp_path: Path) -> None:
    """A file cannot be polled."""
    script = tmp_path / "session"
    script.write_bytes(
        message(id=1, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
        + message(id=2, method="shutdown")
        + message(method="exit")
    )
    out = tmp_path / "out"
    with script.open("rb") as stdin, out.open("wb") as stdout:
        done = subprocess.run(SERVER, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().count(b"Content-Length") == 2 and b'"id":2,"result":null' in out.read_bytes()
    done = subprocess.run(SERVER, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_socket_pair_serves_as_well_as_pipes() -> None:
    """What Node gives its children."""
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen(SERVER, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as server:
        theirs.close()
        ours.sendall(
            message(id=1, method="initialize", params={"processId": None, "capabilities": {}, "rootUri": None})
        )
        assert b"Content-Length" in ours.recv(16)
        ours.shutdown(socket.SHUT_WR)
        assert server.wait(60) == 0


@pytest.mark.parametrize("option", ["--tcp", "--socket=1234", "--port=1234", "--pipe=x", "--ws"])
def test_no_transport_but_stdio_is_offered(option: str) -> None:
    done = subprocess.run([*SERVER, option], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "No such option" in done.stderr


def test_stdio_may_be_said() -> None:
    with Editor.start(argv=(*SERVER, "--stdio")) as editor:
        assert editor.capabilities


def test_what_is_imported_before_the_answer_to_initialize() -> None:
    """pygls, attrs and the standard library; of ours the surface and the two lowest rooms."""
    code = (
        "import sys, json, threading, os\n"
        "from autopack_server.lsp import main, dispatch\n"
        "answer = dispatch.Dispatch._send_result\n"
        "def told(self, msg_id, method, result):\n"
        "    sys.stderr.write(json.dumps(sorted(sys.modules)) + '\\n')\n"
        "    sys.stderr.flush()\n"
        "    answer(self, msg_id, method, result)\n"
        "dispatch.Dispatch._send_result = told\n"
        "main.serve()\n"
    )
    editor = Editor.launch(argv=(sys.executable, "-c", code))
    editor.initialize()
    editor.close_stdin()
    assert editor.wait() == 0
    loaded = set(json.loads(editor.stderr.splitlines()[0]))
    tops = {name.partition(".")[0] for name in loaded}
    assert "pygls" in tops
    assert tops & {"git", "sqlite3", "sqlite_utils", "anthropic", "openai", "httpx", "psutil", "stamina"} == set()
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("autopack.")}
    assert ours <= {"autopack.errors", "autopack.text", "autopack.redaction", "autopack.model"}
    assert tops & {"pydantic", "yaml"} == set()
