"""What an error becomes on the wire. No text of an exception nobody expected, and no traceback, ever leaves.

AutopackError, Refused     -32050   data {code, message, hint[, lines]}
Overloaded                 -32001   try again
BadArguments               -32602
cancelled                  -32800
anything else              -32603   "internal error <id>"; the id is in the log beside the traceback
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from pygls.exceptions import JsonRpcException

from autopack.errors import AutopackError
from autopack.text import visible
from autopack_server.lsp import contract

MAX_TEXT = 4000
INTERNAL_ERROR = -32603
INVALID_PARAMS = -32602
REQUEST_CANCELLED = -32800

logger = logging.getLogger(__name__)


class Refused(JsonRpcException):
    """The server will not do it: `code` is a rule code or "", `hint` says what to do, `lines` what a person must agree
    to."""

    def __init__(self, message: str, *, hint: str = "", code: str = "", lines: Sequence[str] = ()) -> None:
        data: dict[str, Any] = {"code": code, "message": shown(message), "hint": shown(hint)}
        if lines:
            data["lines"] = [shown(line) for line in lines]
        super().__init__(message=shown(message), code=contract.ERROR, data=data)


class Overloaded(JsonRpcException):
    """Too much is being asked at once; nothing was done."""

    def __init__(self, what: str) -> None:
        super().__init__(message=f"overloaded, retry: {what}", code=contract.OVERLOADED)


class BadArguments(JsonRpcException):
    """Parameters that do not fit; the message names the key and what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(message=shown(message), code=INVALID_PARAMS)


def error_of(error: BaseException, doing: str) -> dict[str, Any]:
    """The JSON-RPC error object of an exception; `doing` names for the log what was being done."""
    if isinstance(error, asyncio.CancelledError):
        return {"code": REQUEST_CANCELLED, "message": "cancelled"}
    if isinstance(error, AutopackError):
        error = Refused(error.message, hint=error.hint, code=error.code)
    if isinstance(error, JsonRpcException) and not _carries_traceback(error):
        told: dict[str, Any] = {"code": error.code, "message": shown(error.message)}
        return told if error.data is None else {**told, "data": error.data}
    return {"code": INTERNAL_ERROR, "message": f"internal error {log_unexpected(error, doing)}"}


def log_failure(error: BaseException, doing: str) -> None:
    """Log what nobody waits for an answer to: a refusal in a line, a defect with its traceback."""
    if isinstance(error, AutopackError | JsonRpcException):
        logger.warning("%s was not done: %s", doing, shown(error.message))
    else:
        log_unexpected(error, doing)


def log_unexpected(error: BaseException, doing: str) -> str:
    """Log a defect of ours with its traceback; the id under which it is found there."""
    number = uuid.uuid4().hex[:8]
    logger.error("internal error %s in %s", number, doing, exc_info=error)
    return number


def shown(text: str) -> str:
    """Text as an editor may show it: line by line, invisible characters spelled out, of bounded length."""
    lines = "\n".join(visible(line) for line in text.splitlines())
    return lines if len(lines) <= MAX_TEXT else lines[: MAX_TEXT - 1] + "…"


def _carries_traceback(error: JsonRpcException) -> bool:
    return isinstance(error.data, dict) and "traceback" in error.data
