"""JSON-RPC over pygls: who handles a message, and what may be under way at once.

pygls keeps its features, types and workspace; what it does with a message is replaced here, because its own way leaves
requests without an answer, futures behind, and handlers running after they were cancelled. Everything runs on the event
loop: a plain handler at once, an async one as a task that a cancellation reaches.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Generator
from inspect import iscoroutinefunction
from typing import Any, cast, get_args

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound

from autopack_server.lsp.framing import MAX_BODY, PassedOver
from autopack_server.lsp.messages import INVALID_REQUEST, BadMessage, MsgId, read_message
from autopack_server.lsp.refusals import BadArguments, Overloaded, error_of, log_failure, log_unexpected
from autopack_server.lsp.sending import Sending

MAX_IN_FLIGHT = 256
SERVER_NOT_INITIALIZED = -32002
METHOD_NOT_FOUND = -32601

logger = logging.getLogger(__name__)


class Dispatch(Sending):
    """The receiving half of the protocol."""

    def __init__(self, server: Any, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self.initialized = False
        self._running: dict[MsgId, asyncio.Future[Any]] = {}

    def receive(self, body: bytes | PassedOver) -> None:
        """Act on one message. Never raises."""
        if isinstance(body, PassedOver):
            told = f"a message of {body.size} bytes was passed over, at most {MAX_BODY} are read"
            logger.warning("%s", told)
            self._answer_error(None, INVALID_REQUEST, told)
            return
        try:
            data = read_message(body)
        except BadMessage as bad:
            logger.warning("a message of %d bytes cannot be read: %s", len(body), bad.message)
            self._answer_error(bad.id, bad.code, bad.message)
            return
        try:
            if "method" not in data:
                self._take_answer(data)
            elif "id" in data:
                self._take_request(data["id"], data["method"], data.get("params"))
            else:
                self._take_notification(data["method"], data.get("params"))
        except Exception as error:
            log_unexpected(error, f"the dispatch of {data.get('method')!r}")

    def _take_request(self, msg_id: MsgId, method: str, params: Any) -> None:
        refusal = self._refusal(method)
        if msg_id in self._running:
            refusal = INVALID_REQUEST, "a request with this id is under way"
        if refusal:
            self._answer_error(msg_id, *refusal)
            return
        try:
            handler = self._get_handler(method)
            if len(self._running) >= MAX_IN_FLIGHT and method != types.SHUTDOWN:
                raise Overloaded(f"{len(self._running)} requests are under way")
            result = self._begin(handler, (self._params(method, params),))
        except JsonRpcMethodNotFound:
            self._answer_error(msg_id, METHOD_NOT_FOUND, f"there is no method {method!r}")
        except Exception as error:
            self._send_error(msg_id, error_of(error, method))
        else:
            if isinstance(result, Awaitable):
                task = self._running[msg_id] = asyncio.ensure_future(result)
                task.add_done_callback(lambda done: self._answer(msg_id, method, done))
            else:
                self._send_result(msg_id, method, result)

    def _refusal(self, method: str) -> tuple[int, str] | None:
        if self._shutdown:
            return INVALID_REQUEST, "the server is shutting down"
        if method == types.INITIALIZE:
            return (INVALID_REQUEST, "initialize was called before") if self.initialized else None
        return None if self.initialized else (SERVER_NOT_INITIALIZED, "initialize was not called yet")

    def _take_notification(self, method: str, params: Any) -> None:
        if method == types.CANCEL_REQUEST:
            self.cancel(params.get("id") if isinstance(params, dict) else None)
            return
        if method != types.EXIT and (self._shutdown or not self.initialized):
            return
        try:
            result = self._begin(self._get_handler(method), (self._params(method, params),))
        except JsonRpcMethodNotFound:
            logger.debug("no handler of notification %r", method)
        except Exception as error:
            log_failure(error, method)
        else:
            if isinstance(result, Awaitable):
                self.run_task(result, method)

    def _take_answer(self, data: dict[str, Any]) -> None:
        msg_id = data["id"]
        if msg_id is None:
            logger.warning("the editor could not read a message of ours: %r", data.get("error"))
            return
        future = self._request_futures.pop(msg_id, None)
        kind = self._result_types.pop(msg_id, None)
        if future is None or not future.set_running_or_notify_cancel():
            logger.debug("an answer to no request of ours: %r", msg_id)
            return
        try:
            if "error" in data:
                error = self._converter.structure(data["error"], types.ResponseError)
                future.set_exception(JsonRpcException.from_error(error))
            elif kind is None:
                future.set_result(data.get("result"))
            else:
                future.set_result(self._converter.structure({"result": None, **data}, kind).result)
        except Exception:
            future.set_exception(BadArguments("the editor's answer does not fit"))

    def _params(self, method: str, params: Any) -> Any:
        """Typed where LSP defines the method, else as they came; left out is as good as empty. Raises BadArguments."""
        kind = _params_of(self.get_message_type(method))
        if kind is None:
            return params
        if kind is type(None) or (params is None and type(None) in get_args(kind)):
            return None
        try:
            return self._converter.structure({} if params is None else params, kind)
        except Exception as error:
            told = "; ".join(cattrs.transform_error(error, path="params")[:5])
            raise BadArguments(f"the params of {method} do not fit: {_SNAKE.sub(_camel, told)}") from None

    def _begin(self, handler: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """A handler's result, or an awaitable of it where it has to wait."""
        if iscoroutinefunction(handler):
            return handler(*args)
        result = handler(*args)
        return self._drive(result, None) if isinstance(result, Generator) else result

    def _drive(self, steps: Generator[Any, Any, Any], value: Any) -> Any:
        """A built-in of pygls yields to the handlers it calls, and gets their results back."""
        while True:
            try:
                handler, args, _ = steps.send(value)
            except StopIteration as done:
                return done.value
            value = self._begin(handler, args or ())
            if isinstance(value, Awaitable):
                return self._drive_on(steps, value)

    async def _drive_on(self, steps: Generator[Any, Any, Any], waited: Awaitable[Any]) -> Any:
        result = self._drive(steps, await waited)
        return await result if isinstance(result, Awaitable) else result

    def cancel(self, msg_id: Any) -> None:
        """End a request that is under way; it is answered when its handler has let go."""
        task = self._running.get(msg_id) if isinstance(msg_id, int | str) else None
        if task is not None:
            task.cancel()

    def stop(self) -> None:
        """Take no more requests and end those that are under way, both ways; all but the one that asks for it."""
        self._shutdown = True
        for task in list(self._running.values()):
            if task is not asyncio.current_task():
                task.cancel()
        for future in list(self._request_futures.values()):
            future.cancel()

    def _answer(self, msg_id: MsgId, method: str, task: asyncio.Future[Any]) -> None:
        del self._running[msg_id]
        if task.cancelled():
            self._send_error(msg_id, error_of(asyncio.CancelledError(), method))
        elif (error := task.exception()) is not None:
            self._send_error(msg_id, error_of(error, method))
        else:
            self._send_result(msg_id, method, task.result())


def _params_of(message: type[Any] | None) -> Any:
    """The type of a message's params as lsprotocol has it; None for a message that LSP does not know."""
    fields = cast(Any, message).__attrs_attrs__ if message is not None else ()
    return next((field.type for field in fields if field.name == "params"), None)


_SNAKE = re.compile(r"(?<=[a-z])_([a-z])")


def _camel(found: re.Match[str]) -> str:
    return found[1].upper()
