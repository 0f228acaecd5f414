"""Placing: the diagnostics of one run, a function of its findings and of the texts as they are now.

Runs off the event loop, one call at a time. What a file's findings came to is kept until one of its texts changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from lsprotocol import types

from autopack.model.findings import Finding, Related, Tree
from autopack_server.lsp.contract import Side
from autopack_server.lsp.findings.diagnostics import (
    SUFFIX,
    CodeHref,
    Labels,
    Link,
    Shown,
    finding_diagnostic,
    paragraph,
    summary_diagnostic,
)
from autopack_server.lsp.findings.line_map import LineMaps
from autopack_server.lsp.findings.links import AttemptFile, finding_links
from autopack_server.lsp.findings.place import FileTexts, user_place
from autopack_server.lsp.findings.plan_places import PlanPlaces
from autopack_server.lsp.findings.run_findings import PhaseFindings, RunFindings
from autopack_server.lsp.findings.text import Text, TextCache, readable
from autopack_server.lsp.findings.uris import RunDocument, uri_key
from autopack_server.lsp.findings.user_files import (
    NO_FILE,
    DiskFiles,
    OpenDocument,
    OpenDocuments,
    UserFile,
    plan_file,
    user_copy,
)
from autopack_server.lsp.positions import Positions

MAX_CHANGES = 3
"""Changes of other files a finding links to."""


@dataclass(slots=True)
class Placed:
    """What one run says about one document, summaries of phases first."""

    uri: str
    version: int | None
    summaries: list[types.Diagnostic] = field(default_factory=list[types.Diagnostic])
    findings: list[types.Diagnostic] = field(default_factory=list[types.Diagnostic])


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """`documents` by key of their URI; `watched` are the keys, and `names` the file names, whose change matters."""

    documents: dict[str, Placed]
    watched: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Kept:
    inputs: tuple[object, ...]
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class _KeptSummary:
    inputs: tuple[object, ...]
    summary: types.Diagnostic | None


_Group = tuple[str, int, str, str]
"""Phase, attempt, and the file's path in base and candidate."""


class RunCache:
    """What the files and phases of one run came to last time, and the versions read for it; forgotten with the run,
    since a later one may have its name."""

    def __init__(self) -> None:
        self.versions = TextCache(16 * 1024 * 1024)
        self.groups: dict[_Group, _Kept] = {}
        self.summaries: dict[str, _KeptSummary] = {}


class Placer:
    """Places the findings of runs for one client."""

    def __init__(self, positions: Positions, code_href: CodeHref) -> None:
        self.positions = positions
        self.code_href = code_href
        self.maps = LineMaps()
        self.disk = DiskFiles()
        self.plans = PlanPlaces()

    def place(self, run: RunFindings, documents: Iterable[OpenDocument], cache: RunCache) -> PlacedRun:
        """The diagnostics of the run, by document. Reads files and versions."""
        return _Placing(self, run, OpenDocuments(documents), cache).result()


class _Placing:
    """One call of `Placer.place`."""

    def __init__(self, placer: Placer, run: RunFindings, documents: OpenDocuments, cache: RunCache) -> None:
        self.placer = placer
        self.run = run
        self.documents = documents
        self.cache = cache
        self.plan = plan_file(run.plan_uri, documents, placer.disk)
        self.placed: dict[str, Placed] = {}
        self._copies: dict[str, UserFile] = {}
        self.watched = {uri_key(run.plan_uri), uri_key(self.plan.uri)}

    def result(self) -> PlacedRun:
        groups: set[_Group] = set()
        for phase in self.run.phases:
            groups |= self._phase(phase)
        for gone in self.cache.groups.keys() - groups:
            del self.cache.groups[gone]
        names = {PurePosixPath(key).name for key in self.watched}
        return PlacedRun(self.placed, frozenset(self.watched), frozenset(names))

    def _phase(self, phase: PhaseFindings) -> set[_Group]:
        attempt = _Attempt(self, phase)
        groups = attempt.groups(phase.standing)
        shown = [one for group, findings in groups.items() for one in attempt.shown(group, findings)]
        summary = self._summary(attempt, shown)
        if summary is not None:
            self._document(self.plan).summaries.append(summary)
        for one in shown:
            if not one.uri:
                self._document(self.plan).findings.append(one.diagnostic)
        return set(groups)

    def _summary(self, attempt: _Attempt, shown: list[Shown]) -> types.Diagnostic | None:
        inputs: tuple[object, ...] = (attempt.phase, attempt.where, self.run.folder_uri, shown)
        kept = self.cache.summaries.get(attempt.phase.phase)
        if kept is None or kept.inputs != inputs:
            made = summary_diagnostic(attempt.where, shown, attempt.labels)
            kept = self.cache.summaries[attempt.phase.phase] = _KeptSummary(inputs, made)
        return kept.summary

    def _document(self, file: UserFile) -> Placed:
        return self.placed.setdefault(uri_key(file.uri), Placed(file.uri, file.version))

    def show(self, file: UserFile, shown: Sequence[Shown]) -> None:
        """Put those of a file's findings that stand in the user's copy there."""
        there = [one.diagnostic for one in shown if one.uri]
        if there:
            self._document(file).findings += there

    def user_copy(self, path: str) -> UserFile:
        """The user's copy of a path of the base; whatever becomes of it is watched."""
        found = self._copies.get(path)
        if found is None:
            found = user_copy(self.run.folder_root, path, self.documents, self.placer.disk) if path else NO_FILE
            self._copies[path] = found
            self.watched |= {uri_key(uri) for uri in (found.uri, found.path_uri) if uri}
        return found

    def version(self, phase: PhaseFindings, side: Side, path: str) -> Text | None:
        """One side of a file; only what is there is kept, since an attempt's candidate comes into being late."""
        key = (phase.phase, phase.attempt, side, path)
        if not path or key in self.cache.versions:
            return self.cache.versions.get(key)
        read = self.run.versions.base if side == "base" else self.run.versions.candidate
        text = readable(read(phase.phase, phase.attempt, path))
        if text is not None:
            self.cache.versions.put(key, text)
        return text


class _Attempt:
    """The findings of one phase's attempt."""

    def __init__(self, placing: _Placing, phase: PhaseFindings) -> None:
        self.placing = placing
        self.phase = phase
        self.positions = placing.placer.positions
        self._plan = placing.plan.text or Text("")
        self.where = self._plan.to_client(placing.placer.plans.phase(self._plan, phase.phase), self.positions)
        self._entries: dict[str, types.Range] = {}
        self._phase_links: dict[str, Link] = {}
        self.labels = Labels(placing.run, phase, placing.placer.code_href)

    def groups(self, findings: Sequence[Finding]) -> dict[_Group, list[Finding]]:
        """The findings by file, under the name it has on either side."""
        found: dict[_Group, list[Finding]] = {}
        for finding in findings:
            base = self._base_path(finding)
            found.setdefault((self.phase.phase, self.phase.attempt, base, finding.path), []).append(finding)
        return found

    def shown(self, group: _Group, findings: list[Finding]) -> tuple[Shown, ...]:
        """The diagnostics of one file's findings, made anew only when something they are made of changed."""
        placing = self.placing
        *_, base, candidate = group
        user = placing.user_copy(base)
        file = self._file(base, candidate, user.text)
        elsewhere = self._elsewhere if file.unchanged else ()
        inputs: tuple[object, ...] = (
            findings,
            user.uri,
            *(text and (text.digest, text.marked) for text in (file.texts.base, file.texts.candidate, user.text)),
            self.phase.request_id,
            self.phase.title,
            placing.run.folder_uri,
            placing.plan.uri,
            self.where,
            elsewhere,
            *(self._at(finding.entry) for finding in findings),
            *(self._related_key(related) for finding in findings for related in finding.related),
        )
        kept = placing.cache.groups.get(group)
        if kept is None or kept.inputs != inputs:
            made = tuple(self._diagnostic(finding, file, user, elsewhere) for finding in findings)
            kept = placing.cache.groups[group] = _Kept(inputs, made)
        placing.show(user, kept.shown)
        return kept.shown

    def _diagnostic(self, finding: Finding, file: AttemptFile, user: UserFile, elsewhere: tuple[Link, ...]) -> Shown:
        in_file = bool(finding.path) and not (finding.entry and finding.range is None)
        place = user_place(finding, file.texts, self.placing.placer.maps) if in_file else None
        related = [link for each in finding.related if (link := self._related(each)) is not None]
        links = finding_links(finding, place, file, elsewhere, related) if finding.path else related
        own = file.own(finding)
        if place is None or user.text is None:
            told = paragraph(f"{finding.where()}: {finding.message}" if finding.path else finding.message)
            where = self._at(finding.entry)
            return Shown(finding, "", finding_diagnostic(finding, where, told, links, self.labels), own)
        there = user.text.to_client(place.range, self.positions)
        told = paragraph(finding.message) + (SUFFIX if place.in_change else "")
        links.append(self._phase_link(finding.entry))
        return Shown(finding, user.uri, finding_diagnostic(finding, there, told, links, self.labels), own)

    def _at(self, entry: str) -> types.Range:
        """The entry of the phase in the plan, its id for ""."""
        if not entry:
            return self.where
        if entry not in self._entries:
            where = self.placing.placer.plans.entry(self._plan, self.phase.phase, entry)
            self._entries[entry] = self._plan.to_client(where, self.positions)
        return self._entries[entry]

    def _phase_link(self, entry: str) -> Link:
        if entry not in self._phase_links:
            title = f": {self.phase.title}" if self.phase.title else ""
            told = paragraph(f"phase {self.phase.phase}{f', {entry}' if entry else ''}{title}", 200)
            self._phase_links[entry] = Link(types.Location(self.placing.plan.uri, self._at(entry)), told)
        return self._phase_links[entry]

    def _related(self, related: Related) -> Link | None:
        """In the user's copy where the line is no changed one, else in the attempt's own document."""
        user, file = self._sides(related)
        place = user_place(related, file.texts, self.placing.placer.maps)
        told = paragraph(related.message, 200)
        if place is not None and not place.in_change and user.text is not None:
            return Link(types.Location(user.uri, user.text.to_client(place.range, self.positions)), told)
        own = file.own(related)
        if own is None:
            return None
        return Link(own.location, told + (SUFFIX if related.tree is Tree.CANDIDATE else ""))

    def _related_key(self, related: Related) -> tuple[object, ...]:
        """What its link is made of."""
        user, file = self._sides(related)
        return (user.uri, *(text and text.digest for text in (file.texts.base, file.texts.candidate, user.text)))

    def _sides(self, located: Finding | Related) -> tuple[UserFile, AttemptFile]:
        base = self._base_path(located)
        user = self.placing.user_copy(base)
        return user, self._file(base, located.path, user.text)

    def _base_path(self, located: Finding | Related) -> str:
        return self._old.get(located.path, located.path) if located.tree is Tree.CANDIDATE else located.path

    @cached_property
    def _old(self) -> Mapping[str, str]:
        return self.placing.run.versions.renames(self.phase.phase, self.phase.attempt)

    def _file(self, base: str, candidate: str, user: Text | None) -> AttemptFile:
        placing, run, phase = self.placing, self.placing.run, self.phase
        texts = FileTexts(placing.version(phase, "base", base), placing.version(phase, "candidate", candidate), user)
        return AttemptFile(
            texts,
            RunDocument(run.run, phase.phase, phase.attempt, "base", base, run.folder_uri),
            RunDocument(run.run, phase.phase, phase.attempt, "candidate", candidate, run.folder_uri),
            placing.placer.maps,
            self.positions,
        )

    @cached_property
    def _elsewhere(self) -> tuple[Link, ...]:
        """Where the attempt's change begins in the first files it changes."""
        found: list[Link] = []
        for path in sorted(self.placing.run.versions.changed(self.phase.phase, self.phase.attempt)):
            link = self._file(self._old.get(path, path), path, None).first_hunk()
            found += [link] if link is not None else []
            if len(found) == MAX_CHANGES:
                break
        return tuple(found)
