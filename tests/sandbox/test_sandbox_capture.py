from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.sandbox.capture import Capture


@settings(max_examples=80, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(0, 200))
def test_head_and_tail_are_exact(chunks, limit):
    capture = Capture(limit)
    for chunk in chunks:
        capture.feed(chunk)
    whole = b"".join(chunks)
    assert capture.total == len(whole)
    assert capture.truncated == (len(whole) > limit)
    if not capture.truncated:
        assert capture.data() == whole
        return
    head, tail = limit - limit // 2, limit // 2
    marker = b"\n[... %d bytes left out ...]\n" % (len(whole) - limit)
    assert capture.data() == whole[:head] + marker + (whole[-tail:] if tail else b"")


def test_memory_stays_bounded_under_single_bytes_and_large_chunks():
    capture = Capture(100_000)
    tracemalloc.start()
    for _ in range(60_000):
        capture.feed(b"x")
    for _ in range(50):
        capture.feed(bytes(1_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert capture.total == 50_060_000
    assert peak < 5_000_000
