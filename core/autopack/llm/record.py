"""Recording: every answer and error of a provider becomes a cassette line whose replay gives the same run."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from autopack import fault
from autopack.durable import write_whole
from autopack.errors import CassetteMismatch, ProviderError, UsageError
from autopack.llm.provider import Provider, reported
from autopack.model.completion import Completion, ModelRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = fault.register("llm.record", "before an answer is appended to the recording")


class RecordingProvider:
    """`fresh` refuses a file that already holds something; a resumed run goes on in the file it has. An answer asked
    for again (a kill came before it was stored) replaces the one recorded first. When the file cannot be written the
    answer still goes on to the run, and `problem` says what is missing from the recording."""

    def __init__(self, inner: Provider, path: Path, *, redact: Callable[[str], str] = str, fresh: bool = False) -> None:
        self.name = inner.name
        self.path = path
        self.problem = ""
        self._inner = inner
        self._redact = redact
        if path.exists() and not path.is_file():
            raise UsageError(f"{path}: not a file", hint="give --record the name of a file to write")
        if fresh and path.exists() and path.stat().st_size:
            raise UsageError(f"{path}: the recording exists already", hint="give --record a new file name")
        self._answered = _answered(path)

    async def complete(self, request: ModelRequest) -> Completion:
        try:
            completion = await self._inner.complete(request)
        except CassetteMismatch:
            raise
        except ProviderError as error:
            self._keep(_entry(request, error=_scripted(error, self._redact)))
            raise
        text = self._redact(completion.text)
        entry = _entry(request, answer=_compact(text))
        if completion.stop_reason != "end":
            entry["stop_reason"] = completion.stop_reason
        if reported(completion.usage):
            entry["usage"] = _usage(completion.usage)
        self._keep(entry)
        return completion

    async def close(self) -> None:
        await self._inner.close()

    def _keep(self, entry: dict[str, Any]) -> None:
        line = (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
        key = _key(entry)
        try:
            fault.point(RECORD)
            if key in self._answered and "answer" in entry:
                kept = [old for old in _lines(self.path) if not _is_answer_to(old, key)]
                write_whole(self.path, b"".join([*kept, line]))
            else:
                _append(self.path, line)
        except OSError as error:
            self.problem = self.problem or f"{self.path}: the recording is incomplete: {error.strerror or error}"
            return
        if "answer" in entry:
            self._answered.add(key)


def _entry(request: ModelRequest, **said: Any) -> dict[str, Any]:
    match = {"role": request.role, "phase": request.phase, "attempt": request.attempt, "call": request.call}
    return {"match": match, **said}


def _key(entry: dict[str, Any]) -> str:
    return json.dumps(entry["match"], sort_keys=True)


def _compact(text: str) -> Any:
    """The JSON value when sending it gives exactly this text again, else the text."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, dict | list) and json.dumps(value, ensure_ascii=False) == text:
        return cast("Any", value)
    return text


def _scripted(error: ProviderError, redact: Callable[[str], str]) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": error.kind, "message": redact(error.message)}
    if error.retry_after is not None:
        said["retry_after"] = error.retry_after
    return said


def _usage(usage: Usage) -> dict[str, int]:
    return {key: value for key, value in asdict(usage).items() if value is not None}


def _lines(path: Path) -> list[bytes]:
    """Whole lines only: what a kill left unfinished at the end is dropped."""
    data = path.read_bytes() if path.exists() else b""
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


def _answered(path: Path) -> set[str]:
    lines = _lines(path)
    if path.exists() and path.stat().st_size != sum(map(len, lines)):
        write_whole(path, b"".join(lines))
    entries = [entry for entry in map(_read, lines) if entry is not None]
    return {_key(entry) for entry in entries if "answer" in entry}


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    found = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    return found if isinstance(found.get("match"), dict) else None


def _is_answer_to(line: bytes, key: str) -> bool:
    entry = _read(line)
    return entry is not None and "answer" in entry and _key(entry) == key


def _append(path: Path, line: bytes) -> None:
    """One write; a disk that fills up half-way leaves the file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        written = os.write(handle, line)
        if written != len(line):
            os.ftruncate(handle, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(handle)
    finally:
        os.close(handle)
