"""A change asked for in parts: a few deliverables a call, what came whole is kept, and all of it is one answer.

    asked -> whole        the part's deliverables are done with, the next part is asked for
    asked -> cut off      what came whole is kept, the rest is asked for alone and in smaller parts
    asked -> asks         leave is asked for instead of a change: that alone is the answer, nothing is kept
    asked -> broken       the part is asked for again alone, with what was wrong; twice in a row refuses the attempt

Pure: the same answers in the same order give the same questions, so that a run that goes on asks as it did before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.changes import CUT, Limits, Whole, envelope_of, leading, named, read_draft
from autopack.errors import AnswerRefused
from autopack.model.changes import PathRequest
from autopack.model.findings import Finding
from autopack.model.rules import finding
from autopack.paths import printable
from autopack.text import plural

PARTS_FROM = 5
PER_PART = 3
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One call: `deliverables` to give now (none: whatever the goal still needs), `later` those asked for after it, `kept`
    what the attempt has already, `trouble` what was wrong with the answer before."""

    number: int
    deliverables: tuple[str, ...]
    later: tuple[str, ...]
    kept: tuple[Whole, ...] = ()
    trouble: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """`open` deliverables are still to be asked for, `size` of them a call, with `most` calls in all; `loose`: the last
    answer was cut off, so more may belong to it; `broken` answers in a row brought nothing; `said` is an answer that is
    all of the change by itself, or asks instead of making one; `requests` came beside files; `refused` says why no part is
    asked for any more, `never` as in AnswerRefused."""

    open: tuple[str, ...]
    size: int
    most: int
    kept: tuple[Whole, ...] = ()
    summaries: tuple[str, ...] = ()
    trouble: tuple[Finding, ...] = ()
    calls: int = 0
    broken: int = 0
    loose: bool = False
    said: str = ""
    requests: tuple[PathRequest, ...] = ()
    refused: tuple[Finding, ...] = ()
    never: bool = False

    @classmethod
    def of(cls, deliverables: Sequence[str], cut_before: int) -> Parts | None:
        """None where one call is asked for the whole change: few deliverables, none of which was cut off before."""
        wanted = tuple(dict.fromkeys(deliverables))
        if len(wanted) < (2 if cut_before else PARTS_FROM):
            return None
        size = 1 if cut_before else PER_PART
        return cls(wanted, size, most=_TRIES * len(wanted) + _TRIES)

    @property
    def refusal(self) -> AnswerRefused | None:
        return AnswerRefused(self.refused, never=self.never) if self.refused else None

    @property
    def done(self) -> bool:
        return bool(self.refused) or not (self.open or self.loose)

    @property
    def next(self) -> Part:
        return Part(self.calls + 1, self.open[: self.size], self.open[self.size :], self.kept, self.trouble)

    @property
    def answer(self) -> str:
        """All of the change as one answer."""
        return self.said or envelope_of(self.kept, " ".join(dict.fromkeys(self.summaries)), self.requests)

    def after(self, text: str, stop_reason: str, limits: Limits) -> Parts:
        """Where things stand once the next part was answered so."""
        asked, here = self.next, replace(self, calls=self.calls + 1, trouble=())
        try:
            draft = read_draft(text, stop_reason, limits)
        except AnswerRefused as refused:
            return here._cut_off(refused, leading(text, limits), limits)
        if draft.only_asks:
            said = envelope_of((), draft.summary, draft.requests)
            return replace(here, open=(), kept=(), loose=False, said=said)
        files = leading(text, limits)
        if len(files) != len(draft.edits):
            return here._not_in_lines(text, [path for edit in draft.edits for path in (edit.path, edit.target)])
        absent = [each for each in asked.deliverables if not _covered(each, files)]
        if absent and not draft.whole:
            told = finding(CUT, f"the answer ends without {_listed(absent)}, and does not say how many files it holds. "
                           'Announce them with "total".')  # fmt: skip
            return here._cut_off(AnswerRefused([told]), files, limits)
        again = here._told_twice(files)
        if again:
            return here._broken(AnswerRefused(again))
        left = tuple(each for each in here.open if each not in asked.deliverables and not _covered(each, files))
        summaries = (*here.summaries, draft.summary.strip()) if draft.summary.strip() else here.summaries
        requests = tuple(dict.fromkeys((*here.requests, *draft.requests)))
        return replace(here._with(files), open=left, summaries=summaries, requests=requests, broken=0, loose=False)

    def _with(self, files: Sequence[Whole]) -> Parts:
        return replace(self, kept=(*self.kept, *(each for each in files if each not in self.kept)))

    def _not_in_lines(self, text: str, paths: Sequence[str]) -> Parts:
        """A diff cannot be joined with other answers: it is all of the change, or it is asked for anew."""
        if not self.kept and all(_covers(each, paths) for each in self.open):
            return replace(self, open=(), loose=False, said=text)
        why = "an answer in parts is given as file objects, one a line; a bare diff cannot be joined with the other parts."
        return self._broken(AnswerRefused([finding("AP201", why)]))

    def _cut_off(self, refused: AnswerRefused, files: tuple[Whole, ...], limits: Limits) -> Parts:
        """An answer that was refused; one that was cut off leaves what came whole, if that says something that can be."""
        if refused.never or not any(each.code == CUT for each in refused.findings):
            return self._broken(refused)
        new = tuple(each for each in files if each not in self.kept)
        again = self._told_twice(new)
        if again:
            return self._broken(AnswerRefused(again))
        try:
            read_draft(envelope_of(new, ""), "end", limits)
        except AnswerRefused as worse:
            return self._broken(worse)
        smaller = replace(self, size=max(1, self.size // 2), loose=True)
        if not new:
            return smaller._broken(refused)
        left = tuple(each for each in self.open if not _covered(each, new))
        return replace(smaller._with(new), open=left, trouble=tuple(refused.findings), broken=0)._bounded(refused)

    def _told_twice(self, files: Sequence[Whole]) -> list[Finding]:
        """Paths that an earlier part gave, given otherwise."""
        before = {path for each in self.kept for path in each.paths}
        twice = {path for each in files if each not in self.kept for path in each.paths if path in before}
        return [
            finding("AP201", f"{printable(path)} was given in an earlier part and is kept; leave it out.", path=path)
            for path in sorted(twice)
        ]

    def _broken(self, refused: AnswerRefused) -> Parts:
        count = self.broken + 1
        again = replace(self, broken=count, trouble=tuple(refused.findings))
        if refused.never or count >= _TRIES:
            return again._refused(refused)
        return again._bounded(refused)

    def _bounded(self, refused: AnswerRefused) -> Parts:
        return self._refused(refused) if self.calls >= self.most and not self.done else self

    def _refused(self, refused: AnswerRefused) -> Parts:
        """What was wrong with the last answer, and how far the parts before it had come."""
        kept = f"; complete in the parts before, and not applied: {named(self.kept)}" if self.kept else ""
        first, *rest = refused.findings
        said = f"{first.message}\n(Part {self.calls}; {plural(len(self.open), 'deliverable')} still open{kept}.)"
        return replace(self, refused=(replace(first, message=said, fingerprint=""), *rest), never=refused.never)


def _covered(deliverable: str, files: Sequence[Whole]) -> bool:
    return _covers(deliverable, [path for each in files for path in each.paths])


def _covers(deliverable: str, paths: Sequence[str]) -> bool:
    """Whether one of the paths is the deliverable, or lies in it where it is a folder."""
    folder = deliverable if deliverable.endswith("/") else f"{deliverable}/"
    return any(path == deliverable or path.startswith(folder) for path in paths)


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(map(printable, paths[:20]))
