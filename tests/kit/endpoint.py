"""A scripted model endpoint on 127.0.0.1: Anthropic Messages and OpenAI chat completions, streamed or whole.

In a test:

    with ScriptedEndpoint([Reply("hello"), Reply(status=529, headers={"retry-after": "1"})]) as endpoint:
        AsyncAnthropic(api_key="k", base_url=endpoint.anthropic_url)   # OpenAI: endpoint.openai_url
    assert endpoint.requests[0].text.startswith("You are")

The script is a list (one reply a call, in order), or a function from Received to Reply. A process of its own, which
prints its port on the first line and ends on SIGTERM, or when its standard input (a pipe or socket) ends:

    python -m tests.kit.endpoint --script FILE [--port N] [--log FILE]

FILE holds JSON lines: the fields of Reply, and optionally `contains` (text or list, looked for in all the prompt's
text), `model` and `times` (default 1, or "*"); the first line that fits and is not used up answers. Nothing fits: 400.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Reply:
    """`answer` is text, or JSON sent as text. `body` replaces the whole response body (malformed answers). `cut` ends
    the connection after that many body bytes: `cut_how` "close" (truncated transfer), "clean" (a proper end of a short
    body) or "reset". `delay` seconds before the status line, `gap` between stream events of `chunk` characters. `usage`
    None = counted from the text, False = not reported (OpenAI). `stream_error` = an error event after the first piece.
    """

    answer: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    gap: float = 0.0
    chunk: int = 400
    cut: int | None = None
    cut_how: str = "close"
    body: str | None = None
    usage: Any = None
    stop_reason: str | None = None
    stream_error: str = ""
    error_type: str = ""
    error_code: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        return self.answer if isinstance(self.answer, str) else json.dumps(self.answer, ensure_ascii=False)


@dataclass(frozen=True)
class Received:
    """`number` counts from 1; `text` is every piece of prompt text, joined by newlines."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float

    @property
    def text(self) -> str:
        return "\n".join(_texts([self.body.get("system"), self.body.get("messages")]))

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))


Script = Callable[[Received], Reply]


class ScriptedEndpoint:
    """Running between `with` and its end; `requests` is what arrived, `problem` the first thing the script lacked."""

    def __init__(self, script: Script | Iterable[Reply], port: int = 0, log: Path | None = None) -> None:
        self.requests: list[Received] = []
        self.problem = ""
        self._script = script if callable(script) else _in_order(list(script))
        self._lock = threading.Lock()
        self._log = log
        self._stop = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.endpoint = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ScriptedEndpoint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def anthropic_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, Reply]:
        with self._lock:
            received = Received(len(self.requests) + 1, path, headers, body, time.monotonic())
            self.requests.append(received)
            try:
                reply = self._script(received)
            except LookupError as error:
                self.problem = self.problem or f"call {received.number}: {error}"
                reply = Reply(status=400, message=f"endpoint script: {error}")
            if self._log is not None:
                entry = {"number": received.number, "path": path, "status": reply.status, "body": body}
                with self._log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry) + "\n")
        return received.number, reply

    def pause(self, seconds: float) -> None:
        """A scripted delay, over at once when the endpoint closes."""
        if seconds > 0:
            self._stop.wait(seconds)


def rules(lines: Iterable[dict[str, Any]]) -> Script:
    """The script of a file: the first rule that fits and is not used up."""
    left = [[line.get("times", 1), line] for line in lines]

    def script(received: Received) -> Reply:
        for slot in left:
            times, line = slot
            wanted = line.get("contains", [])
            words = [wanted] if isinstance(wanted, str) else wanted
            if times == 0 or line.get("model", received.model) != received.model:
                continue
            if all(word in received.text for word in words):
                if times != "*":
                    slot[0] = times - 1
                return Reply(**{key: line[key] for key in line if key not in ("contains", "times", "model")})
        raise LookupError("no rule fits this request")

    return script


def _in_order(replies: list[Reply]) -> Script:
    def script(received: Received) -> Reply:
        if received.number > len(replies):
            raise LookupError(f"the script has only {len(replies)} replies")
        return replies[received.number - 1]

    return script


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    endpoint: ScriptedEndpoint

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(raw)
        number, reply = endpoint.reply(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        dialect = _anthropic if self.path.split("?")[0].endswith("/v1/messages") else _openai
        endpoint.pause(reply.delay)
        streamed = bool(body.get("stream")) and reply.status < 400 and reply.body is None
        if streamed:
            self._stream(reply, dialect.events(reply, body, number), number)
            return
        if reply.body is not None:
            data = reply.body.encode()
        elif reply.status >= 400:
            data = json.dumps(dialect.error(reply)).encode()
        else:
            data = json.dumps(dialect.whole(reply, body, number)).encode()
        self._whole(reply, data, number)

    def _head(self, reply: Reply, number: int, **headers: str) -> None:
        self.send_response(reply.status)
        named = {"request-id": f"req_{number}", "x-request-id": f"req_{number}", "content-type": "application/json"}
        for key, value in {**named, **headers, **reply.headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def _whole(self, reply: Reply, data: bytes, number: int) -> None:
        short = data if reply.cut is None else data[: reply.cut]
        self._head(reply, number, content_length=str(len(short) if reply.cut_how == "clean" else len(data)))
        self.wfile.write(short)
        self.wfile.flush()
        if reply.cut is not None:
            self._end(reply)

    def _stream(self, reply: Reply, events: Iterator[bytes], number: int) -> None:
        self._head(reply, number, content_type="text/event-stream", transfer_encoding="chunked")
        sent = 0
        for event in events:
            part = event if reply.cut is None else event[: max(0, reply.cut - sent)]
            if part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
            sent += len(part)
            if reply.cut is not None and len(part) < len(event):
                if reply.cut_how == "clean":
                    self.wfile.write(b"0\r\n\r\n")
                self._end(reply)
                return
            self.server.endpoint.pause(reply.gap)
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _end(self, reply: Reply) -> None:
        self.close_connection = reply.cut_how != "clean"
        if reply.cut_how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class _anthropic:
    @staticmethod
    def error(reply: Reply) -> dict[str, Any]:
        names = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
        names |= {404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}
        kind = reply.error_type or names.get(reply.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": reply.message or f"scripted {reply.status}"}}

    @staticmethod
    def usage(reply: Reply, body: dict[str, Any]) -> dict[str, int]:
        default = {"input_tokens": max(1, len(json.dumps(body)) // 4), "output_tokens": max(1, len(reply.text) // 4)}
        return reply.usage or default

    @classmethod
    def whole(cls, reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", ""),
            "content": [{"type": "text", "text": reply.text}],
            "stop_reason": reply.stop_reason or "end_turn",
            "stop_sequence": None,
            "usage": cls.usage(reply, body),
        }

    @classmethod
    def events(cls, reply: Reply, body: dict[str, Any], number: int) -> Iterator[bytes]:
        message = cls.whole(reply, body, number)
        usage = message["usage"]
        opening = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
        yield _event({"type": "message_start", "message": opening}, named=True)
        yield _event(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, named=True
        )
        yield _event({"type": "ping"}, named=True)
        for piece in _pieces(reply):
            delta = {"type": "text_delta", "text": piece}
            yield _event({"type": "content_block_delta", "index": 0, "delta": delta}, named=True)
            if reply.stream_error:
                said = {"type": reply.stream_error, "message": f"scripted {reply.stream_error}"}
                yield _event({"type": "error", "error": said}, named=True)
                return
        yield _event({"type": "content_block_stop", "index": 0}, named=True)
        delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        done = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": usage["output_tokens"]}}
        yield _event(done, named=True)
        yield _event({"type": "message_stop"}, named=True)


class _openai:
    @staticmethod
    def error(reply: Reply) -> dict[str, Any]:
        said = {"message": reply.message or f"scripted {reply.status}", "type": reply.error_type or "scripted"}
        return {"error": {**said, "param": None, "code": reply.error_code or None}}

    @staticmethod
    def usage(reply: Reply, body: dict[str, Any]) -> dict[str, int] | None:
        if reply.usage is False:
            return None
        given = reply.usage or _anthropic.usage(reply, body)
        sent, made = given["input_tokens"], given["output_tokens"]
        total = (sent or 0) + (made or 0)
        usage: dict[str, Any] = {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": total}
        if "cache_read_tokens" in given:
            usage["prompt_tokens_details"] = {"cached_tokens": given["cache_read_tokens"]}
        return usage

    @classmethod
    def whole(cls, reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
        message = {"role": "assistant", "content": reply.text}
        choice = {"index": 0, "message": message, "finish_reason": reply.stop_reason or "stop"}
        head = {"id": f"chatcmpl_{number}", "object": "chat.completion", "created": 0, "model": body.get("model", "")}
        return {**head, "choices": [choice], "usage": cls.usage(reply, body)}

    @classmethod
    def events(cls, reply: Reply, body: dict[str, Any], number: int) -> Iterator[bytes]:
        head = {
            "id": f"chatcmpl_{number}",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": body.get("model", ""),
        }

        def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
            return _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield chunk({"role": "assistant", "content": ""})
        for piece in _pieces(reply):
            yield chunk({"content": piece})
            if reply.stream_error:
                said = {"message": f"scripted {reply.stream_error}", "type": reply.stream_error}
                yield _event({"error": {**said, "code": reply.error_code or None}})
                return
        yield chunk({}, reply.stop_reason or "stop")
        usage = cls.usage(reply, body)
        if usage is not None and (body.get("stream_options") or {}).get("include_usage"):
            yield _event({**head, "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def _pieces(reply: Reply) -> Iterator[str]:
    for start in range(0, len(reply.text), reply.chunk):
        yield reply.text[start : start + reply.chunk]


def _event(data: dict[str, Any], *, named: bool = False) -> bytes:
    name = f"event: {data['type']}\n" if named else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(value.get("text", value.get("content")))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="scripted model endpoint")
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args(argv)
    lines = [json.loads(line) for line in options.script.read_text(encoding="utf-8").splitlines() if line.strip()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ScriptedEndpoint(rules(lines), options.port, options.log) as endpoint:
        print(endpoint.port, flush=True)
        if stat.S_ISCHR(os.fstat(0).st_mode):
            signal.pause()
        sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
