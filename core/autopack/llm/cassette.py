"""Cassettes: scripted answers as JSON lines, and which line answers a call. The format is in docs/cassettes.md."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.errors import CassetteMismatch, UsageError
from autopack.llm.cassette_lines import CassetteLine, parse_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from autopack.model.completion import ModelRequest


@dataclass(frozen=True, slots=True)
class Cassette:
    """A cassette file as it was read; `spent` in its methods says how often each line, by number, has answered."""

    path: Path
    sha256: str
    lines: tuple[CassetteLine, ...]

    @classmethod
    def load(cls, path: Path, expected_sha256: str = "") -> Cassette:
        """Raises UsageError naming every bad line; CassetteMismatch (AP713) when it is not the file expected."""
        try:
            data = path.read_bytes()
        except OSError as error:
            message = f"{path}: the cassette cannot be read: {error.strerror or error}"
            if expected_sha256:
                raise CassetteMismatch(message, kind="cassette", hint=_PUT_BACK) from error
            raise UsageError(message, hint="name an existing cassette file (JSON lines)") from error
        digest = hashlib.sha256(data).hexdigest()
        if expected_sha256 and digest != expected_sha256:
            raise CassetteMismatch(
                f"{path}: the cassette changed since the run began (SHA-256 {digest[:12]}, was {expected_sha256[:12]})",
                kind="cassette",
                hint=_PUT_BACK,
            )
        return cls(path, digest, parse_lines(path, data))

    def match(
        self, role: str, phase: str, attempt: int, call: int, prompt: str, spent: Mapping[int, int]
    ) -> CassetteLine:
        """The first unspent line that fits; `prompt` is all the model would see. Raises CassetteMismatch."""
        for line in self.lines:
            if line.open(spent) and line.fits(role, phase, attempt, call) and all(w in prompt for w in line.contains):
                return line
        raise CassetteMismatch(
            f"{self.path}: no line answers role {role}, phase {phase}, attempt {attempt}, call {call}",
            kind="cassette",
            hint=f"{self._nearest(role, phase, attempt, call, prompt, spent)}; mend the file, then start a new run",
        )

    def unmatched(self, spent: Mapping[int, int]) -> tuple[CassetteLine, ...]:
        """Lines that answered nothing in the whole run."""
        return tuple(line for line in self.lines if not spent.get(line.number))

    def _nearest(self, role: str, phase: str, attempt: int, call: int, prompt: str, spent: Mapping[int, int]) -> str:
        fitting = [line for line in self.lines if line.fits(role, phase, attempt, call)]
        for line in fitting:
            missing = [word for word in line.contains if word not in prompt]
            if missing and line.open(spent):
                return f"line {line.number} fits, but the prompt does not contain {missing[0]!r}"
        if fitting:
            numbers = ", ".join(str(line.number) for line in fitting[:5])
            return f"line {numbers} fits but is spent; add a line, or raise its `times`"
        near = [line for line in self.lines if line.open(spent) and line.match.get("role", role) == role]
        if near:
            return f"unspent lines of this role ask for {'; '.join(f'{ln.number}: {ln.wanted()}' for ln in near[:3])}"
        wanted = f'{{"role": "{role}", "phase": "{phase}", "attempt": {attempt}}}'
        return f'add a line {{"match": {wanted}, "answer": …}}'


_PUT_BACK = "put the file back as it was, or start a new run"


def line_of(request_id: str) -> int | None:
    """The cassette line that made a Completion or a ProviderError with this request id; None for any other provider."""
    prefix, _, number = request_id.partition(":")
    return int(number) if prefix == "cassette" and number.isdigit() else None


def spent_lines(request_ids: Iterable[str]) -> dict[int, int]:
    """How often each line has answered, from the request ids of the journal's answered and failed calls."""
    spent: dict[int, int] = {}
    for number in map(line_of, request_ids):
        if number is not None:
            spent[number] = spent.get(number, 0) + 1
    return spent


def prompt_of(request: ModelRequest) -> str:
    """All the model sees, in order: system, stable prefix, prompt. `contains` looks here."""
    return "\n\n".join(part for part in (request.system, request.stable, request.prompt) if part)
