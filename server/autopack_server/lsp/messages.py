"""A body as a JSON-RPC message: what it must be before anything acts on it."""

from __future__ import annotations

import json
import re
from array import array
from itertools import accumulate
from typing import Any, NoReturn

MAX_DEPTH = 128
MAX_ID_LENGTH = 1024
MAX_METHOD_LENGTH = 256

PARSE_ERROR = -32700
INVALID_REQUEST = -32600

MsgId = int | str

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class BadMessage(Exception):
    """A body that is no message; the answer carries `code`, and `id` where one could be read."""

    def __init__(self, code: int, message: str, msg_id: MsgId | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = msg_id


def read_message(body: bytes) -> dict[str, Any]:
    """The one JSON object of a body. Raises BadMessage. What it holds is plain data: nested objects are never read as
    messages of their own."""
    if too_deep(body):
        raise BadMessage(PARSE_ERROR, f"JSON nested deeper than {MAX_DEPTH} levels")
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadMessage(PARSE_ERROR, "the body is not UTF-8") from None
    except ValueError:
        raise BadMessage(PARSE_ERROR, "the body is not JSON") from None
    if not isinstance(data, dict):
        told = "batches are not part of LSP" if isinstance(data, list) else "the body is no object"
        raise BadMessage(INVALID_REQUEST, told)
    _check(data)
    return data


def _check(data: dict[str, Any]) -> None:
    msg_id, method = data.get("id"), data.get("method")
    if not (msg_id is None or is_id(msg_id)):
        raise BadMessage(INVALID_REQUEST, "`id` is neither a number nor a string of reasonable length")
    if data.get("jsonrpc") != "2.0":
        raise BadMessage(INVALID_REQUEST, '`jsonrpc` is not "2.0"', msg_id)
    if "method" in data:
        if not isinstance(method, str) or len(method) > MAX_METHOD_LENGTH:
            raise BadMessage(INVALID_REQUEST, "`method` is no string of reasonable length", msg_id)
        if "id" in data and msg_id is None:
            raise BadMessage(INVALID_REQUEST, "the `id` of a request is null")
    elif "id" not in data:
        raise BadMessage(INVALID_REQUEST, "neither `method` nor `id`")


def is_id(value: Any) -> bool:
    """Whether a value can be the id of a request: an integer that every client can hold, or a string."""
    if isinstance(value, str):
        return len(value) <= MAX_ID_LENGTH
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def too_deep(body: bytes) -> bool:
    """Whether brackets nest deeper than the limit, told without recursion and without a loop of Python's own: strings
    are left out, each bracket is a step up or down. Brackets that do not match are left to the JSON parser."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    steps = array("b", _STRING.sub(b"", body).translate(_STEPS, _NO_BRACKETS))
    return max(accumulate(steps), default=0) > MAX_DEPTH


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
