from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack.errors import CassetteMismatch, ProviderError, UsageError
from autopack.llm import (
    Cassette,
    RecordingProvider,
    ReplayProvider,
    RetryPolicy,
    call_with_retries,
    line_of,
    spent_lines,
)
from autopack.llm.cassette_lines import KEYS
from autopack.llm.failures import failure
from autopack.model.completion import Completion, ModelRequest, Usage

BUILD = ModelRequest(
    run="r",
    phase="index",
    attempt=1,
    role="builder",
    call=1,
    model="m",
    system="System words.",
    stable="Stable words.",
    prompt="Prompt words AP401.",
)
AUDIT = replace(BUILD, role="auditor")


def cassette(tmp_path: Path, *lines: object) -> Cassette:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return Cassette.load(path)


def ask(provider, request=BUILD):
    return asyncio.run(provider.complete(request))


def test_the_examples_of_the_contract(tmp_path):
    replay = ReplayProvider(
        cassette(
            tmp_path,
            {"match": {"role": "builder", "phase": "index", "attempt": 1}, "answer": {"summary": "é", "files": []}},
            {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}},
            {
                "match": {"role": "builder", "phase": "index", "contains": "AP401"},
                "answer": "text",
                "stop_reason": "max_tokens",
                "usage": {"input_tokens": 900, "output_tokens": 120},
                "delay_ms": 5,
            },
            {"match": {"role": "doctor"}, "error": {"status": 529, "retry_after": 2}},
        )
    )
    assert [ask(replay, AUDIT).text for _ in range(3)] == ['{"approved": true, "issues": []}'] * 3
    first = ask(replay)
    assert (first.text, first.usage, first.stop_reason) == ('{"summary": "é", "files": []}', Usage(), "end")
    second = ask(replay, replace(BUILD, attempt=2))
    assert (second.text, second.stop_reason, second.usage) == ("text", "max_tokens", Usage(900, 120))
    with pytest.raises(ProviderError) as caught:
        ask(replay, replace(BUILD, role="doctor"))
    assert (caught.value.kind, caught.value.status, caught.value.retry_after) == ("overloaded", 529, 2)
    assert [line_of(one.request_id) for one in (first, second, caught.value)] == [1, 3, 4]
    assert replay.unmatched() == ()


def test_the_documented_cassette_loads(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "cassettes.md").read_text()
    block = page.split("```json\n")[1].split("```")[0]
    assert len(cassette(tmp_path, *block.splitlines()).lines) == 5


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"role": "builder"}, True),
        ({"role": "auditor"}, False),
        ({"phase": "other"}, False),
        ({"attempt": 2}, False),
        ({"call": 1}, True),
        ({"call": 2}, False),
        ({"contains": "System words."}, True),
        ({"contains": "Stable words."}, True),
        ({"contains": ["System", "AP401"]}, True),
        ({"contains": ["System", "AP402"]}, False),
        ({"contains": []}, True),
    ],
)
def test_every_condition_must_hold(tmp_path, match, fits):
    replay = ReplayProvider(cassette(tmp_path, {"match": match, "answer": "yes"}))
    if fits:
        assert ask(replay).text == "yes"
    else:
        with pytest.raises(CassetteMismatch):
            ask(replay)


def test_no_match_names_the_call_and_what_is_near(tmp_path):
    replay = ReplayProvider(
        cassette(
            tmp_path,
            {"match": {"role": "builder", "attempt": 1}, "answer": "once"},
            {"match": {"role": "builder", "attempt": 3}, "answer": "later"},
            {"match": {"role": "auditor", "contains": "nowhere"}, "answer": "no"},
        )
    )
    ask(replay)
    with pytest.raises(CassetteMismatch) as spent:
        ask(replay)
    assert "role builder, phase index, attempt 1, call 1" in spent.value.message
    assert "line 1 fits but is spent" in spent.value.hint
    assert not spent.value.retryable
    with pytest.raises(CassetteMismatch) as later:
        ask(replay, replace(BUILD, attempt=2, call=4))
    assert "attempt 2, call 4" in later.value.message
    assert '2: {"role": "builder", "attempt": 3}' in later.value.hint
    with pytest.raises(CassetteMismatch) as missing:
        ask(replay, AUDIT)
    assert "line 3 fits, but the prompt does not contain 'nowhere'" in missing.value.hint
    with pytest.raises(CassetteMismatch) as alone:
        ask(replay, replace(BUILD, role="doctor"))
    assert 'add a line {"match": {"role": "doctor"' in alone.value.hint
    assert [line.number for line in replay.unmatched()] == [2, 3]


def test_spent_is_what_the_journal_says(tmp_path):
    lines = [
        {"match": {}, "times": 2, "answer": "a"},
        {"match": {}, "error": {"kind": "timeout"}},
        {"match": {}, "answer": "c"},
    ]
    tape = cassette(tmp_path, *lines)
    spent = spent_lines(["cassette:1", "req_9", "", "cassette:1", "cassette:2", "cassette:x"])
    assert spent == {1: 2, 2: 1}
    replay = ReplayProvider(tape, spent)
    assert ask(replay).text == "c"
    assert replay.unmatched() == ()
    assert ask(ReplayProvider(tape, {1: 1})).request_id == "cassette:1"


def test_a_call_cancelled_before_its_answer_spends_nothing(tmp_path):
    replay = ReplayProvider(cassette(tmp_path, {"match": {}, "answer": "a", "delay_ms": 60_000}))

    async def cancelled() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(replay.complete(BUILD), 0.01)

    asyncio.run(cancelled())
    assert [line.number for line in replay.unmatched()] == [1]


def test_an_answer_later_than_the_time_out_is_a_time_out_and_spent(tmp_path):
    replay = ReplayProvider(
        cassette(tmp_path, {"match": {}, "answer": "slow", "delay_ms": 60_000}, {"match": {}, "answer": "quick"})
    )
    answer = asyncio.run(call_with_retries(replay, replace(BUILD, timeout=0.02), policy=RetryPolicy(ceiling=0)))
    assert answer.text == "quick"


def test_errors_spend_so_that_a_retry_moves_on(tmp_path):
    replay = ReplayProvider(
        cassette(
            tmp_path,
            *[{"match": {}, "error": {"status": status}} for status in (529, 500, 429)],
            {"match": {}, "answer": "at last"},
        )
    )
    seen = []
    answer = asyncio.run(call_with_retries(replay, BUILD, seen.append, RetryPolicy(ceiling=0)))
    assert answer.text == "at last"
    assert [(one.error.kind, line_of(one.error.request_id)) for one in seen] == [
        ("overloaded", 1),
        ("server", 2),
        ("rate_limit", 3),
    ]


BAD = [
    ("{", "1:2: not JSON"),
    ("[1]", "the line is not an object"),
    ('{"answer": 1}', '"match" is missing'),
    ('{"match": {}}', 'either "answer" or "error"'),
    ('{"match": {}, "answer": 1, "error": {"status": 500}}', 'either "answer" or "error"'),
    ('{"match": {"rol": "x"}, "answer": 1}', "did you mean 'role'"),
    ('{"match": {}, "anwser": 1}', "did you mean 'answer'"),
    ('{"match": {"attempt": "1"}, "answer": 1}', '"attempt" is a whole number from 1'),
    ('{"match": {"attempt": true}, "answer": 1}', '"attempt" is a whole number from 1'),
    ('{"match": {"call": 0}, "answer": 1}', '"call" is a whole number from 1'),
    ('{"match": {"role": 3}, "answer": 1}', '"role" is text'),
    ('{"match": {"contains": {"a": 1}}, "answer": 1}', '"contains" is text or a list of texts'),
    ('{"match": {"contains": null}, "answer": 1}', '"contains" is text or a list of texts'),
    ('{"match": {}, "answer": 1, "times": 0}', '"times" is a whole number from 1, or "*"'),
    ('{"match": {}, "answer": 1, "times": "all"}', '"times" is a whole number from 1, or "*"'),
    ('{"match": {}, "answer": 1, "delay_ms": -1}', '"delay_ms" is a number from 0'),
    ('{"match": {}, "answer": 1, "delay_ms": NaN}', '"delay_ms" is a number from 0'),
    ('{"match": {}, "answer": 1, "stop_reason": "done"}', '"stop_reason" is one of end, max_tokens'),
    ('{"match": {}, "answer": 1, "usage": {"input": 1}}', "unknown key 'input'"),
    ('{"match": {}, "answer": 1, "usage": {"input_tokens": 1.5}}', '"input_tokens" is a whole number'),
    ('{"match": {}, "error": {}}', 'either "status"'),
    ('{"match": {}, "error": {"status": 200}}', '"status" is an HTTP status from 400'),
    ('{"match": {}, "error": {"kind": "sad"}}', '"kind" is one of auth'),
]


@pytest.mark.parametrize(("line", "said"), BAD)
def test_a_bad_line_is_located_and_says_what_to_do(tmp_path, line, said):
    with pytest.raises(UsageError) as caught:
        cassette(tmp_path, line)
    assert "answers.jsonl:1:" in caught.value.message
    assert said in caught.value.message
    assert caught.value.exit_code == 2


def test_all_bad_lines_are_told_at_once_with_their_own_numbers(tmp_path):
    with pytest.raises(UsageError) as caught:
        cassette(tmp_path, '{"match": {}, "answer": 1}', "", "{", '{"match": {}}')
    assert [part.split("answers.jsonl:")[1][:1] for part in caught.value.message.splitlines()] == ["3", "4"]
    with pytest.raises(UsageError, match="and 5 more"):
        cassette(tmp_path, *["{"] * 25)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b'{"match": {}, "answer": "\xff"}\n')
    with pytest.raises(UsageError, match=r"bad\.jsonl:1:26: not UTF-8"):
        Cassette.load(path)
    path.write_bytes(b"[" * 200_000 + b"\n")
    with pytest.raises(UsageError, match="nested too deeply"):
        Cassette.load(path)


def test_a_changed_or_missing_cassette_is_ap713_on_resume_and_a_usage_error_at_the_start(tmp_path):
    tape = cassette(tmp_path, {"match": {}, "answer": "a"})
    assert Cassette.load(tape.path, tape.sha256) == tape
    tape.path.write_text('{"match": {}, "answer": "b"}\n')
    with pytest.raises(CassetteMismatch, match="changed since the run began") as changed:
        Cassette.load(tape.path, tape.sha256)
    tape.path.unlink()
    with pytest.raises(CassetteMismatch) as missing:
        Cassette.load(tape.path, tape.sha256)
    assert (changed.value.code, missing.value.code) == ("AP713", "AP713")
    with pytest.raises(UsageError, match="cannot be read"):
        Cassette.load(tape.path)


@settings(max_examples=80)
@given(
    st.binary(max_size=200)
    | st.builds(
        lambda d: json.dumps(d).encode(),
        st.dictionaries(
            st.sampled_from(KEYS),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                lambda kids: st.lists(kids, max_size=3) | st.dictionaries(st.text(max_size=8), kids, max_size=3),
                max_leaves=6,
            ),
        ),
    )
)
def test_loading_is_total(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("tape") / "t.jsonl"
    path.write_bytes(data)
    try:
        Cassette.load(path)
    except UsageError as error:
        assert "t.jsonl:" in error.message


class Live:
    """Answers from a list, as a real provider would."""

    name = "live"

    def __init__(self, outcomes):
        self.outcomes = list(outcomes)

    async def complete(self, request: ModelRequest) -> Completion:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    async def close(self) -> None:
        pass


def outcomes_of(provider, requests):
    async def run():
        results = []
        for request in requests:
            try:
                one = await provider.complete(request)
                results.append((one.text, one.stop_reason, one.usage))
            except ProviderError as error:
                results.append((error.kind, error.retry_after))
        return results

    return asyncio.run(run())


counts = st.none() | st.integers(0, 10**6)
answers = st.builds(
    Completion,
    text=st.text() | st.builds(json.dumps, st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4))),
    stop_reason=st.sampled_from(["end", "max_tokens", "refusal", "other"]),
    usage=st.builds(Usage, counts, counts, counts, counts),
)
errors = st.builds(
    lambda kind, wait: failure("said", kind, retry_after=wait),
    st.sampled_from(["auth", "rate_limit", "overloaded", "server", "timeout", "connection", "bad_request", "quota"]),
    st.none() | st.integers(0, 900),
)
requests = st.builds(
    lambda role, phase, attempt, call: replace(BUILD, role=role, phase=phase, attempt=attempt, call=call),
    st.sampled_from(["builder", "auditor"]),
    st.sampled_from(["a", "b"]),
    st.integers(1, 3),
    st.integers(1, 2),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(requests, st.lists(errors, max_size=2), answers),
        max_size=6,
        unique_by=lambda one: (one[0].role, one[0].phase, one[0].attempt, one[0].call),
    )
)
def test_a_replay_of_a_recording_reproduces_it(tmp_path_factory, story):
    path = tmp_path_factory.mktemp("tape") / "t.jsonl"
    asked = [request for request, failures, _ in story for _ in range(len(failures) + 1)]
    live = Live([outcome for _, failures, answer in story for outcome in (*failures, answer)])
    recorder = RecordingProvider(live, path, fresh=True)
    recorded = outcomes_of(recorder, asked)
    assert not recorder.problem
    if not asked:
        return
    replay = ReplayProvider(Cassette.load(path))
    assert outcomes_of(replay, asked) == recorded
    assert replay.unmatched() == ()


def test_an_answer_asked_again_after_a_kill_replaces_the_first(tmp_path):
    path = tmp_path / "t.jsonl"
    outcomes_of(RecordingProvider(Live([Completion("lost"), Completion("audit")]), path), [BUILD, AUDIT])
    with path.open("ab") as file:
        file.write(b'{"match": {"role": "bui')
    outcomes_of(RecordingProvider(Live([Completion("kept")]), path), [BUILD])
    replay = ReplayProvider(Cassette.load(path))
    assert [one[0] for one in outcomes_of(replay, [BUILD, AUDIT])] == ["kept", "audit"]
    assert replay.unmatched() == ()
    assert list(tmp_path.iterdir()) == [path]


def test_recordings_are_redacted_private_and_never_overwrite_another(tmp_path):
    path = tmp_path / "sub" / "t.jsonl"
    hide = lambda text: text.replace("s3cret", "[redacted]")  # noqa: E731
    outcomes_of(
        RecordingProvider(Live([Completion("my s3cret"), failure("bad s3cret", "auth")]), path, redact=hide),
        [BUILD, AUDIT],
    )
    assert "s3cret" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="exists already"):
        RecordingProvider(Live([]), path, fresh=True)


def test_a_full_disk_keeps_the_answer_and_the_lines_before_it(tmp_path, monkeypatch):
    path = tmp_path / "t.jsonl"
    recorder = RecordingProvider(Live([Completion("first"), Completion("paid")]), path)
    outcomes_of(recorder, [BUILD])
    before, write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[: len(data) // 2]))
    assert outcomes_of(recorder, [AUDIT])[0][0] == "paid"
    assert "recording is incomplete: No space left" in recorder.problem
    assert path.read_bytes() == before


def test_a_recording_goes_into_a_file_and_nowhere_else(tmp_path):
    for place in (tmp_path, Path("/dev/null")):
        with pytest.raises(UsageError, match="not a file"):
            RecordingProvider(Live([]), place)
