"""The one retry layer: bounded tries, growing jittered waits, Retry-After up to 15 minutes, one deadline over all."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.errors import ProviderError
from autopack.llm.failures import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autopack.llm.provider import Provider
    from autopack.model.completion import Completion, ModelRequest

RETRY_AFTER_CAP = 900.0
WAIT_VARIABLE = "AUTOPACK_RETRY_WAIT_MAX"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` counts the first try; all times in seconds. `wait_max` bounds the waits of our own choice, `ceiling`
    every wait (0 for tests: no wait at all); `total` is the deadline over all tries and waits."""

    attempts: int = 6
    wait_initial: float = 1.0
    wait_max: float = 60.0
    jitter: float = 1.0
    total: float = 3600.0
    ceiling: float = RETRY_AFTER_CAP

    @classmethod
    def from_environment(cls, env: Mapping[str, str], total: float = 3600.0) -> RetryPolicy:
        """`AUTOPACK_RETRY_WAIT_MAX` (seconds) lowers every wait, for tests of the whole product."""
        try:
            ceiling = min(RETRY_AFTER_CAP, max(0.0, float(env.get(WAIT_VARIABLE, ""))))
        except ValueError:
            ceiling = RETRY_AFTER_CAP
        return cls(total=total, ceiling=ceiling)

    def wait(self, tried: int, retry_after: float | None) -> float:
        """Before try `tried + 1`: what the server named and a little more, else 1, 2, 4 ... with jitter."""
        if retry_after is not None:
            named = min(retry_after, RETRY_AFTER_CAP)
            return min(named + random.uniform(0, min(self.jitter, named / 10)), self.ceiling)
        grown = min(self.wait_initial * 2.0 ** (tried - 1), self.wait_max)
        return min(grown + random.uniform(0, self.jitter), self.ceiling)


@dataclass(frozen=True, slots=True)
class Retry:
    """A try that failed and will be followed by another: `tried` tries so far, the next one after `wait` seconds."""

    error: ProviderError
    tried: int
    wait: float


async def call_with_retries(
    provider: Provider,
    request: ModelRequest,
    on_retry: Callable[[Retry], None] | None = None,
    policy: RetryPolicy | None = None,
) -> Completion:
    """Raises the last ProviderError when tries, deadline or patience end; `on_retry` runs before each wait. A wait that
    would pass the deadline is not begun. Cancelling ends the current try or wait at once."""
    import stamina

    rules = policy or RetryPolicy()
    clock = asyncio.get_running_loop().time
    deadline = clock() + rules.total
    tried = 0
    last: ProviderError | None = None

    def again(error: Exception) -> bool | float:
        nonlocal last
        if not isinstance(error, ProviderError):
            return False
        last = error
        if not error.retryable or tried >= rules.attempts:
            return False
        wait = 0.0 if stamina.is_testing() else rules.wait(tried, error.retry_after)
        if clock() + wait >= deadline:
            return False
        if on_retry is not None:
            on_retry(Retry(error, tried, wait))
        return wait

    try:
        async with asyncio.timeout_at(deadline):
            async for attempt in stamina.retry_context(on=again, attempts=rules.attempts, timeout=None):
                with attempt:
                    tried += 1
                    return await provider.complete(request)
    except TimeoutError as error:
        message = f"{provider.name}: no answer within {rules.total:g} s over {tried} tries"
        if last is not None:
            message += f"; the last one failed with: {last.message}"
        raise failure(message, "timeout") from error
    raise AssertionError("stamina ends by answer or by error")
