from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_server.lsp.messages import MAX_DEPTH, BadMessage, is_id, read_message, too_deep


def refusal(body: bytes) -> tuple[int, Any]:
    with pytest.raises(BadMessage) as bad:
        read_message(body)
    return bad.value.code, bad.value.id


def request(**fields: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **fields}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"jsonrpc":"2.0",',
        b'{"jsonrpc": "2.0", "method": "m", "params": NaN}',
        b'{"jsonrpc": "2.0", "method": "m", "params": -Infinity}',
        b'\xff{"jsonrpc": "2.0"}',
        b'{"jsonrpc": "2.0", "method": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        b'{"id": ' + b"9" * 5000 + b"}",
        b"nul",
    ],
)
def test_what_is_no_json_is_a_parse_error(body: bytes) -> None:
    assert refusal(body) == (-32700, None)


@pytest.mark.parametrize(
    ("body", "msg_id"),
    [
        (b"[]", None),
        (b"[" + request(id=1, method="m") + b"]", None),
        (b"3", None),
        (b'"text"', None),
        (b"null", None),
        (b"{}", None),
        (b'{"id": 4, "method": "m"}', 4),
        (b'{"jsonrpc": "1.0", "id": "a", "method": "m"}', "a"),
        (b'{"jsonrpc": 2.0, "id": "a", "method": "m"}', "a"),
        (request(), None),
        (request(id=None, method="m"), None),
        (request(id=True, method="m"), None),
        (request(id=1.5, method="m"), None),
        (request(id=[1], method="m"), None),
        (request(id={"a": 1}, method="m"), None),
        (request(id=2**60, method="m"), None),
        (request(id="x" * 2000, method="m"), None),
        (request(id=7, method=5), 7),
        (request(id=7, method=None), 7),
        (request(id=7, method="m" * 1000), 7),
    ],
)
def test_what_is_no_message_is_an_invalid_request(body: bytes, msg_id: Any) -> None:
    assert refusal(body) == (-32600, msg_id)


def test_nested_jsonrpc_keys_are_data() -> None:
    inner = {"jsonrpc": "2.0", "id": 99, "method": "textDocument/hover", "params": {"jsonrpc": "2.0"}}
    assert read_message(request(id=1, method="m", params=inner))["params"] == inner


def nested(depth: int, opens: str = "[", closes: str = "]") -> bytes:
    """A message whose brackets nest `depth` deep; its own object is one of them."""
    return b'{"jsonrpc": "2.0", "method": "m", "params": %b}' % (opens * (depth - 1) + closes * (depth - 1)).encode()


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":[', "]}"), ('{"a":', "}")])
def test_depth_is_limited(opens: str, closes: str) -> None:
    levels = len([c for c in opens if c in "[{"])
    inner = "0" if opens.endswith(":") else ""
    times = (MAX_DEPTH - 1) // levels

    def body(n: int) -> bytes:
        return b'{"jsonrpc": "2.0", "method": "m", "params": %b}' % (opens * n + inner + closes * n).encode()

    assert read_message(body(times))["method"] == "m"
    assert refusal(body(times + 1)) == (-32700, None)


def test_brackets_in_strings_nest_nothing() -> None:
    text = '[{"' * 1000 + "\\"
    assert read_message(request(method="m", params={"text": text, "list": [[]] * 500}))["params"]["text"] == text


@pytest.mark.parametrize("depth", [1000, 100_000, 5_000_000])
def test_any_depth_is_told_without_recursion(depth: int) -> None:
    for body in (b"[" * depth, b'{"a":' * depth, nested(depth), b'["' + b"[" * depth):
        code, _ = refusal(body)
        assert code == -32700


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=40,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(JSON, st.integers(0, 250))
def test_the_depth_that_is_told_is_the_depth(value: Any, more: int) -> None:
    for _ in range(more):
        value = {"[": value} if more % 2 else [value, "]"]
    assert too_deep(json.dumps(value).encode()) == (depth_of(value) > MAX_DEPTH)


@given(JSON)
def test_a_message_comes_out_as_it_went_in(value: Any) -> None:
    assert read_message(request(id="x", method="m", params=value))["params"] == value


def test_ids() -> None:
    assert all(map(is_id, (0, -1, 2**31, "", "a")))
    assert not any(map(is_id, (None, True, 1.0, 2**53, [], sys)))
