"""All hunks of one file on the lines of the base: each change once, none in another's lines, ends as the file has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autopack.changes.created import create
from autopack.changes.edits import Hunk
from autopack.changes.ladder import Placer, Sighting
from autopack.changes.lines import BOM, FileText
from autopack.changes.placed import Placed, Unplaced
from autopack.changes.refusal import Refusals, excerpt
from autopack.model.changes import Rung
from autopack.paths import printable


class Applied(NamedTuple):
    """A file's bytes after a change, where its hunks were placed, and the highest rung they took."""

    data: bytes
    placed: Sequence[Placed] = ()
    rung: Rung = Rung.STRICT


def apply_hunks(before: bytes, hunks: Sequence[Hunk], path: str, problems: Refusals) -> Applied | None:
    """The file after all hunks, or None with the reasons in `problems`."""
    added = b"".join(line.raw for hunk in hunks for line in hunk.lines if line.sign == "+")
    text = FileText.of(before, added)
    known = len(problems.findings)
    if not before:
        made = create(hunks, path, problems)
        return None if made is None else Applied(b"".join(line.raw for line in made[0].lines), [made[0]], made[1])
    placed, rung = _placed(Placer(text.bodies), hunks, path, problems)
    if len(problems.findings) > known:
        return None
    edits = [run for each in placed for run in _changed_runs(each)]
    return Applied(text.replaced(edits, final_newline=_final_newline(text, placed)), placed, rung)


def _placed(placer: Placer, hunks: Sequence[Hunk], path: str, problems: Refusals) -> tuple[list[Placed], Rung]:
    """All hunks in the order of the file, each change once."""
    found: list[tuple[Hunk, Sighting]] = []
    placed: list[tuple[Placed, Hunk]] = []
    rung = Rung.STRICT
    for hunk in hunks:
        try:
            found.append((hunk, placer.sight(hunk)))
        except Unplaced as error:
            _refuse(placer, hunk, error, path, problems)
    doubtful = any(sighting.elsewhere for _, sighting in found)
    for hunk, sighting in found:
        try:
            placed += [(each, hunk) for each in placer.settle(hunk, sighting, numbers_hold=not doubtful)]
            rung = max(rung, sighting.rung, key=lambda each: each.height)
        except Unplaced as error:
            _refuse(placer, hunk, error, path, problems)
    in_order = sorted(placed, key=lambda each: each[0].start)
    kept: list[Placed] = []
    for each, hunk in in_order:
        if kept and each == kept[-1]:
            continue
        if kept and each.start < kept[-1].stop:
            why = "stands in lines that another hunk covers"
            how = "Join hunks that overlap, and say each change once."
            _refuse(placer, hunk, Unplaced(why, how, each.start), path, problems)
        kept.append(each)
    as_told = len(kept) == len(placed) and in_order == placed
    return kept, rung if as_told or rung is not Rung.STRICT else Rung.RECOUNT


def _refuse(placer: Placer, hunk: Hunk, error: Unplaced, path: str, problems: Refusals) -> None:
    total = len(placer.bodies)
    first = max(1, min(error.near + 1, total))
    last = first + max(0, sum(line.sign != "+" for line in hunk.lines) - 1)
    problems.add(
        error.code,
        f"{printable(path)}, {hunk.label} {error.why}. {excerpt(placer.bodies, first, last)}\n{error.how}",
        path=path,
        lines=(first, first),
    )


def _changed_runs(placed: Placed) -> list[tuple[int, int, list[bytes]]]:
    """The edits of one hunk without its context, so that unchanged lines keep their bytes."""
    runs: list[tuple[int, int, list[bytes]]] = []
    at = placed.start
    open_run: tuple[int, list[bytes]] | None = None
    for line in placed.lines:
        if line.sign == " ":
            if open_run is not None:
                runs.append((open_run[0], at, open_run[1]))
                open_run = None
            at += 1
            continue
        open_run = open_run or (at, [])
        if line.sign == "-":
            at += 1
        else:
            open_run[1].append(line.body.removeprefix(BOM) if open_run[0] == 0 else line.body)
    if open_run is not None:
        runs.append((open_run[0], at, open_run[1]))
    return runs


def _final_newline(text: FileText, placed: list[Placed]) -> bool | None:
    """What the diff says of the final newline, where it states the file's own state of it and changes it."""
    last = next((p for p in reversed(placed) if p.stop == len(text.lines)), None)
    if last is None:
        return None
    old = next((line for line in reversed(last.lines) if line.sign != "+"), None)
    new = next((line for line in reversed(last.lines) if line.sign != "-"), None)
    if old is None or new is None:
        return None
    return new.newline if old.newline == text.final_newline and new.newline != old.newline else None
