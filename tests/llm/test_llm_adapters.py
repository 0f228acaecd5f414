"""Both adapters, on the real SDKs over HTTP, against a scripted endpoint."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import pytest

from autopack.errors import ProviderError
from autopack.llm import Provider, ProviderSettings, provider_for
from autopack.llm import provider as provider_module
from autopack.model.completion import Completion, ModelRequest
from tests.kit.endpoint import Received, Reply, ScriptedEndpoint

KEY = "sk-test-0123456789abcdef"
KINDS = ("anthropic", "openai")
REQUEST = ModelRequest(
    run="r",
    phase="index",
    attempt=1,
    role="builder",
    call=1,
    model="model-x",
    system="You are the builder.",
    stable="The plan.",
    prompt="Do it.",
    max_output_tokens=500,
    timeout=20,
)
LONG = "".join(f"line {n} é\n" for n in range(60))


def provider(kind: str, endpoint: ScriptedEndpoint, **settings: object) -> Provider:
    url = endpoint.anthropic_url if kind == "anthropic" else endpoint.openai_url
    return provider_for(ProviderSettings(kind, base_url=url, **{"api_key": KEY, **settings}))


def ask(kind: str, replies, requests=(REQUEST,), **settings: object):
    """Completions and errors in order, and what the endpoint received."""

    async def run(endpoint: ScriptedEndpoint) -> list[Completion | ProviderError]:
        model = provider(kind, endpoint, **settings)
        results: list[Completion | ProviderError] = []
        for request in requests:
            try:
                results.append(await model.complete(request))
            except ProviderError as error:
                results.append(error)
        await model.close()
        return results

    with ScriptedEndpoint(replies) as endpoint:
        return asyncio.run(run(endpoint)), endpoint.requests


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_comes_whole_with_usage_and_request_id(kind):
    usage = {"input_tokens": 900, "output_tokens": 120}
    (answer,), received = ask(kind, [Reply({"summary": "é", "files": []}, chunk=3, usage=usage)])
    assert answer.text == '{"summary": "é", "files": []}'
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (900, 120)
    assert (answer.stop_reason, answer.request_id, answer.model) == ("end", "req_1", "model-x")
    assert answer.parsed is None
    assert received[0].text.split() == ["You", "are", "the", "builder.", "The", "plan.", "Do", "it."]
    assert KEY in received[0].headers.get("x-api-key", received[0].headers.get("authorization", ""))


def test_anthropic_marks_the_stable_prefix_for_the_cache_and_nothing_else():
    _, received = ask("anthropic", [Reply("ok")])
    body = received[0].body
    stable, prompt = body["messages"][0]["content"]
    assert stable == {"type": "text", "text": "The plan.", "cache_control": {"type": "ephemeral"}}
    assert prompt == {"type": "text", "text": "Do it."}
    assert body["system"] == [{"type": "text", "text": "You are the builder."}]
    assert (body["stream"], body["max_tokens"]) == (True, 500)
    assert "temperature" not in body
    assert "output_config" not in body


def test_anthropic_usage_counts_the_whole_prompt_cached_or_not():
    usage = {
        "input_tokens": 10,
        "output_tokens": 7,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 30,
    }
    (answer,), _ = ask("anthropic", [Reply("ok", usage=usage)])
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (140, 7)
    assert (answer.usage.cache_read_tokens, answer.usage.cache_write_tokens) == (100, 30)


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
@pytest.mark.parametrize("count", [-5_000_000, float("nan"), float("inf"), 10**15, None])
def test_usage_that_can_be_no_count_is_not_reported(kind, count):
    """Else a negative number would give budget back, and NaN would throw a paid answer away."""
    (answer,), received = ask(kind, [Reply("ok", usage={"input_tokens": count, "output_tokens": 7})])
    assert answer.text == "ok" and len(received) == 1
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (None, 7)


def test_openai_reports_cached_tokens_and_no_usage_as_not_reported():
    usage = {"input_tokens": 50, "output_tokens": 5, "cache_read_tokens": 40}
    (with_cache, without), _ = ask("openai", [Reply("ok", usage=usage), Reply("ok", usage=False)], [REQUEST] * 2)
    assert (with_cache.usage.input_tokens, with_cache.usage.cache_read_tokens) == (50, 40)
    assert without.usage.input_tokens is None
    assert without.text == "ok"


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_enforced_only_for_models_that_can(kind):
    request = replace(REQUEST, schema={"type": "object"}, temperature=0.0)
    weak = replace(request, model="weak")
    (answer, other), received = ask(
        kind, [Reply({"a": 1}), Reply("no json")], [request, weak], strict_models=frozenset({"model-x"})
    )
    assert (answer.parsed, other.parsed) == ({"a": 1}, None)
    field = "output_config" if kind == "anthropic" else "response_format"
    assert "'type': 'json_schema'" in str(received[0].body[field])
    assert field not in received[1].body
    assert received[0].body["temperature"] == 0.0


STOPS = [
    ("anthropic", "max_tokens", "max_tokens"),
    ("anthropic", "refusal", "refusal"),
    ("anthropic", "stop_sequence", "end"),
    ("anthropic", "pause_turn", "other"),
    ("openai", "length", "max_tokens"),
    ("openai", "content_filter", "refusal"),
    ("openai", "tool_calls", "other"),
]


@pytest.mark.parametrize(("kind", "said", "meant"), STOPS)
def test_stop_reasons_are_told_in_our_words(kind, said, meant):
    (answer,), _ = ask(kind, [Reply("partial", stop_reason=said)])
    assert (answer.text, answer.stop_reason) == ("partial", meant)


ERRORS = [
    (Reply(status=401), "auth", False),
    (Reply(status=403), "auth", False),
    (Reply(status=402), "quota", False),
    (Reply(status=400), "bad_request", False),
    (Reply(status=404), "bad_request", False),
    (Reply(status=413), "bad_request", False),
    (Reply(status=429), "rate_limit", True),
    (Reply(status=408), "timeout", True),
    (Reply(status=500), "server", True),
    (Reply(status=502, body="<html>bad gateway</html>"), "server", True),
    (Reply(status=503), "server", True),
    (Reply(status=529), "overloaded", True),
    (Reply(status=400, message="Your credit balance is too low to access the API"), "quota", False),
    (Reply(status=400, message="You have reached your specified API usage limits."), "quota", False),
    (Reply(status=429, error_code="insufficient_quota", error_type="insufficient_quota"), "quota", False),
    (Reply(body="<html>hello</html>"), "server", True),
    (Reply(body="event: x\ndata: {]\n\n", headers={"content-type": "text/event-stream"}, cut=3), "connection", True),
    (Reply(LONG, stream_error="overloaded_error"), "overloaded", True),
    (Reply(LONG, stream_error="api_error"), "server", True),
    (Reply(LONG, cut=0), "connection", True),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_has_its_kind_and_one_request_is_made_for_it(kind):
    results, received = ask(kind, [reply for reply, _, _ in ERRORS], [REQUEST] * len(ERRORS))
    assert len(received) == len(ERRORS)
    said = [(error.kind, error.retryable) for error in results]
    assert said == [(kind_of, retryable) for _, kind_of, retryable in ERRORS]
    for error, (reply, kind_of, _) in zip(results, ERRORS, strict=True):
        assert error.code == ("AP706" if kind_of == "quota" else "AP707")
        assert error.status == (reply.status if reply.status >= 400 else None)
        assert error.hint
        assert error.request_id.startswith("req_")


@pytest.mark.parametrize("kind", KINDS)
def test_retry_after_is_read_and_the_key_never_shown(kind):
    replies = [
        Reply(status=429, headers={"retry-after": "7"}),
        Reply(status=401, message=f"Incorrect API key provided: {KEY}"),
    ]
    (limited, refused), _ = ask(kind, replies, [REQUEST] * 2)
    assert limited.retry_after == 7
    assert "[key]" in refused.message
    assert KEY not in str(refused)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["close", "clean", "reset"])
def test_a_stream_cut_anywhere_is_a_connection_error_or_the_whole_answer(kind, how):
    positions = list(range(0, 2000, 61)) + list(range(2000, 8000, 401))
    replies = [Reply(LONG, chunk=100, cut=position, cut_how=how) for position in positions]
    results, received = ask(kind, replies, [REQUEST] * len(replies))
    assert len(received) == len(replies)
    whole = 0
    for result in results:
        if isinstance(result, ProviderError):
            assert result.kind == "connection" or (how == "clean" and result.kind == "server"), result
            assert result.retryable
        else:
            assert (result.text, result.stop_reason) == (LONG, "end")
            whole += 1
    assert 0 < whole < len(results)


@pytest.mark.parametrize("kind", KINDS)
def test_a_break_after_the_stop_reason_costs_no_second_call(kind):
    with ScriptedEndpoint([Reply("whole")]) as endpoint:
        size = _stream_size(kind, endpoint)
    (answer,), _ = ask(kind, [Reply("whole", cut=size - 4)])
    assert (answer.text, answer.stop_reason) == ("whole", "end")


def _stream_size(kind: str, endpoint: ScriptedEndpoint) -> int:
    body = {"model": "model-x", "max_tokens": 500, "messages": [], "stream": True}
    path = "/v1/messages" if kind == "anthropic" else "/v1/chat/completions"
    sent = urllib.request.Request(f"http://127.0.0.1:{endpoint.port}{path}", json.dumps(body).encode())
    with urllib.request.urlopen(sent) as response:
        return len(response.read())


def test_a_broken_stream_still_tells_what_was_reported():
    (error,), _ = ask("anthropic", [Reply(LONG, cut=900, usage={"input_tokens": 33, "output_tokens": 9})])
    assert error.usage.input_tokens == 33


@pytest.mark.parametrize("kind", KINDS)
def test_the_deadline_covers_a_stream_that_keeps_dripping(kind):
    started = time.monotonic()
    (error,), _ = ask(kind, [Reply(LONG, chunk=5, gap=0.05)], [replace(REQUEST, timeout=0.5)])
    assert error.kind == "timeout"
    assert "0.5 s" in error.message
    assert 0.5 <= time.monotonic() - started < 3 * 0.5 + 3  # the SDK's import is in it


@pytest.mark.parametrize("kind", KINDS)
def test_cancelling_ends_the_request(kind):
    async def run(endpoint: ScriptedEndpoint) -> None:
        model = provider(kind, endpoint)
        task = asyncio.create_task(model.complete(REQUEST))
        while not endpoint.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.close()

    with ScriptedEndpoint([Reply("late", delay=60)]) as endpoint:
        asyncio.run(asyncio.wait_for(run(endpoint), 10))


def test_nobody_listening_is_a_connection_error():
    with ScriptedEndpoint([]) as endpoint:
        url = endpoint.openai_url
    model = provider_for(ProviderSettings("openai", api_key=KEY, base_url=url))
    with pytest.raises(ProviderError) as caught:
        asyncio.run(model.complete(REQUEST))
    assert caught.value.kind == "connection"


def test_a_missing_key_names_the_variable_before_anything_is_sent():
    with pytest.raises(ProviderError) as caught:
        provider_for(ProviderSettings("anthropic", key_variable="MY_KEY"))
    assert caught.value.kind == "auth"
    assert "MY_KEY" in caught.value.hint
    assert provider_for(ProviderSettings("openai", base_url="http://127.0.0.1:1/v1")).name == "openai"


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
def test_an_endpoint_without_a_key_is_quoted_as_it_speaks(kind: str):
    (error,), _ = ask(kind, [Reply(status=404, message="none of the models is called that")], api_key="")
    assert "none of the models" in error.message


def _picky(refused: str, message: str):
    def script(received: Received) -> Reply:
        return Reply(status=400, message=message) if refused in received.body else Reply("ok")

    return script


LESSONS = [
    ("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model."),
    ("stream_options", "Unrecognized request argument supplied: stream_options"),
    ("temperature", "Unsupported value: 'temperature' does not support 0.3 with this model."),
]


@pytest.mark.parametrize(("field", "message"), LESSONS)
def test_a_compatible_endpoint_that_refuses_a_field_is_asked_without_it_and_remembered(field, message):
    request = replace(REQUEST, temperature=0.3)
    results, received = ask("openai", _picky(field, message), [request, request])
    assert [result.text for result in results] == ["ok", "ok"]
    assert [field in one.body for one in received] == [True, False, False]
    limits = [one.body.get("max_completion_tokens", one.body.get("max_tokens")) for one in received]
    assert limits == [500, 500, 500]


@pytest.mark.parametrize(("kind", "field"), [("anthropic", "output_config"), ("openai", "response_format")])
def test_a_refused_schema_is_left_out_from_then_on(kind, field):
    request = replace(REQUEST, schema={"type": "object"})
    script = _picky(field, f"{field}: invalid schema: every property must be required")
    results, received = ask(kind, script, [request, request], strict_models=frozenset({"model-x"}))
    assert [result.text for result in results] == ["ok", "ok"]
    assert [field in one.body for one in received] == [True, False, False]


def test_a_limit_that_is_too_high_is_not_mistaken_for_an_unknown_field():
    (error,), received = ask("openai", _picky("max_tokens", "max_tokens is too large: 500. At most 100."))
    assert error.kind == "bad_request"
    assert len(received) == 1


def test_openai_itself_gets_the_new_name_of_the_limit():
    _, received = ask("openai", [Reply("ok")], output_limit="max_completion_tokens")
    assert received[0].body["max_completion_tokens"] == 500
    assert "max_tokens" not in received[0].body


@pytest.mark.parametrize("kind", KINDS)
def test_an_endless_answer_is_cut_and_says_so(kind, monkeypatch):
    monkeypatch.setattr(provider_module, "ANSWER_CHARS", 1000)
    (answer,), _ = ask(kind, [Reply("x" * 5000, chunk=100)])
    assert answer.stop_reason == "max_tokens"
    assert 1000 < len(answer.text) < 1200


def test_importing_the_room_imports_no_sdk():
    heavy = ("anthropic", "openai", "genai_prices", "httpx2", "pydantic")
    code = f"import sys, autopack.llm; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
