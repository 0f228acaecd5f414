"""Operations on the lines of the base file: checked all together, then applied all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autopack.changes.edits import Operation
from autopack.changes.lines import FileText, bodies_of
from autopack.changes.refusal import Refusals, excerpt
from autopack.paths import printable
from autopack.text import plural

CONTEXT_LINES = 3
_RANK = {"prepend": 0, "insert": 1, "replace": 2, "delete": 2, "append": 3}
_BOM = b"\xef\xbb\xbf"


class _Edit(NamedTuple):
    """`bodies` take the place of lines start..stop (0-based, half-open)."""

    start: int
    stop: int
    bodies: list[bytes]
    op: Operation


def apply_operations(before: bytes, operations: Sequence[Operation], path: str, problems: Refusals) -> bytes | None:
    """The bytes after all operations, or None with the reasons in `problems`."""
    text = FileText.of(before, "".join(op.content for op in operations).encode())
    bodies = text.bodies
    known = len(problems.findings)
    edits: list[_Edit] = []
    for op in operations:
        edit = _locate(op, bodies, path, problems)
        if edit is not None and _in_context(edit, bodies, path, problems):
            edits.append(edit)
    edits.sort(key=lambda e: (e.start, _RANK[e.op.kind], e.op.number))
    _check_overlaps(edits, bodies, path, problems)
    if len(problems.findings) > known:
        return None
    return text.replaced([(e.start, e.stop, e.bodies) for e in edits])


def _locate(op: Operation, bodies: list[bytes], path: str, problems: Refusals) -> _Edit | None:
    total = len(bodies)
    content = bodies_of(op.content)
    if op.kind == "prepend":
        return _Edit(0, 0, _without_bom(content), op)
    if op.kind == "append":
        return _Edit(total, total, content, op)
    if op.kind == "insert":
        if op.start > total + 1:
            _out_of_range(op, f"line {op.start}", total, bodies, path, problems)
            return None
        return _Edit(op.start - 1, op.start - 1, _without_bom(content) if op.start == 1 else content, op)
    if op.start == 0 and op.end == 0 and op.old is not None:
        return _anchored(op, bodies, path, problems)
    if op.start > op.end or op.end > total:
        _out_of_range(op, f"lines {op.start}-{op.end}", total, bodies, path, problems)
        return None
    if op.old is not None and bodies_of(op.old) != bodies[op.start - 1 : op.end]:
        problems.add(
            "AP205",
            f'{printable(path)}, {op}: "old" is not what these lines hold. {excerpt(bodies, op.start, op.end)}\n'
            f"Give the line numbers of the text you mean.",
            path=path,
            lines=(op.start, op.end),
        )
        return None
    return _Edit(op.start - 1, op.end, _without_bom(content) if op.start == 1 else content, op)


def _without_bom(content: list[bytes]) -> list[bytes]:
    return [content[0].removeprefix(_BOM), *content[1:]] if content else content


def _out_of_range(op: Operation, what: str, total: int, bodies: list[bytes], path: str, problems: Refusals) -> None:
    if op.kind != "insert" and op.start > op.end:
        why = "the first line comes after the last"
    else:
        why = f"the file has {plural(total, 'line')}"
        why += f"; insert takes 1 to {total + 1}" if op.kind == "insert" else ""
    tail = excerpt(bodies, total, total) if total else "The file is empty."
    problems.add("AP205", f"{printable(path)}, {op}: {what} cannot be: {why}. {tail}", path=path)


def _anchored(op: Operation, bodies: list[bytes], path: str, problems: Refusals) -> _Edit | None:
    """Where `old` occurs exactly once; the lines it touches are replaced as a whole."""
    text = b"\n".join(bodies)
    old, new = b"\n".join(bodies_of(op.old or "")), b"\n".join(bodies_of(op.content))
    whole = text + b"\n"
    at = whole.find(old) if old else -1
    if at < 0 or at + len(old) > len(text):
        problems.add(
            "AP205",
            f'{printable(path)}, {op}: "old" does not occur in the file ({plural(len(bodies), "line")}). Copy it '
            f"exactly, or give start_line and end_line.",
            path=path,
        )
        return None
    again = text.find(old, at + 1)
    if again >= 0:
        lines = [text.count(b"\n", 0, each) + 1 for each in (at, again)]
        problems.add(
            "AP205",
            f'{printable(path)}, {op}: "old" occurs more than once (at lines {lines[0]} and {lines[1]}). Add '
            f"surrounding lines to it, or give start_line and end_line.",
            path=path,
            lines=(lines[0], lines[0]),
        )
        return None
    first = text.count(b"\n", 0, at)
    last = text.count(b"\n", 0, at + len(old))
    head = text[text.rfind(b"\n", 0, at) + 1 : at]
    line_end = text.find(b"\n", at + len(old))
    tail = text[at + len(old) : line_end if line_end >= 0 else len(text)]
    if not head and not tail and not new:
        return _Edit(first, last + 1, [], op)
    return _Edit(first, last + 1, (head + new + tail).split(b"\n"), op)


def _in_context(edit: _Edit, bodies: list[bytes], path: str, problems: Refusals) -> bool:
    op = edit.op
    good = True
    for key, wanted, above in (("context_before", op.before, True), ("context_after", op.after, False)):
        needles = [line.strip() for line in bodies_of(wanted) if line.strip()]
        if not needles:
            continue
        reach = max(CONTEXT_LINES, len(bodies_of(wanted)))
        first, last = (max(0, edit.start - reach), edit.start) if above else (edit.stop, edit.stop + reach)
        if _occur_in_order(needles, bodies[first:last]):
            continue
        good = False
        side = "above" if above else "below"
        problems.add(
            "AP205",
            f'{printable(path)}, {op}: "{key}" ({printable(needles[0].decode("utf-8", "replace")[:80])}) is not in '
            f"the {reach} lines {side}. {excerpt(bodies, max(1, edit.start + 1), max(1, edit.stop), around=4)}\n"
            f"Correct the line numbers or the context; line numbers are those of the file as shown to you.",
            path=path,
            lines=(max(1, edit.start + 1), max(1, edit.stop)),
        )
    return good


def _occur_in_order(needles: list[bytes], window: list[bytes]) -> bool:
    at = 0
    for line in window:
        if at < len(needles) and needles[at] in line.strip():
            at += 1
    return at == len(needles)


def _check_overlaps(edits: list[_Edit], bodies: list[bytes], path: str, problems: Refusals) -> None:
    """Ranges must not overlap, and nothing may be inserted into a range that is replaced or deleted."""
    cover: _Edit | None = None
    for edit in edits:
        if cover is not None and edit.start < cover.stop:
            problems.add(
                "AP205",
                f"{printable(path)}, {edit.op} falls into the lines of {cover.op}. Say both as one replace of lines "
                f"{cover.start + 1}-{max(cover.stop, edit.stop)}; all line numbers are those of the base file. "
                f"{excerpt(bodies, cover.start + 1, max(cover.stop, edit.stop))}",
                path=path,
                lines=(cover.start + 1, max(cover.stop, edit.stop)),
            )
        if edit.stop > edit.start and (cover is None or edit.stop > cover.stop):
            cover = edit
