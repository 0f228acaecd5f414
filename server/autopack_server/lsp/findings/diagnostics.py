"""Diagnostics of runs: a finding, or what a phase comes down to, in the protocol's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import attrs
from lsprotocol import types

from autopack.model.findings import Finding, Severity
from autopack.model.states import PhaseState
from autopack.text import plural, shorten, visible
from autopack_server.lsp.contract import DiagnosticData
from autopack_server.lsp.findings.run_findings import PhaseFindings, RunFindings

CodeHref = Callable[[str], str | None]
"""Where a rule is explained: a file's or a web page's URI."""

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
class Link:
    """A location worth going to, and why."""

    location: types.Location
    message: str

    def related(self) -> types.DiagnosticRelatedInformation:
        return types.DiagnosticRelatedInformation(self.location, self.message)


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is published: `uri` is "" for one that belongs to its phase; `links` are where else it is seen."""

    finding: Finding
    uri: str
    diagnostic: types.Diagnostic
    links: tuple[Link, ...] = ()


def finding_diagnostic(
    run: RunFindings,
    phase: PhaseFindings,
    finding: Finding,
    where: types.Range,
    message: str,
    links: Sequence[Link],
    code_href: CodeHref,
) -> types.Diagnostic:
    return types.Diagnostic(
        where,
        paragraph(message),
        _SEVERITIES[finding.severity],
        code=finding.code,
        code_description=_description(finding.code, code_href),
        source=SOURCE,
        related_information=[link.related() for link in links] or None,
        data=_data(run, phase, finding.code),
    )


def summary_diagnostic(
    run: RunFindings, phase: PhaseFindings, where: types.Range, shown: Sequence[Shown], code_href: CodeHref
) -> types.Diagnostic | None:
    """The one diagnostic a phase carries on its id; None when there is nothing to tell."""
    failed = phase.state == PhaseState.FAILED
    if not (shown or phase.waits or failed):
        return None
    ranked = sorted(shown, key=lambda one: _gravity(one.finding))
    worst = ranked[0].finding if ranked else None
    code = worst.code if worst else ""
    links = [link for one in ranked for link in _summary_links(one)]
    message = _summary(phase, [one.finding for one in ranked], failed)
    if len(links) > MAX_RELATED:
        message += f" (the first {MAX_RELATED} of {len(links):,} locations are linked)"
    severity = _SEVERITIES[worst.severity] if worst else types.DiagnosticSeverity.Error
    return types.Diagnostic(
        where,
        message,
        types.DiagnosticSeverity.Warning if phase.waits else severity,
        code=code or None,
        code_description=_description(code, code_href) if code else None,
        source=SOURCE,
        related_information=[link.related() for link in links[:MAX_RELATED]] or None,
        data=_data(run, phase, code),
    )


def paragraph(text: str, limit: int = MAX_MESSAGE) -> str:
    """One line of visible characters."""
    return visible(shorten(text, limit))


def _summary(phase: PhaseFindings, ranked: Sequence[Finding], failed: bool) -> str:
    counted = ""
    if ranked:
        name = "worst " if len(ranked) > 1 else ""
        counted = f"{plural(len(ranked), 'finding')}, {name}{ranked[0].code}: {paragraph(ranked[0].message, 300)}"
    if phase.waits:
        asked = [finding for finding in ranked if finding.blocking] or list(ranked)
        codes = ", ".join(dict.fromkeys(f"{finding.code} {finding.name}" for finding in asked))
        return f"Waiting for you: {f'{codes}; ' if codes else ''}approve or reject. {counted}".rstrip()
    return f"Failed: {counted or 'no finding says why'}" if failed else counted


def _summary_links(shown: Shown) -> list[Link]:
    said = f"{shown.finding.code}: {paragraph(shown.finding.message, 160)}"
    here = [Link(types.Location(shown.uri, shown.diagnostic.range), said)] if shown.uri else []
    return [*here, *(Link(link.location, f"{said}{SUFFIX}") for link in shown.links)]


def _gravity(finding: Finding) -> tuple[int, bool, str]:
    return _SEVERITIES[finding.severity], not finding.blocking, finding.code


def _description(code: str, code_href: CodeHref) -> types.CodeDescription | None:
    href = code_href(code)
    return types.CodeDescription(href) if href else None


def _data(run: RunFindings, phase: PhaseFindings, code: str) -> dict[str, object]:
    data = DiagnosticData(run.run, phase.phase, phase.attempt, code, run.folder_uri, phase.request_id)
    return {_camel(name): value for name, value in attrs.asdict(data).items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
