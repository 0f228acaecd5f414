"""What runs found, from the followed journal to the diagnostics; the texts of attempts from the private repository."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from autopack.model.approvals import Stage
from autopack.model.findings import Severity, Tree
from autopack_server.lsp.findings.publish import FindingsFeature
from autopack_server.lsp.findings.run_findings import PhaseFindings, RunFindings

if TYPE_CHECKING:
    from autopack.model.findings import Finding
    from autopack.service import ChangedPath, Service, Trees
    from autopack_server.lsp.contract import RequestSnapshot
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

MOST_PLACES = 20
"""Paths of a request that each get a diagnostic; more are told once, at the phase."""
MOST_BYTES = 8 * 1024 * 1024
OVER = ("COMPLETE", "FAILED", "SKIPPED")
_log = logging.getLogger(__name__)


def register(server: AutopackServer) -> None:
    """Sets `server.findings`. Its methods for documents are called by whoever hears of them."""
    feature = server.findings = FindingsFeature(server, server.rule_href)
    texts: dict[tuple[str, str], AttemptTexts] = {}

    async def put(seen: Seen) -> None:
        folder = seen.folder
        service = await folder.service()
        if not server.rule_pages:
            server.rule_pages = (await server.pools.act_in(folder.key, service.rule_pages)).as_uri()
        latest = (await server.runs.follower(folder)).runs.get(seen.run)
        if latest is None or latest.snapshot.state == "DISCARDED":
            return
        key = (folder.key, seen.run)
        if key not in texts:
            texts[key] = AttemptTexts(service, seen.run)
        texts[key].expect(phase.id for phase in latest.snapshot.phases if phase.state not in OVER)
        feature.put(run_findings(latest, texts[key]))

    def drop(folder: Folder, run: str) -> None:
        texts.pop((folder.key, run), None)
        feature.drop(folder.root, run)

    def heard(seen: Seen, before: Seen | None) -> None:
        if seen.snapshot.state == "DISCARDED":
            drop(seen.folder, seen.run)
        elif before is None or before.findings != seen.findings or _states(before) != _states(seen):
            server.run_task(put(seen), f"findings of {seen.run}")

    server.runs.listeners.append(heard)
    server.runs.left.append(drop)

    @server.on_leaving
    async def leave() -> None:
        feature.close()


def _states(seen: Seen) -> list[tuple[str, str]]:
    asked = [(request.phase, request.id) for request in seen.snapshot.requests]
    return [(phase.id, phase.state) for phase in seen.snapshot.phases] + asked


def run_findings(seen: Seen, texts: AttemptTexts) -> RunFindings:
    """The run's findings as they are placed: those of no phase stand with its first."""
    now = seen.snapshot
    standing = {found.phase: found for found in seen.findings}
    asked = {request.phase: request for request in now.requests}
    phases = [
        PhaseFindings(
            phase.id,
            standing[phase.id].attempt if phase.id in standing else max((a.number for a in phase.attempts), default=0),
            phase.goal,
            phase.state,
            (*(standing[phase.id].findings if phase.id in standing else ()), *_asking(now.run, asked.get(phase.id))),
            asked[phase.id].id if phase.id in asked else "",
        )
        for phase in now.phases
    ]
    run_wide = _run_wide(standing[""].findings) if "" in standing else ()
    if run_wide and phases:
        first = phases[0]
        phases[0] = PhaseFindings(
            first.phase, first.attempt, first.title, first.state, (*first.findings, *run_wide), first.request_id
        )
    return RunFindings(seen.folder.root, now.run, now.plan_uri, tuple(phases), texts, seen.folder.uri)


def _asking(run: str, request: RequestSnapshot | None) -> tuple[Finding, ...]:
    """A pending request as findings, so that it is seen and answered where the change would be: at each path where one
    rule asks about a few, else at the phase; a request for a wider scope at the phase that asks."""
    from autopack.model.rules import finding

    if request is None:
        return ()
    few = len(request.codes) == 1 and len(request.paths) <= MOST_PLACES and request.stage != Stage.WIDEN
    places = request.paths if few else [""]
    reasons = {code: told for code, _, told in (reason.partition(" ") for reason in reversed(request.reasons))}
    return tuple(
        finding(code, reasons.get(code, "a person must decide"), path=place, tree=Tree.BASE,
                severity=Severity.WARNING).placed(run=run, phase=request.phase, attempt=request.attempt)
        for code in request.codes
        for place in places
    )  # fmt: skip


def _run_wide(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What ended the run; how the machine is (AP907 and the like) is told by health and report."""
    return tuple(f for f in findings if f.blocking)


class AttemptTexts:
    """The files of a run's attempts on both their sides; blocking. An attempt's trees are looked up once, for they stay
    what they are; those it does not have, again when they are expected."""

    def __init__(self, service: Service, run: str) -> None:
        self._versions = service.versions
        self._run = run
        self._trees: dict[tuple[str, int], Trees] = {}
        self._without: set[tuple[str, int]] = set()
        self._changed: dict[tuple[str, int], list[ChangedPath]] = {}

    def expect(self, phases: Iterable[str]) -> None:
        """Attempts of these phases that made no candidate may have made one since."""
        at_work = set(phases)
        self._without = {key for key in list(self._without) if key[0] not in at_work}

    def base(self, phase: str, attempt: int, path: str) -> str | None:
        trees = self._of(phase, attempt)
        return None if trees is None else self._text(trees.base, path)

    def candidate(self, phase: str, attempt: int, path: str) -> str | None:
        trees = self._of(phase, attempt)
        return None if trees is None else self._text(trees.candidate, path)

    def renames(self, phase: str, attempt: int) -> Mapping[str, str]:
        return {c.path: c.old_path for c in self._all(phase, attempt) if c.old_path}

    def changed(self, phase: str, attempt: int) -> Sequence[str]:
        return [c.path for c in self._all(phase, attempt)]

    def _all(self, phase: str, attempt: int) -> list[ChangedPath]:
        key, trees = (phase, attempt), self._of(phase, attempt)
        if trees is None:
            return []
        if key not in self._changed:
            self._changed[key] = self._versions.changed(trees)
        return self._changed[key]

    def _of(self, phase: str, attempt: int) -> Trees | None:
        """None for an attempt that made no candidate, such as one whose answer was refused."""
        from autopack.errors import UsageError

        key = (phase, attempt)
        if key not in self._trees and key not in self._without:
            try:
                self._trees[key] = self._versions.trees(self._run, phase, attempt)
            except (UsageError, KeyError):
                self._without.add(key)
        return self._trees.get(key)

    def _text(self, tree: str, path: str) -> str | None:
        data = self._versions.read(tree, path)
        if data is None or len(data) > MOST_BYTES or b"\0" in data[:8192]:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None
