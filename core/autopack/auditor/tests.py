"""The judge's word on what a change does to tests: a reader where rules have to go by words.

Rules find what an edit takes from a test. Whether the plan asks for just that, or the test asks what it asked in another
form, takes a reader of plan and change. The judge has to quote what it goes by, and a quote that does not stand there word
for word is no ruling. What it does not say beyond doubt leaves a finding as the rules had it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from autopack.auditor.answer import Unreadable, only_object
from autopack.auditor.prompt import shown_patch, stable_part, told_evidence
from autopack.context import boundary, fill, finding_lines, framed, plain
from autopack.model.audit import TestPoint, TestRuling
from autopack.model.completion import Prompt
from autopack.model.evidence import Evidence
from autopack.model.findings import Finding, Severity
from autopack.model.plan import Phase, Plan
from autopack.redaction import Redactor
from autopack.text import shorten

_OUTPUT_TOKENS, _TOKENS_A_POINT = 2048, 512
_MOST_CHARS = 600
_LEAST_WORDS, _LEAST_CHARS = 3, 8
"""A quote of fewer words says nothing, unless it is a whole line of a test and has so many characters: a row of a table."""
_COMMENT = re.compile(r"\s*(?:#|//)")
"""A line that asks nothing, whatever it says."""
_PATTERNS_ONLY = Redactor()
_RULINGS = ("asked", "kept", "lost")

TESTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rulings"],
    "properties": {
        "rulings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["point", "ruling", "quote", "reason"],
                "properties": {
                    "point": {"type": "integer"},
                    "ruling": {"type": "string", "enum": list(_RULINGS)},
                    "quote": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}


def render_tests(
    plan: Plan,
    phase: Phase,
    patch: bytes | str,
    evidence: Evidence,
    notices: Sequence[Finding],
    points: Sequence[tuple[TestPoint, Finding]],
    *,
    attempt: int,
    redactor: Redactor = _PATTERNS_ONLY,
) -> Prompt:
    """`points` are the findings to rule on, with what may settle each."""
    body, facts = shown_patch(patch), told_evidence(phase, evidence, notices)
    told = "\n".join(f"{number}. {_point(*point)}" for number, point in enumerate(points, 1))
    mark = boundary((body, facts, told))
    prompt = fill(
        "auditor_tests", number=f" (attempt {attempt})", mark=mark, patch=framed("patch", body, mark),
        evidence=framed("evidence", facts, mark), points=framed("points", told, mark),
    )  # fmt: skip
    return Prompt(
        system=fill("auditor_tests_system"),
        stable=redactor.text(stable_part(plan, phase)),
        prompt=redactor.text(prompt),
        max_output_tokens=_OUTPUT_TOKENS + _TOKENS_A_POINT * len(points),
        schema=TESTS_SCHEMA,
    )


def parse_tests(
    text: str, points: Sequence[TestPoint], said: str, tests: Iterable[str], *, stop_reason: str = "end"
) -> tuple[tuple[TestRuling, ...], str]:
    """One ruling for each point, in their order, and why some are open ("" = none is). `said` are the plan's words, `tests`
    the files of tests as the change leaves them: where the judge's quotes must stand."""
    nothing = tuple(TestRuling(point.fingerprint, "open") for point in points)
    if stop_reason != "end":
        return nothing, "the judge's answer was cut off or refused"
    try:
        listed = only_object(text, "rulings")["rulings"]
        if not isinstance(listed, list):
            raise Unreadable("`rulings` is not a list")
        given = [_ruling(item) for item in cast("list[Any]", listed)]
    except Unreadable as why:
        return nothing, f"the judge's answer cannot be read: {why}"
    files = ["\n".join(line for line in file.splitlines() if not _COMMENT.match(line)) for file in tests]
    places = {"asked": [_flat(said)], "kept": [_flat(file) for file in files]}
    lines = frozenset(_flat(line) for file in files for line in file.splitlines())
    numbers = [number for number, _ in given]
    by_number = {number: ruling for number, ruling in given if numbers.count(number) == 1}
    made = [_held(by_number.get(number), point, places, lines) for number, point in enumerate(points, 1)]
    unclear = [ruling.reason for ruling in made if ruling.ruling == "open"]
    return tuple(made), "; ".join(dict.fromkeys(unclear))


def ruled_on(found: Iterable[Finding], rulings: Sequence[TestRuling]) -> tuple[Finding, ...]:
    """The findings as the judge leaves them: one that it clears is a warning that stops nothing, one where something is
    lost stops the phase and says what, all others stay as they are. Of two that look alike to their last word neither is
    cleared alone."""
    by_finding = {ruling.fingerprint: ruling for ruling in sorted(rulings, key=lambda one: not one.cleared)}
    return tuple(_ruled(f, by_finding[f.fingerprint]) if f.fingerprint in by_finding else f for f in found)


def _ruled(found: Finding, ruling: TestRuling) -> Finding:
    if ruling.cleared:
        how = "The plan asks for it" if ruling.ruling == "asked" else "It is asked still"
        text = f'{found.message} {how}, as the judge reads it: "{ruling.quote}" ({ruling.reason}).'
        severity = Severity.WARNING if found.blocking else found.severity
        return replace(found, message=text, severity=severity, blocking=False)
    if ruling.ruling == "lost":
        severity = found.severity if found.blocking else Severity.ERROR
        return replace(found, message=f"{found.message} The judge: {ruling.reason}.", severity=severity, blocking=True)
    return found


def _point(point: TestPoint, found: Finding) -> str:
    ways = [word for word, open_ in (("asked", point.asked), ("kept", point.kept)) if open_]
    return f"{finding_lines((found,))[0]} [can be settled as: {', '.join(ways)}]"


def _held(
    given: TestRuling | None, point: TestPoint, places: Mapping[str, Sequence[str]], lines: Collection[str]
) -> TestRuling:
    """The ruling on a point, open where it does not hold."""
    if given is None:
        return TestRuling(point.fingerprint, "open", reason="the judge gave no single ruling on one of them")
    ruled = replace(given, fingerprint=point.fingerprint)
    if not given.reason:
        return replace(ruled, ruling="open", reason="the judge gave no reason for a ruling")
    if not given.cleared:
        return ruled
    if not (point.asked if given.ruling == "asked" else point.kept):
        return replace(ruled, ruling="open", reason=f"the judge ruled `{given.ruling}` where that settles nothing")
    quoted = _flat(given.quote)
    whole = given.ruling == "kept" and len(quoted) >= _LEAST_CHARS and quoted in lines
    told = whole or len(re.findall(r"\w+", quoted)) >= _LEAST_WORDS
    if not told or not any(quoted in text for text in places[given.ruling]):
        return replace(ruled, ruling="open", reason=f'the judge quotes what does not stand there: "{given.quote}"')
    return ruled


def _flat(text: str) -> str:
    return " ".join(plain(text).split()).strip(" \"'`.…").casefold()


def _ruling(item: Any) -> tuple[int, TestRuling]:
    fields = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    number, ruling, quote, reason = (fields.get(name) for name in ("point", "ruling", "quote", "reason"))
    if isinstance(number, bool) or not isinstance(number, int) or ruling not in _RULINGS:
        raise Unreadable("a ruling names no point, or is neither `asked` nor `kept` nor `lost`")
    if not isinstance(quote, str) or not isinstance(reason, str):
        raise Unreadable("`quote` or `reason` of a ruling is not a string")
    quote, reason = (" ".join(plain(text).split()) for text in (quote, reason))
    return number, TestRuling("", str(ruling), shorten(quote, _MOST_CHARS), shorten(reason, _MOST_CHARS).rstrip("."))
