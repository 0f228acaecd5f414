"""Diagnostics of runs: a finding, or what a phase comes down to, in the protocol's words.

What many diagnostics have in common (links, data, descriptions) is one object in all of them: thousands are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypedDict

import attrs
from lsprotocol import types

from autopack.model.findings import Finding, Severity
from autopack.model.states import PhaseState
from autopack.text import plural, shorten, visible
from autopack_server.lsp.contract import DiagnosticData
from autopack_server.lsp.findings.run_findings import PhaseFindings, RunFindings

CodeHref = Callable[[str], str | None]
"""Where a rule is explained: a file's or a web page's URI."""

Link = types.DiagnosticRelatedInformation
"""A location worth going to, and why."""

SOURCE = "autopack"
SUFFIX = " (in the proposed change)"
MAX_MESSAGE = 2_000
MAX_RELATED = 100
"""Locations one summary links to; it says when there are more."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is published: `uri` is "" for one that belongs to its phase; `own` is where it stands in the
    attempt's own documents."""

    finding: Finding
    uri: str
    diagnostic: types.Diagnostic
    own: Link | None = None

    @property
    def locations(self) -> int:
        return bool(self.uri) + (self.own is not None)

    def links(self) -> Iterator[Link]:
        """Every location of it, for a summary."""
        said = f"{self.finding.code}: {paragraph(self.finding.message, 160)}"
        if self.uri:
            yield Link(types.Location(self.uri, self.diagnostic.range), said)
        if self.own is not None:
            yield Link(self.own.location, f"{said}{SUFFIX}")


class _Common(TypedDict):
    code: str | None
    code_description: types.CodeDescription | None
    source: str
    data: dict[str, object]


@dataclass(frozen=True)
class Labels:
    """What all diagnostics of one code in one phase carry."""

    run: RunFindings
    phase: PhaseFindings
    code_href: CodeHref
    _made: dict[str, _Common] = field(default_factory=dict[str, _Common])

    def of(self, code: str) -> _Common:
        if code not in self._made:
            phase, href = self.phase, self.code_href(code) if code else None
            data = DiagnosticData(self.run.run, phase.phase, phase.attempt, code, self.run.folder_uri, phase.request_id)
            self._made[code] = {
                "code": code or None,
                "code_description": types.CodeDescription(href) if href else None,
                "source": SOURCE,
                "data": {_camel(name): value for name, value in attrs.asdict(data).items()},
            }
        return self._made[code]


def finding_diagnostic(
    finding: Finding, where: types.Range, message: str, links: Sequence[Link], labels: Labels
) -> types.Diagnostic:
    return types.Diagnostic(
        where, message, _SEVERITIES[finding.severity], related_information=links or None, **labels.of(finding.code)
    )


def summary_diagnostic(where: types.Range, shown: Sequence[Shown], labels: Labels) -> types.Diagnostic | None:
    """The one diagnostic a phase carries on its id; None when there is nothing to tell."""
    phase = labels.phase
    if not (shown or phase.waits or phase.state == PhaseState.FAILED):
        return None
    ranked = sorted(shown, key=_gravity)
    message = _summary(phase, [one.finding for one in ranked])
    locations = sum(one.locations for one in ranked)
    if locations > MAX_RELATED:
        message += f" (the first {MAX_RELATED} of {locations:,} locations are linked)"
    links = [*islice((link for one in ranked for link in one.links()), MAX_RELATED)]
    worst = _SEVERITIES[ranked[0].finding.severity] if ranked else types.DiagnosticSeverity.Error
    severity = types.DiagnosticSeverity.Warning if phase.waits else worst
    common = labels.of(ranked[0].finding.code if ranked else "")
    return types.Diagnostic(where, message, severity, related_information=links or None, **common)


def paragraph(text: str, limit: int = MAX_MESSAGE) -> str:
    """One line of visible characters."""
    short = shorten(text, limit)
    return short if short.isprintable() else visible(short)


def _summary(phase: PhaseFindings, ranked: Sequence[Finding]) -> str:
    counted = ""
    if ranked:
        name = "worst " if len(ranked) > 1 else ""
        counted = f"{plural(len(ranked), 'finding')}, {name}{ranked[0].code}: {paragraph(ranked[0].message, 300)}"
    if phase.waits:
        asked = [finding for finding in ranked if finding.blocking] or ranked
        codes = ", ".join(dict.fromkeys(f"{finding.code} {finding.name}" for finding in asked))
        return f"Waiting for you: {f'{codes}; ' if codes else ''}approve or reject. {counted}".rstrip()
    return f"Failed: {counted or 'no finding says why'}" if phase.state == PhaseState.FAILED else counted


def _gravity(shown: Shown) -> tuple[int, bool, str]:
    finding = shown.finding
    return _SEVERITIES[finding.severity], not finding.blocking, finding.code


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
