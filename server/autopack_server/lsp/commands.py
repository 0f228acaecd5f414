"""The command table: what `workspace/executeCommand` can be asked, and how a repeated call is answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autopack_server.lsp import contract
from autopack_server.lsp.conversion import give, take
from autopack_server.lsp.refusals import BadArguments, Refused

Handler = Callable[[Any], Awaitable[Any]]

MAX_REMEMBERED = 1000
MAX_KEY = 200

_SPECS = {spec.name: spec for spec in contract.COMMANDS}


class Commands:
    """Only commands that were added are advertised. A handler takes the command's contract value and returns its
    result; it is cancelled when the request is."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}
        self._calls: OrderedDict[str, _Call] = OrderedDict()

    @property
    def names(self) -> list[str]:
        return list(self._handlers)

    def add(self, name: str, handler: Handler) -> None:
        """Serve a command of the contract. Raises ValueError for one that is not in it or is served already."""
        if name not in _SPECS or name in self._handlers:
            raise ValueError(f"{name} is not a command of the contract, or served already")
        self._handlers[name] = handler

    async def run(self, name: str, arguments: Sequence[Any] | None) -> Any:
        """The result as JSON data. A repeated idempotency key gets the first call's result; errors are not kept."""
        handler = self._handlers.get(name)
        if handler is None:
            raise BadArguments(f"there is no command {name}")
        params = take(_SPECS[name].takes, one_object(arguments))
        key = getattr(params, "idempotency_key", "")
        if not key:
            return give(await handler(params))
        if len(key) > MAX_KEY:
            raise BadArguments(f"idempotencyKey: expected at most {MAX_KEY} characters")
        return give(await self._once(key, name, params, handler))

    async def _once(self, key: str, name: str, params: Any, handler: Handler) -> Any:
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(name, params, asyncio.ensure_future(handler(params)))
            call.task.add_done_callback(lambda task: self._settled(key, call))
        elif (call.name, call.params) != (name, params):
            raise Refused(
                f"the idempotency key was used for another call of {call.name}",
                hint="Use a new key for each thing that is to be done once.",
            )
        self._calls.move_to_end(key)
        return await self._wait(key, call)

    async def _wait(self, key: str, call: _Call) -> Any:
        """Wait beside others who asked the same. When the last of them is cancelled, so is the work."""
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        except asyncio.CancelledError:
            if call.waiting == 1 and not call.task.done():
                call.task.cancel()
                self._forget(key, call)
            raise
        finally:
            call.waiting -= 1

    def _settled(self, key: str, call: _Call) -> None:
        if call.task.cancelled() or call.task.exception() is not None:
            self._forget(key, call)
        while len(self._calls) > MAX_REMEMBERED:
            oldest = next((k for k, c in self._calls.items() if c.task.done()), None)
            if oldest is None:
                return
            del self._calls[oldest]

    def _forget(self, key: str, call: _Call) -> None:
        if self._calls.get(key) is call:
            del self._calls[key]


@dataclass
class _Call:
    name: str
    params: Any
    task: asyncio.Future[Any]
    waiting: int = 0


def one_object(arguments: Sequence[Any] | None) -> Any:
    """Every command takes one object; none is an empty one."""
    if not arguments:
        return {}
    if len(arguments) > 1:
        raise BadArguments(f"arguments: expected one object, got {len(arguments)} values")
    return arguments[0]
