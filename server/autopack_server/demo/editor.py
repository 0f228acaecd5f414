"""An editor as small as can be, on the real server process: it opens files, presses buttons and shows what it is told."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {"workspaceFolders": True, "codeLens": {"refreshSupport": False}},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True, "dataSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "disabledSupport": True, "dataSupport": True,
        },
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeLens": {},
    },
}  # fmt: skip


class ServerError(Exception):
    """The server refused a request."""


class Editor:
    """`diagnostics` by URI and `runs` by id are what the server said last; `hears` is called with every notification
    and request of the server, on the reading thread, and answers the requests."""

    def __init__(self, root: Path, env: Mapping[str, str], hears: Callable[[str, Any], Any]) -> None:
        self.root = root
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self._hears = hears
        self._news = threading.Condition()
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0
        self._ended = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autopack_server.cli.main", "lsp", "--replay"], cwd=root, env=dict(env),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def open_folder(self, options: Mapping[str, Any]) -> list[str]:
        """The handshake; the commands the server offers."""
        uri = self.root.as_uri()
        said = self.request("initialize", {
            "processId": None, "rootUri": uri, "workspaceFolders": [{"uri": uri, "name": self.root.name}],
            "capabilities": CAPABILITIES, "initializationOptions": dict(options),
        })  # fmt: skip
        self.notify("initialized", {})
        return said["capabilities"]["executeCommandProvider"]["commands"]

    def open_file(self, path: Path) -> str:
        uri = path.as_uri()
        item = {"uri": uri, "languageId": path.suffix.strip("."), "version": 1, "text": path.read_text("utf-8")}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def command(self, name: str, **arguments: Any) -> Any:
        return self.request("workspace/executeCommand", {"command": name, "arguments": [arguments]})

    def code_actions(self, uri: str, diagnostic: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the light bulb on a diagnostic offers."""
        return self.request("textDocument/codeAction", {
            "textDocument": {"uri": uri}, "range": diagnostic["range"], "context": {"diagnostics": [diagnostic]},
        })  # fmt: skip

    def choose(self, action: Mapping[str, Any]) -> Any:
        """Pick a code action."""
        return self.request("workspace/executeCommand", {k: action["command"][k] for k in ("command", "arguments")})

    def wait(self, fits: Callable[[], Any], seconds: float) -> Any:
        """What `fits` returns once it is true, after any message. Raises TimeoutError, or EOFError at the server's end."""
        until = time.monotonic() + seconds
        with self._news:
            while True:
                found = fits()
                if found:
                    return found
                if self._ended:
                    raise EOFError("the server ended")
                if not self._news.wait(until - time.monotonic()):
                    raise TimeoutError(f"the server did not say within {seconds:g} s what was waited for")

    def request(self, method: str, params: Any, seconds: float = 60) -> Any:
        """The result. Raises ServerError."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self.wait(lambda: self._answers.pop(number, None), seconds)
        if "error" in answer:
            raise ServerError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def close(self) -> int:
        """Close the window; the server's exit code."""
        try:
            self.request("shutdown", None, 15)
            self.notify("exit", None)
        except (OSError, EOFError, TimeoutError, ServerError):
            self._process.kill()
        return self._process.wait(30)

    def _send(self, fields: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **fields}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> None:
        out = self._process.stdout
        assert out is not None
        while header := out.readline():
            length = int(header.split(b":")[1])
            out.readline()
            self._take(json.loads(out.read(length)))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        with self._news:
            if "method" not in message:
                self._answers[message["id"]] = message
            elif message["method"] == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif message["method"] == "autopack/didChangeRuns":
                self.runs[message["params"]["run"]] = message["params"]["snapshot"]
            self._news.notify_all()
        if "method" in message:
            answer = self._hears(message["method"], message.get("params"))
            if "id" in message:
                self._send({"id": message["id"], "result": answer})
            with self._news:
                self._news.notify_all()
