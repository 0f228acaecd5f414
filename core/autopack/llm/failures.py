"""One error taxonomy for every provider: what an HTTP status, an error body or a broken connection means to a run.

    auth         401, 403                        a person must fix the key
    quota        402, credit or quota used up    a person must pay or wait; AP706, never tried again
    bad_request  400, 404, 413, 422 ...          the same request can only fail again
    rate_limit   429                             tried again, after Retry-After where named
    overloaded   529                             tried again
    server       500, 502, 503, malformed body   tried again
    timeout      408, 504, no answer in time     tried again
    connection   refused, reset, cut stream      tried again

Exceptions are told apart by class name and attributes, so that no SDK is imported to say what went wrong.
"""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

from autopack.errors import ProviderError
from autopack.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autopack.model.completion import Usage

_STATUS = {401: "auth", 402: "quota", 403: "auth", 408: "timeout", 429: "rate_limit", 504: "timeout", 529: "overloaded"}
_WORDS = {
    "authentication_error": "auth",
    "permission_error": "auth",
    "invalid_api_key": "auth",
    "billing_error": "quota",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "credits_exhausted": "quota",
    "rate_limit_error": "rate_limit",
    "rate_limit_exceeded": "rate_limit",
    "overloaded_error": "overloaded",
    "timeout_error": "timeout",
}
_QUOTA_TEXT = re.compile(
    r"credit balance|insufficient (?:balance|credits?|funds)|out of credits|spend(?:ing)? limit|usage limits?\b", re.I
)
_HINTS = {
    "auth": "check the key and that it may use this model, then `autopack resume RUN --again`",
    "quota": "add credit or wait for the quota to renew, then `autopack resume RUN --again`",
    "rate_limit": "wait, or lower what runs at the same time, then `autopack resume RUN --again`",
    "overloaded": "wait, then `autopack resume RUN --again`",
    "server": "wait, then `autopack resume RUN --again`",
    "timeout": "check the network, or allow more time for a call, then `autopack resume RUN --again`",
    "connection": "check the network and the provider's base_url, then `autopack resume RUN --again`",
    "bad_request": "check the model's name and limits in the settings",
}


def kind_of(status: int | None, words: tuple[str, ...] = (), text: str = "") -> str:
    """The kind of ProviderError for an HTTP status, the body's own error words (type, code) and its message."""
    if status is not None and 400 <= status < 500 and status not in (401, 403, 408) and _QUOTA_TEXT.search(text):
        return "quota"
    told = [_WORDS[word] for word in words if word in _WORDS]
    if told:
        return told[0]
    if status is None or status < 400:
        return "server"
    return _STATUS.get(status) or ("server" if status >= 500 else "bad_request")


def failure(
    message: str,
    kind: str,
    *,
    status: int | None = None,
    retry_after: float | None = None,
    request_id: str = "",
    usage: Usage | None = None,
) -> ProviderError:
    """A ProviderError with the code and the hint of its kind."""
    return ProviderError(
        message,
        kind=kind,
        status=status,
        retry_after=retry_after,
        request_id=request_id,
        usage=usage,
        hint=_HINTS.get(kind, ""),
        code="AP706" if kind == "quota" else "",
    )


def from_sdk(
    error: Exception,
    name: str,
    redact: Callable[[str], str],
    *,
    usage: Usage | None = None,
    request_id: str = "",
) -> ProviderError:
    """What an SDK or its HTTP client raised, as ProviderError; anything unknown counts as a malformed answer."""
    if isinstance(error, ProviderError):
        error.usage = error.usage or usage
        return error
    names = {cls.__name__ for cls in type(error).__mro__}
    text = redact(shorten(_text(error), 300))
    if names & {"APITimeoutError", "TimeoutException"}:
        return failure(f"{name}: timed out: {text}", "timeout", usage=usage, request_id=request_id)
    if names & {"APIConnectionError", "TransportError", "OSError"}:
        cause = redact(shorten(_text(error.__cause__), 300)) if error.__cause__ else ""
        why = text if cause in text else f"{text} {cause}"
        return failure(f"{name}: connection failed: {why}", "connection", usage=usage, request_id=request_id)
    if "APIError" not in names or "APIResponseValidationError" in names:
        return failure(
            f"{name}: malformed answer: {type(error).__name__}: {text}", "server", usage=usage, request_id=request_id
        )
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = getattr(response, "headers", {})
    status: int | None = getattr(error, "status_code", None)
    if status is not None and status < 400:
        status = None
    identity = request_id or headers.get("request-id") or headers.get("x-request-id") or ""
    kind = kind_of(status, _error_words(getattr(error, "body", None)), text)
    where = f" (request {identity})" if identity else ""
    return failure(
        f"{name}: {status or 'error in the stream'}: {text}{where}",
        kind,
        status=status,
        retry_after=retry_after(headers),
        request_id=identity,
        usage=usage,
    )


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds named by `retry-after-ms` or `retry-after` (a number or a date), None when absent or not readable."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "").strip()
        if not value:
            return None
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now))
    except (ValueError, OverflowError):
        return None


def _error_words(body: Any) -> tuple[str, ...]:
    inner = _inner(body)
    return tuple(str(inner[key]) for key in ("code", "type") if inner.get(key))


def _inner(body: Any) -> dict[str, Any]:
    """The object with code, type and message, whether or not it is wrapped in `error`; {} for any other body."""
    outer = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    error = outer.get("error", outer)
    return cast("dict[str, Any]", error) if isinstance(error, dict) else {}


def _text(error: BaseException) -> str:
    message = _inner(getattr(error, "body", None)).get("message")
    return str(message or str(error) or type(error).__name__)
