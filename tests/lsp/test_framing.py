from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_server.lsp.framing import MAX_BODY, MAX_PASSED_OVER, Frames, PassedOver, Unreadable


def read(*pieces: bytes) -> list[bytes | PassedOver]:
    frames = Frames()
    return [body for piece in pieces for body in frames.feed(piece)]


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


@given(st.lists(st.binary(max_size=60), max_size=6), st.lists(st.integers(0, 400), max_size=12))
def test_bodies_come_out_whole_however_the_stream_is_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(framed, bodies))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    assert read(*(stream[a:b] for a, b in pairwise(edges))) == bodies


def test_byte_by_byte() -> None:
    stream = framed(b'{"a": 1}') + framed(b"") + framed(b"x\r\n\r\ny")
    assert read(*(stream[n : n + 1] for n in range(len(stream)))) == [b'{"a": 1}', b"", b"x\r\n\r\ny"]


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Length:\t2 \r\n\r\n",
        b"Content-Length: 0002\r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\nX-Other: :\r\n\r\n",
        b"X: " + b"x" * 4000 + b"\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_that_are_understood(header: bytes) -> None:
    assert read(header + b"{}") == [b"{}"]


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (b"\r\n", "without Content-Length"),
        (b"Content-Type: x\r\n\r\n", "without Content-Length"),
        (b"Content-Length 2\r\n", "without a colon"),
        (b"Content-Length: -2\r\n", "no number"),
        (b"Content-Length: 2.0\r\n", "no number"),
        (b"Content-Length: 0x2\r\n", "no number"),
        (b"Content-Length: \xc2\xb2\r\n", "no number"),
        (b"Content-Length:\r\n", "no number"),
        (b"Content-Length: 2\r\nContent-Length: 3\r\n", "two different"),
        (b"Content-Length: " + b"9" * 3000 + b"\r\n", "3000 digits"),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", "header line of more than"),
        (b"Content-Length: 1000000000000\r\n", "13 digits"),
        (b"Content-Length: %d\r\n" % (MAX_PASSED_OVER + 1), "announced body"),
        (b"x" * 5000, "header line of more than"),
        (b"X: y\r\n" * 40, "header lines"),
    ],
)
def test_where_no_next_message_can_be_found(stream: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(stream)
    with pytest.raises(Unreadable, match=why):
        read(*(stream[n : n + 1] for n in range(len(stream))))


def test_a_body_of_the_limit_is_read_and_a_longer_one_passed_over() -> None:
    whole = b"x" * MAX_BODY
    assert read(framed(whole)) == [whole]
    stream = framed(whole + b"y") + framed(b"next")
    assert read(*chunks(stream)) == [PassedOver(MAX_BODY + 1), b"next"]


def test_what_is_passed_over_is_not_kept() -> None:
    frames = Frames()
    size = 4 * MAX_BODY
    assert list(frames.feed(b"Content-Length: %d\r\n\r\n" % size)) == [PassedOver(size)]
    for _ in range(4):
        assert list(frames.feed(b"x" * MAX_BODY)) == []
        assert len(frames._buffer) == 0
    assert list(frames.feed(framed(b"next"))) == [b"next"]


def chunks(stream: bytes) -> Iterable[bytes]:
    return (stream[n : n + 65536] for n in range(0, len(stream), 65536))
