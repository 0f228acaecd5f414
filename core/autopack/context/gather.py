"""Gathering: what of the base tree goes into the Builder's prompt, within its limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from autopack.context.show import cut, show, unshowable, unshowable_mode
from autopack.context.sources import ContextLimits, Trees
from autopack.context.wanted import Wanted, wanted_files
from autopack.model.attempt import Context, ContextFile
from autopack.model.plan import Phase
from autopack.redaction import Redactor, secret_path

_LEAST_CHARS = 400
"""A file with less room than this is left out rather than shown as a stump."""
_MOST_OMITTED = 200


def gather(phase: Phase, tree: str, trees: Trees, limits: ContextLimits, redactor: Redactor) -> Context:
    """Only what the phase's scope names: writable files, then read-only ones, each read from `tree`, never from a disk.
    Files that do not fit or may not be shown are in `omitted` with the reason."""
    wanted = wanted_files(phase, tree, trees)
    shelf = _Shelf(limits, redactor)
    for item in sorted(wanted, key=lambda w: w.rank):
        shelf.place(item, tree, trees)
    files = [shelf.files[w.path] for w in wanted if w.path in shelf.files]
    omitted = [(w.path, shelf.omitted[w.path]) for w in wanted if w.path in shelf.omitted]
    if len(omitted) > _MOST_OMITTED:
        rest = len(omitted) - _MOST_OMITTED
        omitted = [*omitted[:_MOST_OMITTED], (f"{rest} more files", "not shown")]
    return Context(tuple(files), tuple(omitted))


@dataclass
class _Shelf:
    """What has been placed so far, and the room that is left."""

    limits: ContextLimits
    redactor: Redactor
    chars: int = 0
    files: dict[str, ContextFile] = field(default_factory=dict[str, ContextFile])
    omitted: dict[str, str] = field(default_factory=dict[str, str])

    def place(self, item: Wanted, tree: str, trees: Trees) -> None:
        """Show the file or say why not."""
        why = self._refused(item)
        if why:
            self.omitted[item.path] = why
            return
        blob = trees.read(tree, item.path)
        if blob is None:
            self._absent(item, tree, trees)
        elif kind := unshowable(blob):
            self.omitted[item.path] = kind
        else:
            self._show(item, blob.data, blob.id)

    def _refused(self, item: Wanted) -> str:
        if secret_path(item.path):
            return "its name says it holds secrets"
        if item.mode is not None and (kind := unshowable_mode(item.mode)):
            return kind
        if len(self.files) >= self.limits.max_files:
            return f"more than {self.limits.max_files} files"
        if self.limits.max_total_chars - self.chars < _LEAST_CHARS:
            return f"more than {self.limits.max_total_chars:,} characters in all"
        return ""

    def _absent(self, item: Wanted, tree: str, trees: Trees) -> None:
        entry = next(iter(trees.list(tree, item.path)), None)
        if entry is not None and entry.path == item.path:
            self.omitted[item.path] = unshowable_mode(entry.mode) or "it cannot be read"
        elif entry is not None and entry.path.startswith(f"{item.path}/"):
            self.omitted[item.path] = "it is a folder; the plan names folders with a trailing slash"
        elif item.writable:
            self.files[item.path] = ContextFile(item.path, "", "", True, item.reason, missing=True)
        else:
            self.omitted[item.path] = "it does not exist"

    def _show(self, item: Wanted, data: bytes, blob: str) -> None:
        shown = show(data, self.redactor)
        if shown is None:
            self.omitted[item.path] = "it holds a secret over several lines"
            return
        room = min(self.limits.max_chars_per_file, self.limits.max_total_chars - self.chars)
        text = cut(shown.text, room)
        self.chars += len(text)
        partial = shown.altered != "" or len(text) < len(shown.text)
        self.files[item.path] = ContextFile(
            item.path, text, blob, item.writable, item.reason,
            truncated=partial, total_lines=shown.lines, altered=shown.altered,
        )  # fmt: skip
