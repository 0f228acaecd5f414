"""The report channel: what is genuine and complete, and what is not."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.testing.records import RecordReader, Session

NONCE, KEY = "n" * 32, "k" * 32


def line(number: int, kind: str, *, key: str = KEY, **fields) -> bytes:
    return coded(json.dumps({"t": kind, "n": number, **fields}).encode(), key)


def coded(body: bytes, key: str = KEY) -> bytes:
    return hashlib.blake2b(body, key=key.encode(), digest_size=16).hexdigest().encode() + b" " + body + b"\n"


def read(*parts: bytes, limit: int = 1 << 20) -> Session:
    """What a reader says that is given these parts one after the other."""
    reader = RecordReader(NONCE, KEY, limit)
    for part in parts:
        reader(part)
    return reader.closed()


START = line(0, "start", mode="plugin", nonce=NONCE, executable="python")
RESULT = line(1, "result", id="t.py::a", outcome="passed", duration=0.1, failure=None)
END = line(2, "end", status=0, results=1, errors=0, collected=1, not_run=[], unfinished=0)
BROKEN = {
    "another key": START + line(1, "result", key="x", id="a", outcome="passed", duration=0, failure=None),
    "a gap": START + END,
    "another number": START + line(5, "result", id="a", outcome="passed", duration=0, failure=None),
    "twice": START + START,
    "no start": line(0, "result", id="a", outcome="passed", duration=0, failure=None),
    "another nonce": line(0, "start", mode="plugin", nonce="other", executable="python"),
    "after the end": START + RESULT + END + line(3, "result", id="b", outcome="passed", duration=0, failure=None),
    "half a record": START + RESULT[:-9],
    "noise": b"hello\n",
    "wrong counts": START + line(1, "end", status=0, results=5, errors=0, collected=5, not_run=[], unfinished=0),
    "no counts": START + line(1, "end", status=0),
    "no list": START + line(1, "silent", workers=None),
    "no outcome of ours": START + line(1, "result", id="a", outcome="great", duration=0, failure=None),
    "no failure": START + line(1, "result", id="a", outcome="failed", duration=0, failure={"path": "a", "line": "b"}),
    "no object": START + coded(b"[1]"),
    "no JSON": START + coded(b'{"t":"end"'),
    "unknown kind": START + line(1, "verdict"),
}


def test_a_whole_session():
    session = read(START + RESULT + END)
    assert session.broken == ""
    assert (session.mode, len(session.results)) == ("plugin", 1)
    assert session.end is not None


@pytest.mark.parametrize("name", BROKEN)
def test_broken_channels(name):
    assert read(BROKEN[name]).broken


@given(st.binary(max_size=100), st.integers(0, 400))
@settings(max_examples=80)
def test_nothing_inserted_is_believed(noise, at):
    whole = START + RESULT + END
    data = whole[:at] + noise + whole[at:]
    session = read(data)
    assert data == whole or session.broken


def test_a_message_may_hold_what_is_half_a_character():
    told = {
        "path": "t.py",
        "line": 3,
        "message": "\ud800 \ud83d\ude00 \udcff",
        "excerpt": "\\ud800",
        "frames": [["t.py", 3]],
    }
    failed = line(1, "result", id="t.py::a[\udcff]", outcome="failed", duration=0.1, failure=told)
    (result,) = read(START + failed).results
    assert result.failure is not None
    assert (result.id, result.failure.message) == ("t.py::a[&#56575;]", "&#55296; \U0001f600 &#56575;")
    assert (result.failure.excerpt, result.failure.frames) == ("\\ud800", [("t.py", 3)])


@given(st.lists(st.integers(0, 700), max_size=12))
def test_it_does_not_matter_in_which_parts_the_bytes_come(cuts):
    whole = START + b"@t.py::a\n" + RESULT + b"@t.py::b\n" + b"half"
    places = [0, *sorted(cuts), len(whole)]
    assert read(*(whole[a:b] for a, b in pairwise(places))) == read(whole)
    assert (read(whole).running, len(read(whole).results)) == ("t.py::b", 1)


def test_a_flood_is_no_report_and_is_not_kept():
    reader = RecordReader(NONCE, KEY, limit=10_000_000)
    tracemalloc.start()
    for _ in range(3000):
        reader(bytes(65_536))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "flooded" in reader.closed().broken
    assert peak < 25_000_000
    whole = START + RESULT + END
    assert read(whole, limit=len(whole)).broken == "" != read(whole, limit=len(whole) - 1).broken


def test_what_comes_after_the_first_wrong_record_changes_nothing():
    wrong = read(START + END)
    assert read(START + END, RESULT + b"@t.py::b\n" + END + b"half") == read(START + END + RESULT) == wrong
