"""The report channel: what is genuine and complete, and what is not."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.testing.records import read_records

NONCE, KEY = "n" * 32, "k" * 32


def line(number: int, kind: str, *, key: str = KEY, **fields) -> bytes:
    body = json.dumps({"t": kind, "n": number, **fields}).encode()
    return hashlib.blake2b(body, key=key.encode(), digest_size=16).hexdigest().encode() + b" " + body + b"\n"


START = line(0, "start", mode="plugin", nonce=NONCE)
RESULT = line(1, "result", id="t.py::a", outcome="passed", duration=0.1, failure=None)
END = line(2, "end", status=0, results=1, errors=0, collected=1, not_run=[], unfinished=0)
BROKEN = {
    "another key": START + line(1, "result", key="x", id="a"),
    "a gap": START + END,
    "twice": START + START,
    "no start": line(0, "result", id="a"),
    "another nonce": line(0, "start", mode="plugin", nonce="other"),
    "after the end": START + RESULT + END + line(3, "result", id="b"),
    "half a record": START + RESULT[:-9],
    "noise": b"hello\n",
    "wrong counts": START + line(1, "end", status=0, results=5, errors=0, collected=5, not_run=[], unfinished=0),
    "unknown kind": START + line(1, "verdict"),
}


def test_a_whole_session():
    session = read_records(START + RESULT + END, NONCE, KEY)
    assert session.broken == ""
    assert (session.mode, len(session.results)) == ("plugin", 1)
    assert session.end is not None


@pytest.mark.parametrize("name", BROKEN)
def test_broken_channels(name):
    assert read_records(BROKEN[name], NONCE, KEY).broken


@given(st.binary(max_size=100), st.integers(0, 400))
@settings(max_examples=80)
def test_nothing_inserted_is_believed(noise, at):
    whole = START + RESULT + END
    data = whole[:at] + noise + whole[at:]
    session = read_records(data, NONCE, KEY)
    assert data == whole or session.broken
