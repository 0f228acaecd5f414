"""The replay provider: answers come from a cassette, and nothing is ever invented."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from autopack import fault
from autopack.errors import ProviderError
from autopack.llm.cassette import Cassette, prompt_of
from autopack.llm.cassette_lines import CassetteLine
from autopack.llm.failures import failure, kind_of
from autopack.llm.provider import ANSWER, REQUEST, parsed
from autopack.model.completion import Completion, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReplayProvider:
    """`spent` is what the journal says each line (by number) has already answered; further answers and errors of this
    process are counted on top. A request cancelled before its answer arrived spends nothing."""

    name = "cassette"

    def __init__(self, cassette: Cassette, spent: Mapping[int, int] | None = None) -> None:
        self.cassette = cassette
        self._spent = dict(spent or {})

    async def complete(self, request: ModelRequest) -> Completion:
        fault.point(REQUEST)
        line = self.cassette.match(
            request.role, request.phase, request.attempt, request.call, prompt_of(request), self._spent
        )
        self._spent[line.number] = self._spent.get(line.number, 0) + 1
        if line.delay:
            try:
                await asyncio.sleep(min(line.delay, request.timeout))
            except asyncio.CancelledError:
                self._spent[line.number] -= 1
                raise
        if line.delay > request.timeout:
            raise failure(
                f"cassette line {line.number}: no complete answer within {request.timeout:g} s",
                "timeout",
                request_id=_identity(line),
            )
        fault.point(ANSWER)
        if line.error is not None:
            raise _scripted(line)
        return Completion(
            text=line.text,
            usage=line.usage,
            stop_reason=line.stop_reason,
            request_id=_identity(line),
            model=request.model,
            parsed=parsed(line.text, request),
        )

    async def close(self) -> None:
        """Nothing is held open."""

    def unmatched(self) -> tuple[CassetteLine, ...]:
        """Lines that never answered, in this process or, by the journal, before it."""
        return self.cassette.unmatched(self._spent)


def _identity(line: CassetteLine) -> str:
    return f"cassette:{line.number}"


def _scripted(line: CassetteLine) -> ProviderError:
    error = line.error
    assert error is not None
    kind = error.kind or kind_of(error.status, (), error.message)
    what = error.message or (f"status {error.status}" if error.status else error.kind)
    return failure(
        f"cassette line {line.number}: {what}",
        kind,
        status=error.status,
        retry_after=error.retry_after,
        request_id=_identity(line),
    )
