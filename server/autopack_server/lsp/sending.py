"""What goes out: answers, notifications, requests to the editor, and the work beside them."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import cattrs
from pygls.protocol import LanguageServerProtocol

from autopack_server.lsp.messages import MsgId
from autopack_server.lsp.outbox import Outbox
from autopack_server.lsp.refusals import error_of, log_failure
from autopack_server.lsp.superseding import key_of

MAX_UNANSWERED = 1000
"""Requests to the editor that wait for its answer; beyond, the oldest is given up."""


class Sending(LanguageServerProtocol):
    """The sending half of the protocol; usable once there is a connection."""

    def __init__(self, server: Any, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self.outbox: Outbox | None = None
        self._background: set[asyncio.Future[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def connect(self, outbox: Outbox) -> None:
        """Messages can be sent from now on, from any thread."""
        self.outbox = outbox
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def run_task(self, work: Awaitable[Any], name: str) -> asyncio.Future[Any]:
        """Run something beside the requests; a failure is logged under `name`."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(lambda done: self._over(done, name))
        return task

    def _over(self, task: asyncio.Future[Any], name: str) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure(error, name)

    def _send_result(self, msg_id: MsgId, method: str, result: Any) -> None:
        try:
            self._send({"jsonrpc": "2.0", "id": msg_id, "result": result})
        except Exception as error:
            self._send_error(msg_id, error_of(error, f"the answer to {method}"))

    def _answer_error(self, msg_id: MsgId | None, code: int, message: str) -> None:
        self._send_error(msg_id, {"code": code, "message": message})

    def _send_error(self, msg_id: MsgId | None, error: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "id": msg_id, "error": error})

    def notify(self, method: str, params: Any | None = None) -> None:
        """Send a notification, from any thread. One that a newer one makes worthless may be replaced by it."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params}, key_of(method, params))

    def send_request(
        self,
        method: str,
        params: Any | None = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MsgId | None = None,
    ) -> Future[Any]:
        """Ask the editor, from any thread; the future is forgotten when it is done, cancelled or given up."""
        number = str(uuid.uuid4()) if msg_id is None else msg_id
        future: Future[Any] = Future()
        if len(self._request_futures) >= MAX_UNANSWERED:
            self._request_futures[next(iter(self._request_futures))].cancel()
        self._request_futures[number] = future
        self._result_types[number] = self.get_result_type(method)
        future.add_done_callback(lambda _: self._forget(number))
        if callback is not None:
            future.add_done_callback(lambda done: done.cancelled() or callback(done.result()))
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return future

    def _forget(self, number: MsgId) -> None:
        self._request_futures.pop(number, None)
        self._result_types.pop(number, None)

    def _send(self, message: dict[str, Any], key: Any = None) -> None:
        """Raises what serialising raises; ASCII, so that no half of a surrogate pair can spoil it."""
        body = json.dumps(message, default=self._serialize_message, allow_nan=False, separators=(",", ":")).encode()
        data = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        if self.outbox is None or self._loop is None:
            raise RuntimeError("there is no connection to send on")
        if threading.get_ident() == self._thread:
            self.outbox.put(data, key)
        else:
            self._loop.call_soon_threadsafe(self.outbox.put, data, key)
