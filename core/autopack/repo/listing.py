"""Listings of whole trees, kept by tree id; one is made from its neighbour where only a few paths differ."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from autopack.repo.git import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from autopack.repo.git import GitResult
    from autopack.repo.trees import TreeReader

_KEPT = 8
_FEW_CHANGES = 500


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """`size` in bytes only where the listing was asked for sizes."""

    path: str
    mode: int
    id: str
    size: int | None = None


class Listings:
    """Files, links and submodules of trees, sorted by the bytes of their paths as git sorts them."""

    def __init__(self, trees: TreeReader, git: Callable[..., GitResult]) -> None:
        self._trees = trees
        self._git = git
        self._kept: OrderedDict[tuple[str, str, bool], list[TreeEntry]] = OrderedDict()

    def below(self, tree: str, prefix: str, sizes: bool) -> list[TreeEntry]:
        """The entries of `tree`, each path with `prefix` before it; the caller's to change."""
        key = (tree, prefix, sizes)
        if key in self._kept:
            self._kept.move_to_end(key)
            return list(self._kept[key])
        entries = None if prefix or sizes else self._like_the_last(tree)
        if entries is None:
            entries = self._anew(tree, prefix, sizes)
        self._kept[key] = entries
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return list(entries)

    def _anew(self, tree: str, prefix: str, sizes: bool) -> list[TreeEntry]:
        entries: list[TreeEntry] = []
        for line in self._git("ls-tree", "-r", "-z", *(("-l",) if sizes else ()), tree).fields():
            head, _, path = line.partition("\t")
            mode, _, oid, *rest = head.split()
            size = int(rest[0]) if rest and rest[0] != "-" else None
            entries.append(TreeEntry(prefix + path, int(mode, 8), oid, size))
        return entries

    def _like_the_last(self, tree: str) -> list[TreeEntry] | None:
        """Made from the whole tree listed last, which the next tree of a run differs from in a few paths; None when
        there is none or too much differs."""
        known = next(((t, entries) for (t, prefix, sizes), entries in reversed(self._kept.items())
                      if not prefix and not sizes), None)  # fmt: skip
        if known is None:
            return None
        changes = list(islice(self._trees.diff(known[0], tree), _FEW_CHANGES + 1))
        if len(changes) > _FEW_CHANGES:
            return None
        entries = list(known[1])
        for change in changes:
            at = bisect_left(entries, encode(change.path), key=lambda entry: encode(entry.path))
            if change.mode_a:
                del entries[at]
            if change.mode_b:
                entries.insert(at, TreeEntry(change.path, change.mode_b, change.id_b))
        return entries
