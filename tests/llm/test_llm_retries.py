from __future__ import annotations

import asyncio

import pytest
import stamina

from autopack.errors import ProviderError
from autopack.llm import Cassette, ProviderSettings, ReplayProvider, Retry, RetryPolicy, call_with_retries, provider_for
from autopack.llm.failures import failure, retry_after
from autopack.model.completion import Completion, ModelRequest
from tests.kit.endpoint import Reply, ScriptedEndpoint

REQUEST = ModelRequest(
    run="r", phase="p", attempt=1, role="builder", call=1, model="m", system="s", prompt="p", timeout=20
)
NO_WAIT = RetryPolicy(ceiling=0)


class Scripted:
    """Raises or answers what it is given, in order; the last one again and again."""

    name = "scripted"

    def __init__(self, *outcomes: ProviderError | str) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0

    async def complete(self, request: ModelRequest) -> Completion:
        outcome = self.outcomes[min(self.calls, len(self.outcomes) - 1)]
        self.calls += 1
        if isinstance(outcome, ProviderError):
            raise outcome
        return Completion(outcome)

    async def close(self) -> None:
        pass


def run(provider, policy=NO_WAIT, seen=None):
    return asyncio.run(call_with_retries(provider, REQUEST, seen.append if seen is not None else None, policy))


def test_what_may_pass_is_tried_again_and_told_each_time():
    seen: list[Retry] = []
    provider = Scripted(failure("busy", "overloaded"), failure("cut", "connection"), "answer")
    assert run(provider, seen=seen).text == "answer"
    assert [(one.error.kind, one.tried, one.wait) for one in seen] == [("overloaded", 1, 0), ("connection", 2, 0)]


@pytest.mark.parametrize("kind", ["auth", "bad_request", "quota", "cassette"])
def test_what_cannot_pass_is_not_tried_again(kind):
    provider = Scripted(failure("no", kind))
    with pytest.raises(ProviderError):
        run(provider)
    assert provider.calls == 1


def test_tries_are_bounded_and_the_last_error_comes_out():
    provider = Scripted(failure("first", "server"), failure("then", "rate_limit"))
    seen: list[Retry] = []
    with pytest.raises(ProviderError, match="then"):
        run(provider, RetryPolicy(attempts=4, ceiling=0), seen)
    assert (provider.calls, len(seen)) == (4, 3)


def test_waits_grow_with_jitter_and_keep_to_what_the_server_named():
    policy = RetryPolicy()
    for tried, low in ((1, 1), (2, 2), (3, 4), (4, 8), (9, 60)):
        waits = {policy.wait(tried, None) for _ in range(20)}
        assert all(low <= wait <= low + 1 for wait in waits)
        assert len(waits) > 1
    assert all(30 <= policy.wait(1, 30) <= 31 for _ in range(20))
    assert policy.wait(1, 0) == 0
    assert all(policy.wait(1, 7200) == 900 for _ in range(5))


def test_a_wait_beyond_the_deadline_is_not_begun():
    provider = Scripted(failure("limited", "rate_limit", retry_after=600), "answer")
    with pytest.raises(ProviderError, match="limited"):
        run(provider, RetryPolicy(total=5))
    assert provider.calls == 1


def test_the_deadline_holds_over_a_call_that_hangs(tmp_path):
    path = tmp_path / "slow.jsonl"
    path.write_text('{"match": {}, "error": {"status": 500}}\n{"match": {}, "answer": "late", "delay_ms": 60000}\n')

    async def timed() -> float:
        clock = asyncio.get_running_loop().time
        started = clock()
        with pytest.raises(ProviderError, match="500") as caught:
            await call_with_retries(
                ReplayProvider(Cassette.load(path)), REQUEST, policy=RetryPolicy(ceiling=0, total=0.4)
            )
        assert caught.value.kind == "timeout"
        return clock() - started

    assert 0.4 <= asyncio.run(timed()) < 1.2


def test_cancelling_ends_a_wait():
    provider = Scripted(failure("limited", "rate_limit", retry_after=600))
    waiting = asyncio.Event()

    async def cancelled() -> None:
        task = asyncio.create_task(call_with_retries(provider, REQUEST, lambda _: waiting.set()))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(cancelled(), 5))
    assert provider.calls == 1


def test_our_own_defects_are_not_retried():
    class Broken(Scripted):
        async def complete(self, request):
            self.calls += 1
            raise KeyError("bug")

    provider = Broken()
    with pytest.raises(KeyError):
        run(provider)
    assert provider.calls == 1


def test_staminas_own_switch_works_too():
    provider = Scripted(failure("busy", "overloaded"), "answer")
    with stamina.set_testing(True, attempts=10, cap=True):
        assert run(provider, RetryPolicy()).text == "answer"


def test_the_environment_can_only_lower_waits():
    assert RetryPolicy.from_environment({"AUTOPACK_RETRY_WAIT_MAX": "0"}).wait(5, 600) == 0
    assert RetryPolicy.from_environment({"AUTOPACK_RETRY_WAIT_MAX": "1e9"}).ceiling == 900
    assert RetryPolicy.from_environment({"AUTOPACK_RETRY_WAIT_MAX": "soon"}).ceiling == 900
    assert RetryPolicy.from_environment({}, total=60).total == 60


HEADERS = [
    ({"retry-after": "12"}, 12.0),
    ({"retry-after": "1.5"}, 1.5),
    ({"retry-after": "Thu, 01 Jan 1970 00:16:40 GMT"}, 900.0),
    ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
    ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ({"retry-after": "later"}, None),
    ({"retry-after": "-5"}, None),
    ({"retry-after": ""}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), HEADERS)
def test_retry_after_in_every_form(headers, seconds):
    assert retry_after(headers, now=100.0) == seconds


BAD_DAYS = [
    Reply(status=429, headers={"retry-after": "0"}),
    Reply(status=500),
    Reply(status=502, body="<html>"),
    Reply(status=503),
    Reply(status=529),
    Reply("wrong" * 200, cut=700),
    Reply("wrong" * 200, cut=700, cut_how="clean"),
    Reply("wrong" * 200, cut=700, cut_how="reset"),
    Reply("wrong" * 200, cut=0),
    Reply("wrong" * 200, stream_error="overloaded_error"),
    Reply(body="not a stream"),
    Reply(body="event: message_start\ndata: {}\n\n", headers={"content-type": "text/event-stream"}),
]


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
@pytest.mark.parametrize("before", [0, 2])
def test_one_bad_day_at_any_position_never_changes_the_answers(kind, before):
    """Three answers are wanted for each bad day, which strikes before answer `before` + 1; nothing is asked twice."""

    async def answers(endpoint: ScriptedEndpoint) -> list[str]:
        url = endpoint.anthropic_url if kind == "anthropic" else endpoint.openai_url
        model = provider_for(ProviderSettings(kind, api_key="k", base_url=url))
        got = [(await call_with_retries(model, REQUEST, policy=NO_WAIT)).text for _ in range(3 * len(BAD_DAYS))]
        await model.close()
        return got

    script: list[Reply] = []
    for bad in BAD_DAYS:
        right = [Reply(f"answer {n}") for n in range(3)]
        right.insert(before, bad)
        script += right
    with ScriptedEndpoint(script) as endpoint:
        assert asyncio.run(answers(endpoint)) == [f"answer {n}" for n in range(3)] * len(BAD_DAYS)
        assert len(endpoint.requests) == 4 * len(BAD_DAYS)
        assert not endpoint.problem
