"""The owner's ear: commands other surfaces wrote for this run, carried out and answered in their rows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from autopack.engine.actions import ACTIONS
from autopack.engine.desk import Desk
from autopack.engine.work import Work
from autopack.errors import AutopackError, ConflictError, RefusedError, UsageError
from autopack.model.states import PhaseState
from autopack.store import Command, Ownership, Store

POLL_SECONDS = 0.2
_AT_WORK = (PhaseState.EXECUTING, PhaseState.CI_RUNNING, PhaseState.GATE)


class CommandWatch:
    """`changed` is set after a command was carried out. A command that takes the phase in hand away interrupts it and
    is carried out by the run loop (`settle`)."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._watch = work.doors.store.watch()
        self._deferred: list[Command] = []
        self.changed = asyncio.Event()

    async def serve(self) -> None:
        """Until cancelled: poll every 200 ms, carry out what is pending. A journal that cannot be written now is tried
        again: the run's own next write says what is wrong with it."""
        asked = True
        while True:
            if asked or self._watch.changed():
                with suppress(RefusedError):
                    asked = True
                    self._handle_all()
                    asked = False
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        self._watch.close()

    def settle(self) -> None:
        """Carry out what interrupted the phase in hand and what came since, so that nobody waits for an answer."""
        deferred, self._deferred = self._deferred, []
        self._work.interrupt.clear()
        for command in deferred:
            self._carry_out(command)
        self._handle_all()

    def _handle_all(self) -> None:
        waiting = {c.id for c in self._deferred}
        for command in self._work.doors.store.pending(self._work.run):
            if command.id in waiting:
                continue
            if command.verb == "skip" and self._in_hand(command):
                self._deferred.append(command)
                self._work.interrupt.set()
            else:
                self._carry_out(command)
            self.changed.set()

    def _in_hand(self, command: Command) -> bool:
        phase = self._work.phase_in_hand
        return (
            phase is not None
            and command.args.get("phase") == phase.id
            and self._work.journal.phase_state(phase.id) in _AT_WORK
        )

    def _carry_out(self, command: Command) -> None:
        work = self._work
        store, own = work.doors.store, work.journal.own
        if command.verb == "stop":
            work.stop_requested.set()
            _answer(store, own, command, {"ok": True, "state": "stopping"})
        elif command.verb == "retry" and self._in_hand(command):
            text = f"phase {command.args['phase']} is at work, there is nothing to retry"
            _answer(store, own, command, _refusal(ConflictError(text)))
        else:
            work.journal.flush()
            carry_out(store, own, command, work.doors.wall())
            work.journal.reload()


def carry_out(store: Store, own: Ownership, command: Command, now: float) -> None:
    """What a command asks for, and its answer; a refusal is an answer. A journal that takes no writes raises, and the
    command stays for later."""
    action = ACTIONS.get(command.verb)
    try:
        if action is None:
            raise ConflictError(
                f"{command.verb} is not possible while the run is at work", hint=f"First: autopack stop {own.run}"
            )
        action(Desk(store, own, command.actor, now, command.id), command.args)
    except RefusedError:
        raise
    except AutopackError as error:
        _answer(store, own, command, _refusal(error))


def _refusal(error: AutopackError) -> dict[str, Any]:
    return {"ok": False, "code": error.code, "message": error.message, "hint": error.hint,
            "usage": isinstance(error, UsageError)}  # fmt: skip


def _answer(store: Store, own: Ownership, command: Command, result: dict[str, Any]) -> None:
    with store.write(own) as tx:
        tx.answer(command.id, result)
