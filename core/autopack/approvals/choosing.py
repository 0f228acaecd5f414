"""What a person chose of a change, by the names they were shown: files, and hunks of files."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.errors import UsageError
from autopack.model.approvals import ChangePart, HunkMark
from autopack.paths import printable
from autopack.text import plural, shorten, visible

_MOST_NAMES = 40


def choose(parts: Sequence[ChangePart], only: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids that `only` names and those it leaves, in the order of `parts`. A name is a path (the file with all its
    hunks, either path of a rename), `PATH#N` or `PATH#N:DIGEST`. Raises UsageError, saying which name it is and what
    names there are."""
    chosen: set[str] = set()
    named: dict[str, tuple[bool, str]] = {}
    for name in only:
        part, ids = _meant(parts, name)
        whole = ids == part.ids and name in part.names
        before, said = named.setdefault(part.path, (whole, name))
        if part.hunks and before != whole:
            both = f"{printable(said)} and {printable(name)}"
            raise _wrong(parts, f"{printable(part.path)} is named as a file and by its hunks: {both}")
        chosen |= set(ids)
    ids = [id for part in parts for id in part.ids]
    return tuple(id for id in ids if id in chosen), tuple(id for id in ids if id not in chosen)


def _meant(parts: Sequence[ChangePart], name: str) -> tuple[ChangePart, tuple[str, ...]]:
    """A path that is in the change is that file, whatever else it looks like."""
    for part in parts:
        if name in part.names:
            return part, part.ids
    path, _, which = name.rpartition("#")
    part = next((each for each in parts if path in each.names), None)
    if part is None:
        raise _wrong(parts, f"the change has no {printable(name)}")
    number, _, digest = which.partition(":")
    if not part.hunks:
        raise _wrong(parts, f"{printable(path)} is {part.status}: it can only be chosen as a whole")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(part.hunks):
        raise _wrong(
            parts, f"{printable(path)} has {plural(len(part.hunks), 'hunk')}, {printable(name)} is none of them"
        )
    if digest and digest != part.hunks[int(number) - 1].digest:
        raise _wrong(parts, f"{printable(name)} is not the hunk that is shown now")
    return part, (part.ids[int(number) - 1],)


def _wrong(parts: Sequence[ChangePart], what: str) -> UsageError:
    names = [f"{printable(part.path)}#1-{len(part.hunks)}" if len(part.hunks) > 1 else printable(part.ids[0])
             for part in parts]  # fmt: skip
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return UsageError(what, hint=f"There is: {', '.join(names[:_MOST_NAMES])}{more}. A file alone means all of it.")


def part_lines(part: ChangePart) -> list[str]:
    """The part for a person: its path, and the hunks it can be taken in."""
    if not part.hunks:
        others = [visible(name) for name in part.names if name != part.path]
        return [f"{visible(part.path)}  ({part.status}, whole){f', with {chr(44).join(others)}' if others else ''}"]
    return [visible(part.path), *(f"  {hunk_line(number, hunk)}" for number, hunk in enumerate(part.hunks, 1))]


def hunk_line(number: int, hunk: HunkMark) -> str:
    """`#2:9f3c1a2b  -10,3 +12,5  def load`."""
    heading = shorten(visible(hunk.heading), 60)
    place = f"-{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count}"
    return f"#{number}:{hunk.digest}  {place}{f'  {heading}' if heading else ''}"


def in_order(parts: Sequence[ChangePart], paths: Sequence[str]) -> tuple[ChangePart, ...]:
    """The parts in the order in which their paths are shown, those that a rule names first."""
    place = {path: number for number, path in enumerate(paths)}
    return tuple(sorted(parts, key=lambda part: min(place.get(name, len(place)) for name in part.names)))
