"""Each file of a draft held against the base: what it becomes, or why that cannot be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from autopack.changes.base import BaseTree
from autopack.changes.edits import FileEdit
from autopack.changes.hunks import Applied, apply_hunks
from autopack.changes.lines import FileText, bodies_of
from autopack.changes.operations import apply_operations
from autopack.changes.patches import Patched
from autopack.changes.placed import Placed
from autopack.changes.placeholders import placeholders
from autopack.changes.refusal import Refusals, excerpt
from autopack.changes.stops import stops_in
from autopack.model.changes import GITLINK, REGULAR, SYMLINK, ChangeKind, FileChange, Rung
from autopack.paths import printable
from autopack.redaction import MARKER
from autopack.text import plural

_BOM = "\ufeff"


class Resolver:
    """`shown` maps each path the model saw to the blob id it saw ("" = shown as missing), None = not known;
    `truncated` are those it saw in part; `removed` the paths this answer deletes or renames away."""

    def __init__(
        self,
        base: BaseTree,
        shown: Mapping[str, str] | None,
        truncated: Collection[str],
        removed: Collection[str],
        problems: Refusals,
    ) -> None:
        self.base = base
        self.shown = shown
        self.truncated = truncated
        self.removed = removed
        self.problems = problems

    def resolve(self, edit: FileEdit) -> Patched | None:
        """The change with its placed hunks; None when it changes nothing or `problems` say why not."""
        known = len(self.problems.findings)
        found = self._change(edit)
        if found is None or len(self.problems.findings) > known:
            return None
        change = found.change
        self._check_bytes(edit, change)
        same = (change.before, change.mode_before) == (change.after, change.mode_after)
        return None if same and change.kind is ChangeKind.MODIFIED else found

    def _change(self, edit: FileEdit) -> Patched | None:
        exists = edit.path in self.base.entries
        if edit.action == "create" or (edit.action == "write" and not exists):
            return self._create(edit)
        if not exists:
            return self._missing(edit.path)
        mode = self.base.mode(edit.path) or 0
        if mode == GITLINK or (mode == SYMLINK and edit.action != "delete"):
            kind = "submodule" if mode == GITLINK else "symbolic link"
            return self._refuse("AP307", f"{printable(edit.path)} is a {kind} and cannot be edited.", edit.path)
        before = self.base.read(edit.path)
        seen = self._seen(edit, before)
        if seen is None:
            return None
        if edit.action == "delete":
            return self._delete(edit, before, mode)
        if edit.action == "rename" and not self._free(edit.new_path):
            return None
        after = self._after(edit, seen)
        if after is not None and seen != before:
            after = self._merged(edit.path, before, seen, after.data)
        if after is None:
            return None
        kind = ChangeKind.RENAMED if edit.action == "rename" else ChangeKind.MODIFIED
        old_path = edit.path if edit.action == "rename" else None
        change = FileChange(edit.target, kind, before, after.data, mode, edit.mode or mode, old_path, after.rung)
        return Patched(change, after.placed)

    def _create(self, edit: FileEdit) -> Patched | None:
        if not self._free(edit.path):
            return None
        after = self._after(edit, b"")
        if after is None:
            return None
        change = FileChange(
            edit.path, ChangeKind.CREATED, None, after.data, None, edit.mode or REGULAR, rung=after.rung
        )
        return Patched(change, after.placed)

    def _delete(self, edit: FileEdit, before: bytes, mode: int) -> Patched | None:
        placed: Sequence[Placed] = ()
        rung = Rung.STRICT
        if edit.hunks:
            found = apply_hunks(before, edit.hunks, edit.path, self.problems)
            if found is None:
                return None
            placed, rung = found.placed, found.rung
            if found.data:
                count = plural(len(FileText.of(found.data).lines), "line")
                why = f"the diff deletes {printable(edit.path)} but leaves {count}."
                return self._refuse("AP205", why, edit.path)
        elif edit.patch and before:
            return self._refuse("AP205", f"the diff deletes {printable(edit.path)} without its lines.", edit.path)
        return Patched(FileChange(edit.path, ChangeKind.DELETED, before, None, mode, None, rung=rung), placed)

    def _after(self, edit: FileEdit, before: bytes) -> Applied | None:
        if edit.content is not None:
            if edit.exact or not before:
                return Applied(edit.content.encode())
            content = edit.content.removeprefix(_BOM)
            return Applied(FileText.of(before, content.encode()).rewritten(bodies_of(content)))
        if edit.operations is not None:
            data = apply_operations(before, edit.operations, edit.path, self.problems)
            return None if data is None else Applied(data)
        if edit.hunks:
            return apply_hunks(before, edit.hunks, edit.path, self.problems)
        return Applied(before)

    def _merged(self, path: str, now: bytes, seen: bytes, after: bytes) -> Applied | None:
        """The change made to the version the model saw, carried over to the file as it is now; git decides."""
        merged = self.base.trees.merge(now, seen, after)
        if merged is None:
            return self._refuse(
                "AP204",
                f"{printable(path)} is no longer the version shown to you, and was changed where your change is. "
                f"{excerpt(FileText.of(now).bodies, 1, 10, around=0)}\nAnswer against the file as it is now.",
                path,
            )
        return Applied(merged, rung=Rung.THREE_WAY)

    def _free(self, path: str) -> bool:
        """Whether a new file can stand at `path`; else says why not."""
        if path in self.base.entries:
            lines = (
                plural(len(FileText.of(self.base.read(path)).lines), "line") if self.base.is_file(path) else "a link"
            )
            self._refuse(
                "AP204",
                f"{printable(path)} exists already ({lines}); it cannot be created. Answer with action modify, against "
                f"the file as it is.",
                path,
            )
            return False
        if path in self.base.folders:
            self._refuse("AP201", f"{printable(path)} is a folder. Name a file.", path)
            return False
        ancestor = self.base.blocking_ancestor(path)
        if ancestor and ancestor not in self.removed:
            code = "AP201" if self.base.is_file(ancestor) else "AP307"
            what = "a file" if self.base.is_file(ancestor) else "a link or submodule"
            self._refuse(code, f"{printable(path)} cannot exist: {printable(ancestor)} is {what}.", path)
            return False
        return True

    def _missing(self, path: str) -> None:
        if path in self.base.folders:
            self._refuse("AP201", f"{printable(path)} is a folder. Name each file of it.", path)
            return
        name = path.rsplit("/", 1)[-1]
        near = [each for each in self.base.entries if each.rsplit("/", 1)[-1] == name][:3]
        near = near or get_close_matches(path, list(self.base.entries)[:5000], 2)
        hint = f" Did you mean {' or '.join(map(printable, near))}?" if near else ""
        self._refuse("AP204", f"{printable(path)} does not exist. Use action create for a new file.{hint}", path)

    def _seen(self, edit: FileEdit, before: bytes) -> bytes | None:
        """The version of the file that the model was shown, `before` where that is unknown; None when it does not know the
        file well enough for the form it answers in."""
        path = edit.path
        seen = self.shown.get(path) if self.shown is not None else None
        stale = seen is not None and seen != self.base.id(path)
        if stale and (not seen or edit.action in ("delete", "rename") or not self.base.trees.has(seen)):
            return self._refuse(
                "AP204",
                f"{printable(path)} is no longer the version shown to you. "
                f"{excerpt(FileText.of(before).bodies, 1, 10, around=0)}\nAnswer against the file as it is now.",
                path,
            )
        if not self._knows(edit, seen):
            return None
        return self.base.trees.blob(seen) if seen and stale else before

    def _knows(self, edit: FileEdit, seen: str | None) -> bool:
        """Whether the form of the answer needs no more of the file than the model saw of it."""
        path = edit.path
        if self.shown is None:
            return True
        whole = edit.content is not None
        if whole and (seen is None or path in self.truncated):
            shown = "was not shown to you" if seen is None else "was shown to you only in part"
            self._refuse(
                "AP204",
                f"{printable(path)} {shown}, so it cannot be given as whole content. Answer with operations on the "
                f"lines you saw, or leave the file alone.",
                path,
            )
            return False
        blind = [op for op in edit.operations or () if not (op.before or op.after or op.old)]
        if seen is None and blind and any(op.kind not in ("append", "prepend") for op in blind):
            self._refuse(
                "AP204",
                f"{printable(path)} was not shown to you: {blind[0]} goes by line number alone. Say what stands there "
                f'with "old" or "context_before" and "context_after".',
                path,
            )
            return False
        return True

    def _check_bytes(self, edit: FileEdit, change: FileChange) -> None:
        """Binary, converted and wrongly encoded files, and placeholders in what is new."""
        path = change.path
        for name in {change.path, change.old_path or change.path} if change.after is not None else ():
            conversion = self.base.attributes.conversion(name)
            if conversion:
                self._refuse("AP307", f"{printable(name)} is converted by git ({conversion}): not editable.", name)
                return
        after, before = change.after, change.before or b""
        if after is None or after == before:
            return
        if b"\0" in after or b"\0" in before:
            self._refuse("AP307", f"{printable(path)} is or becomes binary; only text files can be edited.", path)
            return
        if not _is_utf8(before) and (edit.content is not None or not _new_text(edit).isascii()):
            self._refuse(
                "AP307",
                f"{printable(path)} is not UTF-8. Answer with operations whose content is plain ASCII.",
                path,
            )
            return
        stop = stops_in(before, edit.content) if edit.content is not None and not edit.exact else 0
        if stop:
            lines = FileText.of(before).bodies
            self._refuse(
                "AP202",
                f"{printable(path)}: the content stops at what is line {stop} of {len(lines)} in the file, without a line "
                f"end. {excerpt(lines, stop, stop + 3, around=1)}\nWrite the file out to its end, or answer with "
                f"operations; to delete the rest on purpose, say so with operations.",
                path,
            )
            return
        for number, line in placeholders(path, after, before):
            why = f"{MARKER} stands for text you were not shown" if MARKER in line else "a placeholder stands for code"
            self._refuse(
                "AP203",
                f"{printable(path)}, new line {number}: {printable(line)}: {why}. Write every line out, or use "
                f"operations that leave the unchanged lines alone.",
                path,
            )

    def _refuse(self, code: str, message: str, path: str) -> None:
        self.problems.add(code, message, path=path)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _new_text(edit: FileEdit) -> str:
    added = "".join(op.content for op in edit.operations or ())
    for hunk in edit.hunks or ():
        added += "".join(line.body.decode("utf-8", "replace") for line in hunk.lines if line.sign == "+")
    return added
