"""An editor as small as can be: the real server process, raw messages both ways, and what a test wants to wait for.

    with Editor.start(project.root, env=project.environment()) as editor:
        editor.request("textDocument/hover", {...})
        editor.command("autopack.run.start", planUri=uri)
        editor.wait_for("textDocument/publishDiagnostics", lambda p: p["uri"] == uri and p["diagnostics"])

Every wait has a time-out and says what came instead. Requests of the server are answered as a patient editor would
(`ANSWERS`), or by a handler given with `on`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVER = (sys.executable, "-P", "-m", "autopack_server.cli.main", "lsp")
PATIENCE = 60.0
"""Seconds; only a server that hangs ever takes so long."""

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}, "showMessage": {}},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "codeLens": {"refreshSupport": True},
        "diagnostics": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {
            "relatedInformation": True,
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
        },
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}},
            "isPreferredSupport": True,
            "disabledSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        },
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "foldingRange": {},
        "codeLens": {},
        "inlayHint": {},
    },
}
"""What a modern editor says it can."""

ANSWERS: dict[str, Any] = {
    "client/registerCapability": None,
    "client/unregisterCapability": None,
    "window/workDoneProgress/create": None,
    "window/showMessageRequest": None,
    "window/showDocument": {"success": True},
    "workspace/applyEdit": {"applied": True},
    "workspace/codeLens/refresh": None,
    "workspace/diagnostic/refresh": None,
    "workspace/inlayHint/refresh": None,
    "workspace/textDocumentContent/refresh": None,
}


class ResponseError(AssertionError):
    """The server answered a request with an error."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"{method}: {error}")
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Any = error.get("data")


NO_ANSWER: Any = object()
"""What a handler returns for a request that is to stay unanswered."""


def _as_an_editor_starts_it() -> None:
    """Signals that whoever runs the tests ignores (nohup, a job in the background) are not ignored by an editor."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _unread(pipe: int) -> int:
    """Bytes that wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def message(**fields: Any) -> bytes:
    """A framed JSON-RPC message."""
    return framed(json.dumps({"jsonrpc": "2.0", **fields}).encode())


def uri_of(path: Path) -> str:
    return path.resolve().as_uri()


class Editor:
    """One server process and everything it said so far (`messages`, oldest first)."""

    def __init__(self, process: subprocess.Popen[bytes], read_log: bool = True) -> None:
        self.process = process
        self.messages: list[dict[str, Any]] = []
        self.broken: list[str] = []
        self.initialize_result: dict[str, Any] = {}
        self._handlers: dict[str, Callable[[Any], Any]] = {}
        self._news = threading.Condition()
        self._sending = threading.Lock()
        self._reading = threading.Event()
        self._reading.set()
        self._still = threading.Event()
        self._at_end = False
        self._next_id = 0
        self._stderr: list[bytes] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._read)
        if read_log:
            self.read_log()

    @classmethod
    def launch(
        cls,
        *,
        env: Mapping[str, str] | None = None,
        argv: Sequence[str] = SERVER,
        cwd: Path | None = None,
        read_log: bool = True,
    ) -> Editor:
        """The process alone; nothing is said yet. Without `read_log` its stderr is left to fill."""
        process = subprocess.Popen(
            list(argv), cwd=cwd, env=None if env is None else dict(env), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=_as_an_editor_starts_it,
        )  # fmt: skip
        return cls(process, read_log)

    @classmethod
    def start(
        cls,
        root: Path | Sequence[Path] | None = None,
        env: Mapping[str, str] | None = None,
        *,
        capabilities: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        argv: Sequence[str] = SERVER,
        process_id: int | None = None,
        on: Mapping[str, Callable[[Any], Any]] | None = None,
        read_log: bool = True,
    ) -> Editor:
        """A server that has answered initialize and heard initialized; `root` is its workspace folder, or several."""
        roots = [root] if isinstance(root, Path) else list(root or ())
        editor = cls.launch(env=env, argv=argv, cwd=roots[0] if roots else None, read_log=read_log)
        for method, handler in (on or {}).items():
            editor.on(method, handler)
        editor.initialize(roots, capabilities=capabilities, options=options, process_id=process_id)
        editor.notify("initialized", {})
        return editor

    def initialize(
        self,
        roots: Sequence[Path] = (),
        *,
        capabilities: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        process_id: int | None = None,
    ) -> dict[str, Any]:
        """The handshake's first half; what the server says of itself."""
        params: dict[str, Any] = {
            "processId": process_id,
            "clientInfo": {"name": "tests"},
            "rootUri": uri_of(roots[0]) if roots else None,
            "workspaceFolders": [{"uri": uri_of(path), "name": path.name} for path in roots] or None,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
        }
        if options is not None:
            params["initializationOptions"] = options
        self.initialize_result = self.request("initialize", params)
        return self.initialize_result

    @property
    def capabilities(self) -> dict[str, Any]:
        """The server's."""
        return self.initialize_result["capabilities"]

    # saying

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        with self._sending:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def send(self, **fields: Any) -> None:
        self.send_bytes(message(**fields))

    def notify(self, method: str, params: Any = None) -> None:
        self.send(method=method, params=params)

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request and return its id without waiting."""
        with self._sending:
            self._next_id += 1
            number = self._next_id
        self.send(id=number, method=method, params=params)
        return number

    def request(self, method: str, params: Any = None, timeout: float = PATIENCE) -> Any:
        """The result of a request. Raises ResponseError."""
        return self.answer_to(self.ask(method, params), timeout, method)

    def answer_to(self, number: Any, timeout: float = PATIENCE, method: str = "") -> Any:
        """The result of a request that was sent. Raises ResponseError."""
        answer = self.response(number, timeout)
        if "error" in answer:
            raise ResponseError(method or f"request {number}", answer["error"])
        return answer["result"]

    def response(self, number: Any, timeout: float = PATIENCE, *, since: int = 0) -> dict[str, Any]:
        """The whole answer with that id (None where the server could not tell it), result or error."""
        what = f"the answer to {number!r}"
        return self.wait_message(lambda m: "method" not in m and m.get("id") == number, timeout, what, since)

    def command(self, name: str, timeout: float = PATIENCE, /, **arguments: Any) -> Any:
        """The result of `workspace/executeCommand` with one object of arguments."""
        return self.request("workspace/executeCommand", {"command": name, "arguments": [arguments]}, timeout)

    def cancel(self, number: int) -> None:
        self.notify("$/cancelRequest", {"id": number})

    def open(self, path: Path, text: str | None = None, *, language: str = "yaml", version: int = 1) -> str:
        """Open a document (its text on disk when left out); its URI."""
        uri = uri_of(path)
        content = path.read_text("utf-8") if text is None else text
        item = {"uri": uri, "languageId": language, "version": version, "text": content}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, version: int, *changes: Mapping[str, Any]) -> None:
        """`{"text": ...}` replaces all, `{"range": ..., "text": ...}` a part."""
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})

    def close_document(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    # hearing

    def on(self, method: str, handler: Callable[[Any], Any]) -> None:
        """Answer the server's requests of a method with what `handler(params)` returns; it runs on the reading thread
        and must not wait for the server. An exception becomes an error response; a notification's result is dropped."""
        self._handlers[method] = handler

    def mark(self) -> int:
        """A point in what was said, for `since`."""
        with self._news:
            return len(self.messages)

    def wait_for(
        self,
        method: str,
        predicate: Callable[[Any], bool] = lambda params: True,
        timeout: float = PATIENCE,
        *,
        since: int = 0,
    ) -> Any:
        """The params of the first notification or request of the server that fits, said already or yet to come."""
        found = self.wait_message(
            lambda m: m.get("method") == method and predicate(m.get("params")), timeout, method, since
        )  # fmt: skip
        return found.get("params")

    def said(self, method: str, since: int = 0) -> list[Any]:
        """The params of everything of that method so far."""
        with self._news:
            return [m.get("params") for m in self.messages[since:] if m.get("method") == method]

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """What is published for a document now."""
        published = [p for p in self.said("textDocument/publishDiagnostics") if p["uri"] == uri]
        return published[-1]["diagnostics"] if published else []

    def settle(self) -> None:
        """Return when the server has handled everything sent so far, in as far as it does so at once."""
        number = self.ask("autopack/no-such-method")
        assert self.response(number)["error"]["code"] == -32601

    @property
    def stderr(self) -> str:
        """What the server has logged so far."""
        return b"".join(self._stderr).decode("utf-8", "replace")

    def stop_reading(self) -> None:
        """Take nothing more from the server but the message that is read now; its pipe fills."""
        self._reading.clear()

    def wait_still(self, timeout: float = PATIENCE) -> None:
        """Return when, after `stop_reading`, no read is under way: the server must have had something to say since."""
        assert self._still.wait(timeout), "a read is still under way"

    def wait_full(self, timeout: float = PATIENCE) -> None:
        """Return when, after `stop_reading`, the pipe from the server is more than half full and gets no fuller."""
        assert self.process.stdout is not None
        pipe, until = self.process.stdout.fileno(), time.monotonic() + timeout
        half, before = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) // 2, -1
        while (unread := _unread(pipe)) != before or unread <= half:
            assert time.monotonic() < until, f"the server does not fill its pipe ({unread} bytes)"
            before = unread
            time.sleep(0.3)

    def go_on_reading(self) -> None:
        self._reading.set()

    def read_log(self) -> None:
        """Begin to read stderr."""
        self._begin(self._read_stderr)

    def wait_log_read(self, timeout: float = PATIENCE) -> None:
        """Return when, after `read_log`, nothing of stderr waits to be read."""
        assert self.process.stderr is not None
        until = time.monotonic() + timeout
        while unread := _unread(self.process.stderr.fileno()):
            assert time.monotonic() < until, f"{unread} bytes of the log are not read"
            time.sleep(0.01)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait_message(
        self,
        fits: Callable[[dict[str, Any]], bool],
        timeout: float = PATIENCE,
        what: str = "such message",
        since: int = 0,
    ) -> dict[str, Any]:
        """The first whole message that fits, said already or yet to come."""
        until = time.monotonic() + timeout
        seen = since
        with self._news:
            while True:
                for found in self.messages[seen:]:
                    if fits(found):
                        return found
                seen = len(self.messages)
                if self._at_end:
                    raise AssertionError(f"the server ended without {what}\n{self._told()}")
                if not self._news.wait(max(until - time.monotonic(), 0)) and time.monotonic() >= until:
                    raise AssertionError(f"no {what} within {timeout:g} s\n{self._told()}")

    def _told(self) -> str:
        last = "\n".join(json.dumps(m)[:400] for m in self.messages[-8:])
        return f"last messages:\n{last}\nstderr:\n{self.stderr[-3000:]}"

    # the end

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit code, once the process has ended by itself and everything it said is read."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server did not end within {timeout:g} s\n{self._told()}") from None
        self._reading.set()
        for thread in self._threads:
            thread.join(timeout)
        return code

    def close(self) -> int:
        """Shutdown, exit; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.wait()

    def kill(self) -> None:
        """End the process whatever it does, with everything it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and stream is not self.process.stdout:
                try:
                    stream.close()
                except OSError:
                    continue

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        """A server that is still there after a test that went well must end well, too."""
        try:
            if kind is None and self.process.poll() is None:
                code = self.close()
                assert code == 0, f"the server ended with {code}\n{self._told()}"
            if kind is None:
                assert self.broken == []
        finally:
            self.kill()

    # threads

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        try:
            while True:
                length = 0
                while line := out.readline():
                    if line == b"\r\n":
                        break
                    name, _, value = line.partition(b":")
                    if name != b"Content-Length":
                        self.broken.append(f"not a header of ours: {line!r}")
                        return
                    length = int(value)
                body = out.read(length) if length else b""
                if not body:
                    return
                self._take(json.loads(body))
                if not self._reading.is_set():
                    self._still.set()
                    self._reading.wait()
                    self._still.clear()
        except ValueError as error:
            self.broken.append(f"not a message: {error}")
        finally:
            with self._news:
                self._at_end = True
                self._news.notify_all()

    def _take(self, said: dict[str, Any]) -> None:
        with self._news:
            self.messages.append(said)
            self._news.notify_all()
        method, params = said.get("method"), said.get("params")
        if method is None:
            return
        answer: dict[str, Any]
        if method in self._handlers:
            try:
                answer = {"result": self._handlers[method](params)}
            except Exception as error:
                answer = {"error": {"code": -32603, "message": str(error)}}
        elif method in ANSWERS:
            answer = {"result": ANSWERS[method]}
        elif method == "workspace/configuration":
            answer = {"result": [None] * len(params["items"])}
        else:
            answer = {"error": {"code": -32601, "message": f"no such method: {method}"}}
        if "id" in said and answer.get("result") is not NO_ANSWER:
            try:
                self.send(id=said["id"], **answer)
            except (OSError, ValueError):
                return

    def _read_stderr(self) -> None:
        err = self.process.stderr
        assert err is not None
        while data := os.read(err.fileno(), 65536):
            self._stderr.append(data)
