"""Entry of a worker process: `python -m autopack_server.worker`, an order on stdin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack_server.worker.order import OnDetach, Order, Reply

if TYPE_CHECKING:
    from autopack.service import Service

OK, FAILED, STOPPED, REFUSED = 0, 1, 3, 4
STOP_SECONDS = 60
"""How long a stop may take before SIGALRM ends the process. The step in hand has 5 seconds (DESIGN §5); the rest is for
writing down where it stands on a slow disk. What is cut off is made good by the next resume."""


def main() -> int:
    """The exit codes of `autopack run`; 4 when the order was refused."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = Order.parse(_first_line())
    from autopack.service import Service

    try:
        with Service.open(Path(order.repo), editor=order.editor) as service:
            reply, ended = _begin(service, order)
            _answer(reply)
            if ended or not reply.ok:
                return OK if reply.ok else REFUSED
            return asyncio.run(_drive(service, reply.run, order.on_detach))
    except Exception as error:
        return _broken(error)


def _first_line() -> bytes:
    """Up to the first newline of stdin, read unbuffered: what follows belongs to the tie."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            break
        line += piece
    return bytes(line)


def _begin(service: Service, order: Order) -> tuple[Reply, bool]:
    """Make the run exist or take it over; whether there is nothing to drive."""
    from autopack.errors import AutopackError

    asked: list[str] = []

    def trust(lines: list[str]) -> bool:
        asked.extend(lines)
        return order.trust

    options: dict[str, Any] = {k: Path(v) if k in ("cassette", "record") and v else v for k, v in order.options.items()}
    try:
        if order.plan:
            run = service.start(Path(order.plan), trust=trust, **options)
            return Reply(run, service.status(run).state), False
        state = service.resume(order.run, trust=trust, **options)
        return Reply(order.run, state.value), state.ended
    except AutopackError as error:
        lines = asked if error.code == "AP121" else [_located(f) for f in getattr(error, "findings", ())]
        return Reply(code=error.code, message=error.message, hint=error.hint, lines=lines), True


def _located(finding: Any) -> str:
    return f"{finding.where()}: {finding.code} {finding.message}"


def _answer(reply: Reply) -> None:
    """The one reply; after it nothing this process or a child of it prints reaches the server."""
    os.write(1, reply.line())
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.close(quiet)


async def _drive(service: Service, run: str, on_detach: OnDetach) -> int:
    loop = asyncio.get_running_loop()
    tie = _Tie(service, run, on_detach)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, tie.stop)
    loop.add_reader(0, tie.hear)
    end = await service.drive(run)
    loop.remove_reader(0)
    if end.stopped or end.waiting:
        return STOPPED
    return OK if end.state.value == "DONE_SUCCESS" else FAILED


class _Tie:
    """The pipe to the server: what it says, and that it is gone."""

    def __init__(self, service: Service, run: str, on_detach: OnDetach) -> None:
        self._service = service
        self._run = run
        self._on_detach = on_detach
        self._heard = b""

    def hear(self) -> None:
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(0)
            if self._on_detach == "park":
                self.stop()
            return
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))

    def stop(self) -> None:
        signal.alarm(STOP_SECONDS)
        self._service.stop(self._run, "editor")

    def _obey(self, said: dict[str, Any]) -> None:
        if said.get("onDetach") in ("park", "continue"):
            self._on_detach = said["onDetach"]
        if said.get("stop"):
            self.stop()


def _broken(error: Exception) -> int:
    """What no one expected: told on stderr, which the server shows in its log; the journal keeps what was done."""
    import traceback

    from autopack.errors import AutopackError
    from autopack.redaction import Redactor

    told = str(error) if isinstance(error, AutopackError) else "".join(traceback.format_exception(error))
    text = Redactor.from_environment(os.environ).text(told)
    try:
        os.write(2, f"autopack worker: {text}\n".encode())
    except OSError:
        pass
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
