"""Hunks on the lines of the base file: each at the line it states, or at the only place it can mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autopack.changes.edits import Hunk
from autopack.changes.lines import FileText
from autopack.changes.refusal import Refusals, excerpt
from autopack.paths import printable

_BOM = b"\xef\xbb\xbf"


class Placed(NamedTuple):
    """A hunk and the 0-based half-open lines of the base it takes the place of."""

    start: int
    stop: int
    hunk: Hunk


def apply_hunks(
    before: bytes, hunks: Sequence[Hunk], path: str, problems: Refusals
) -> tuple[bytes, list[Placed]] | None:
    """The bytes after all hunks and where each was placed, or None with the reasons in `problems`."""
    added = b"".join(line.raw for hunk in hunks for line in hunk.lines if line.sign == "+")
    text = FileText.of(before, added)
    known = len(problems.findings)
    places = _Places(text.bodies)
    placed: list[Placed] = []
    floor = 0
    for hunk in hunks:
        found = places.find(hunk, floor, path, problems)
        if found is not None:
            placed.append(found)
            floor = found.stop
    if len(problems.findings) > known:
        return None
    if not before:
        return added, placed
    edits = [run for each in placed for run in _changed_runs(each)]
    return text.replaced(edits, final_newline=_final_newline(text, placed)), placed


class _Places:
    def __init__(self, bodies: list[bytes]) -> None:
        self.bodies = bodies
        self.text = b"\n" + b"".join(body + b"\n" for body in bodies)

    def find(self, hunk: Hunk, floor: int, path: str, problems: Refusals) -> Placed | None:
        old = [line.body for line in hunk.old]
        stated = hunk.old_start - 1 if old else hunk.old_start
        if stated == 0 and old:
            old[0] = old[0].removeprefix(_BOM)
        label = f"{printable(path)}, hunk {hunk.number} (@@ -{hunk.old_start},{len(old)})"
        if stated >= floor and self.bodies[stated : stated + len(old)] == old and stated <= len(self.bodies):
            start = stated
        else:
            start = self._only_place(old, floor, stated, label, path, problems)
            if start is None:
                return None
        stop = start + len(old)
        if hunk.lines[-1].sign != " " and stop < len(self.bodies):
            problems.add(
                "AP205",
                f"{label} has no unchanged line at its end, so its place is not certain. Repeat up to three unchanged "
                f"lines before and after each change. {excerpt(self.bodies, start + 1, stop)}",
                path=path,
                lines=(start + 1, max(start + 1, stop)),
            )
            return None
        return Placed(start, stop, hunk)

    def _only_place(
        self, old: list[bytes], floor: int, stated: int, label: str, path: str, problems: Refusals
    ) -> int | None:
        near = max(1, min(stated + 1, len(self.bodies)))
        found = self._occurrences(old) if any(line.strip() for line in old) else []
        if len(found) == 1 and found[0] >= floor:
            return found[0]
        if len(found) > 1:
            lines = ", ".join(str(at + 1) for at in found)
            why = f"does not stand at line {stated + 1} and fits more than one place (lines {lines})"
            advice = "Correct the line number in its header, or add unchanged lines until one place fits."
        elif found:
            why = f"fits only line {found[0] + 1}, which an earlier hunk covers or precedes"
            advice = "Give the hunks in the order of the file, and join those that overlap."
        else:
            why = f"does not fit the file: {self._first_difference(old, stated)}"
            advice = "Copy the unchanged and removed lines exactly from the file as shown to you."
        problems.add(
            "AP205",
            f"{label} {why}. {excerpt(self.bodies, near, near + max(0, len(old) - 1))}\n{advice}",
            path=path,
            lines=(near, near),
        )
        return None

    def _occurrences(self, old: list[bytes], most: int = 4) -> list[int]:
        needle = b"\n" + b"".join(body + b"\n" for body in old)
        found: list[int] = []
        at = self.text.find(needle)
        while at >= 0 and len(found) < most:
            found.append(self.text.count(b"\n", 0, at + 1) - 1)
            at = self.text.find(needle, at + 1)
        return found

    def _first_difference(self, old: list[bytes], stated: int) -> str:
        for offset, wanted in enumerate(old):
            at = stated + offset
            if at >= len(self.bodies):
                return f"it speaks of line {at + 1}, the file has {len(self.bodies)}"
            if self.bodies[at] != wanted:
                told, real = (printable(line.decode("utf-8", "replace")) for line in (wanted, self.bodies[at]))
                return f"line {at + 1} is {real}, not {told}"
        return f"an earlier hunk covers line {stated + 1}" if old else "it has neither unchanged nor removed lines"


def _changed_runs(placed: Placed) -> list[tuple[int, int, list[bytes]]]:
    """The edits of one hunk without its context, so that unchanged lines keep their bytes."""
    runs: list[tuple[int, int, list[bytes]]] = []
    at = placed.start
    open_run: tuple[int, list[bytes]] | None = None
    for line in placed.hunk.lines:
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
            open_run[1].append(line.body.removeprefix(_BOM) if open_run[0] == 0 else line.body)
    if open_run is not None:
        runs.append((open_run[0], at, open_run[1]))
    return runs


def _final_newline(text: FileText, placed: list[Placed]) -> bool | None:
    """What the diff says of the final newline, where it states the file's own state of it and changes it."""
    last = next((p for p in reversed(placed) if p.stop == len(text.lines)), None)
    if last is None or not last.hunk.old or not last.hunk.new:
        return None
    old, new = last.hunk.old[-1].newline, last.hunk.new[-1].newline
    return new if old == text.final_newline and new != old else None
