"""The second pair of eyes: what we computed from hunks is written as a git patch and applied strictly by git, and git's
tree must hold the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autopack.changes.base import BaseTree
from autopack.changes.placed import Placed
from autopack.changes.refusal import refuse
from autopack.model.changes import ChangeKind, FileChange
from autopack.paths import printable
from autopack.repo import PatchRejected
from autopack.text import split_lines

_NO_NEWLINE = b"\\ No newline at end of file\n"


class Patched(NamedTuple):
    """A change that came out of hunks (or of a bare diff's headers alone) and where they were placed."""

    change: FileChange
    placed: Sequence[Placed]


def verify(base: BaseTree, patched: Sequence[Patched]) -> None:
    """Raise AnswerRefused unless strict `git apply` of the same changes gives exactly the same files."""
    if not patched:
        return
    patch = b"".join(_render(each) for each in patched)
    try:
        result = base.trees.apply(base.tree, patch)
    except PatchRejected as error:
        path = error.path or patched[0].change.path
        raise refuse(
            "AP205",
            f"git does not apply the diff of {printable(path)}: {error.message}. Repeat three unchanged lines before "
            f"and after each change, copied exactly from the file as shown to you.",
            path=path,
        ) from None
    found: dict[str, tuple[int, str] | None] = {}
    for raw in base.trees.diff(base.tree, result):
        if raw.old_path and raw.old_path != raw.path and raw.status.startswith("R"):
            found[raw.old_path] = None
        found[raw.path] = (raw.mode_b, raw.id_b) if raw.mode_b else None
    wanted: dict[str, tuple[int, str] | None] = {}
    for change, _ in patched:
        if change.old_path:
            wanted[change.old_path] = None
        wanted[change.path] = (change.mode_after or 0, change.new_id) if change.after is not None else None
    if found != wanted:
        path = next(iter(sorted(p for p in found.keys() | wanted.keys() if found.get(p) != wanted.get(p))))
        raise refuse(
            "AP205",
            f"the diff of {printable(path)} can be applied in more than one way. Answer with operations, or repeat "
            f"more unchanged lines around each change.",
            path=path,
        )


def _render(patched: Patched) -> bytes:
    change = patched.change
    old = change.old_path or change.path
    a, b = _quoted("a/" + old), _quoted("b/" + change.path)
    lines = [b"diff --git " + a + b" " + b]
    if change.kind is ChangeKind.CREATED:
        lines.append(b"new file mode %o" % (change.mode_after or 0))
    elif change.kind is ChangeKind.DELETED:
        lines.append(b"deleted file mode %o" % (change.mode_before or 0))
    elif change.mode_before != change.mode_after:
        lines += [b"old mode %o" % (change.mode_before or 0), b"new mode %o" % (change.mode_after or 0)]
    if change.old_path:
        lines += [b"rename from " + _quoted(old), b"rename to " + _quoted(change.path)]
    head = b"\n".join(lines) + b"\n"
    body = _hunks(change.before or b"", change.after or b"", patched.placed)
    if not body:
        return head
    names = (
        b"/dev/null" if change.kind is ChangeKind.CREATED else a,
        b"/dev/null" if change.kind is ChangeKind.DELETED else b,
    )
    tabs = [name + (b"\t" if b" " in name else b"") for name in names]
    return head + b"--- " + tabs[0] + b"\n+++ " + tabs[1] + b"\n" + body


def _hunks(before: bytes, after: bytes, placed: Sequence[Placed]) -> bytes:
    old_lines, new_lines = split_lines(before), split_lines(after)
    shift = 0
    out = bytearray()
    for start, stop, lines in placed:
        counts = (stop - start, sum(line.sign != "-" for line in lines))
        begins = (start + (counts[0] > 0), start + shift + (counts[1] > 0))
        out += b"@@ -%d,%d +%d,%d @@\n" % (begins[0], counts[0], begins[1], counts[1])
        at, new_at = start, start + shift
        for line in lines:
            old = old_lines[at] if line.sign != "+" and at < len(old_lines) else b""
            new = new_lines[new_at] if line.sign != "-" and new_at < len(new_lines) else b""
            at += line.sign != "+"
            new_at += line.sign != "-"
            if line.sign == " " and old == new:
                out += _line(b" ", old)
            else:
                out += _line(b"-", old) if line.sign != "+" else b""
                out += _line(b"+", new) if line.sign != "-" else b""
        shift += counts[1] - counts[0]
    return bytes(out)


def _line(sign: bytes, raw: bytes) -> bytes:
    return sign + raw if raw.endswith(b"\n") else sign + raw + b"\n" + _NO_NEWLINE


def _quoted(name: str) -> bytes:
    if '"' not in name:
        return name.encode()
    return b'"' + name.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
