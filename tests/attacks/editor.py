"""Cases that are bytes or messages of an editor: the real server gets them, then has to answer an honest request."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.attacks.product import Scene, git
from tests.kit.lsp_client import SERVER, Editor, framed, message

PING = "ping"
PATIENCE = 10
"""Seconds, as the catalogue has it."""


def lsp_case(scene: Scene) -> dict[str, Any]:
    """What the server did with the case's messages, and whether it is still of use."""
    payload = scene.payload
    if payload.get("transport", "stdio") != "stdio":
        return _other_transport(scene)
    before = _kept(scene.state)
    editor = Editor.launch(env=scene.env, cwd=scene.repo)
    try:
        if not payload.get("skip_initialize"):
            editor.initialize([scene.repo])
            editor.notify("initialized", {})
        told = len(editor.messages)
        editor.send_bytes(_bytes(payload))
        reacted = _reaction(editor, told)
        for asked in payload.get("messages", ()):
            if "id" in asked:
                editor.response(asked["id"], PATIENCE)
        alive = is_of_use(editor)
        refused = [m for m in editor.messages[told:] if "error" in m and m["id"] != PING]
        rss = _peak(editor)
        if not alive:
            editor.wait(PATIENCE)
        assert "Traceback" not in editor.stderr, editor.stderr
        return {
            "outcome": "allowed" if alive and not refused else "blocked",
            "observed": {
                "server_alive": alive,
                "ping_answered": alive,
                "exits_or_answers_within_s": PATIENCE if reacted else None,
                "run_state_intact": _kept(scene.state) == before,
                "lsp_not_contains": json.dumps(editor.messages),
                "applied": len(git(scene, "for-each-ref", "refs/heads/autopack", "refs/autopack").splitlines()),
                "rss_mb_max": rss,
                "log": editor.stderr[-500:],
            },
        }
    finally:
        editor.kill()


def _bytes(payload: dict[str, Any]) -> bytes:
    if "raw" in payload:
        return payload["raw"].encode()
    if "messages" in payload:
        return b"".join(framed(json.dumps(given).encode()) for given in payload["messages"])
    wanted = payload["generate"]
    if wanted["kind"] == "json_nest":
        depth = wanted["depth"]
        return framed(b'{"jsonrpc":"2.0","id":7,"method":"x","params":%b%b}' % (b"[" * depth, b"]" * depth))
    document = {"uri": "file:///big.txt", "languageId": "text", "version": 1, "text": "x" * wanted["bytes"]}
    return message(method="textDocument/didOpen", params={"textDocument": document})


def _reaction(editor: Editor, told: int) -> bool:
    """Whether the server answers or ends within the catalogue's time."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if len(editor.messages) > told or editor.process.poll() is not None or is_of_use(editor):
            return True
    return False


def is_of_use(editor: Editor) -> bool:
    """Whether an honest request is answered now; the server may have left."""
    since = editor.mark()
    try:
        editor.send(id=PING, method="autopack/ping")
        editor.wait_message(lambda m: m.get("id") == PING, PATIENCE, since=since)
    except (AssertionError, OSError):
        return False
    return True


def _peak(editor: Editor) -> float:
    """The most memory the server ever held, in MB; 0 when it has left."""
    try:
        status = Path(f"/proc/{editor.process.pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) / 1024 if found else 0.0


def _kept(state: Path) -> list[Any]:
    """Every run of every journal as it stands, each journal sound; a server that only opens a journal changes none."""
    found: list[Any] = []
    for journal in sorted(state.rglob("store.db")):
        with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
                found += conn.execute("SELECT id, state, tip FROM runs ORDER BY id").fetchall()
    return found


def _other_transport(scene: Scene) -> dict[str, Any]:
    """No option opens a socket, and the server of an ordinary editor listens nowhere."""
    options = ("--tcp", "--socket=0", "--port=0", "--ws")
    codes = [
        subprocess.run([*SERVER, option], env=scene.env, stdin=subprocess.DEVNULL, capture_output=True).returncode
        for option in options
    ]
    editor = Editor.launch(env=scene.env, cwd=scene.repo)
    try:
        editor.initialize()
        folder = Path(f"/proc/{editor.process.pid}/fd")
        sockets = [link.readlink().name for link in folder.iterdir() if link.readlink().name.startswith("socket:")]
        listening = [s for s in sockets if s.removeprefix("socket:[").rstrip("]") in _listening()]
    finally:
        editor.kill()
    return {"outcome": "blocked" if codes == [2] * len(options) and not listening else "allowed", "observed": {}}


def _listening() -> set[str]:
    """Inodes of the sockets that listen on this machine."""
    found: set[str] = set()
    for name in ("tcp", "tcp6", "unix"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if name == "unix" and fields[3] == "00010000":
                found.add(fields[6])
            elif name != "unix" and fields[3] == "0A":
                found.add(fields[9])
    return found
