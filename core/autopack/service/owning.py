"""Who acts on a run: this process under the run's lock, or, where another one holds it, that owner through `commands`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from autopack.engine.actions import ACTIONS
from autopack.engine.commands import carry_out
from autopack.engine.desk import Desk
from autopack.errors import ConflictError, LockHeld, UsageError
from autopack.store import Command, Ownership, Store, located

ANSWER_SECONDS = 15.0
_LOOK_SECONDS = 1.0


class Owning:
    """The runs this process holds, and the stop signals of those it drives."""

    def __init__(self) -> None:
        self._held: dict[str, Ownership] = {}
        self._drives: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Event]] = {}

    def held(self, run: str) -> Ownership | None:
        own = self._held.get(run)
        return own if own is not None and own.held else None

    def hold(self, own: Ownership) -> None:
        self._held[own.run] = own

    def take(self, store: Store, run: str) -> Ownership:
        """The run's ownership. What a surface asked an earlier owner to stop has stopped with it. Raises LockHeld, also
        when the run is driven here: its drive alone may write then."""
        if run in self._drives:
            raise LockHeld(f"run {run} is at work in this process")
        own = self.held(run)
        if own is not None:
            return own
        own = store.own(run)
        self.hold(own)
        stops = [c for c in store.pending(run) if c.verb == "stop"]
        if stops:
            with store.write(own) as tx:
                for command in stops:
                    tx.answer(command.id, {"ok": True, "state": "stopped"})
        return own

    def give_back(self, run: str) -> None:
        own = self._held.pop(run, None)
        if own is not None:
            own.release()

    def give_back_all(self) -> None:
        for run in list(self._held):
            self.give_back(run)

    @contextmanager
    def driving(self, run: str, stop: asyncio.Event) -> Generator[None]:
        """While the run is driven in this event loop; its ownership ends with the drive."""
        self._drives[run] = (asyncio.get_running_loop(), stop)
        try:
            yield
        finally:
            self._drives.pop(run, None)
            self.give_back(run)

    @contextmanager
    def borrowed(self, store: Store, run: str) -> Generator[Ownership]:
        """The run's ownership for one action; given back unless it was held before. Raises LockHeld."""
        kept = self.held(run) is not None
        own = self.take(store, run)
        try:
            with located(store.state, run):
                yield own
        finally:
            if not kept:
                self.give_back(run)

    @contextmanager
    def idle(self, store: Store, run: str, verb: str) -> Generator[Ownership]:
        """As `borrowed`, for what no owner can do while it is at work."""
        store.run(run)
        try:
            with self.borrowed(store, run) as own:
                yield own
        except LockHeld as held:
            raise ConflictError(
                f"{verb} is not possible while run {run} is at work", hint=f"First: autopack stop {run}"
            ) from held

    def stop(self, store: Store, run: str, actor: str) -> None:
        """Ask the run to stop: at once when it is driven here, else through its owner."""
        driven = self._drives.get(run)
        if driven is not None:
            loop, event = driven
            loop.call_soon_threadsafe(event.set)
            return
        store.run(run)
        if not store.owned(run):
            raise ConflictError(f"run {run} is not at work", hint=f"autopack status {run}")
        self._send(store, run, "stop", {}, actor)

    def act(self, store: Store, run: str, verb: str, args: dict[str, Any], actor: str) -> dict[str, Any]:
        """Carry an action out under the lock when nobody holds it, else through the owner."""
        store.run(run)
        try:
            with self.borrowed(store, run) as own:
                return ACTIONS[verb](Desk(store, own, actor, time.time()), args)
        except LockHeld:
            return self._send(store, run, verb, args, actor)

    def _send(self, store: Store, run: str, verb: str, args: dict[str, Any], actor: str) -> dict[str, Any]:
        command = store.send(run, verb, args, actor)
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            answered = store.wait_answer(command, _LOOK_SECONDS)
            if answered is not None:
                return _result(answered)
            if not store.owned(run):
                return self._instead(store, run, command)
        return {"recorded": True, "command": command}

    def _instead(self, store: Store, run: str, command_id: int) -> dict[str, Any]:
        """Carry out what the owner left unanswered when it ended."""
        try:
            with self.borrowed(store, run) as own:
                left = store.command(command_id)
                if left is not None and left.answered_at is None and left.verb in ACTIONS:
                    carry_out(store, own, left, time.time())
        except LockHeld:
            pass
        answered = store.wait_answer(command_id, _LOOK_SECONDS)
        return _result(answered) if answered is not None else {"recorded": True, "command": command_id}


def _result(answered: Command) -> dict[str, Any]:
    result = answered.result or {}
    if not result.get("ok"):
        kind = UsageError if result.get("usage") else ConflictError
        raise kind(result["message"], hint=result.get("hint", ""), code=result.get("code", ""))
    return result
