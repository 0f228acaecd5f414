"""A client that measures: it notes when each answer's last byte came, and reads no more of a message than it must."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

PATIENCE = 300.0
_HEAD = 200
"""Bytes of a body that say whether it is an answer."""


class Wire:
    """One server process. `notes` are its notifications as they came, unread; requests it makes are answered `null`."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            list(argv), cwd=cwd, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdin is not None and self.process.stdout is not None and self.process.stderr is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._err = self.process.stderr
        self._number = 0
        self._writing = threading.Lock()
        self._answers: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self.notes: list[bytes] = []
        self.log = b""
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._read_log)]
        for thread in self._threads:
            thread.start()

    def request(self, method: str, params: Any) -> tuple[float, dict[str, Any]]:
        """Seconds until the whole answer had come, and the answer."""
        self._number += 1
        data = _framed({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        began = perf_counter()
        self._write(data)
        came, body = self._answers.get(timeout=PATIENCE)
        answer = json.loads(body)
        if answer["id"] != self._number:
            raise RuntimeError(f"request {self._number} was answered by {body[:_HEAD]!r}")
        return came - began, answer

    def result(self, method: str, params: Any) -> Any:
        """What the server answers. Raises RuntimeError for an error."""
        answer = self.request(method, params)[1]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}\n{self.log.decode('utf-8', 'replace')[-3000:]}")
        return answer["result"]

    def command(self, name: str, **arguments: Any) -> Any:
        return self.result("workspace/executeCommand", {"command": name, "arguments": [arguments]})

    def notify(self, method: str, params: Any) -> None:
        self._write(_framed({"jsonrpc": "2.0", "method": method, "params": params}))

    def close(self) -> None:
        """Shutdown, exit. Raises RuntimeError when the server ends otherwise than it should."""
        self.result("shutdown", None)
        self.notify("exit", None)
        code = self.process.wait(PATIENCE)
        if code:
            raise RuntimeError(f"the server ended with {code}\n{self.log.decode('utf-8', 'replace')[-3000:]}")

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _write(self, data: bytes) -> None:
        with self._writing:
            while data:
                data = data[os.write(self._in, data) :]

    def _read(self) -> None:
        held = b""
        while data := os.read(self._out, 1024 * 1024):
            came = perf_counter()
            held += data
            while (end := held.find(b"\r\n\r\n")) >= 0:
                length = next(
                    int(line.split(b":")[1]) for line in held[:end].split(b"\r\n") if line.startswith(b"Content-Length")
                )
                if len(held) < end + 4 + length:
                    break
                self._take(held[end + 4 : end + 4 + length], came)
                held = held[end + 4 + length :]

    def _take(self, body: bytes, came: float) -> None:
        if b'"method"' not in body[:_HEAD]:
            self._answers.put((came, body))
        elif b'"id"' in body[:_HEAD].partition(b'"params"')[0]:
            answer = {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": None}
            self._write(_framed(answer))
        else:
            self.notes.append(body)

    def _read_log(self) -> None:
        for line in self._err:
            self.log = (self.log + line)[-100_000:]


def _framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
