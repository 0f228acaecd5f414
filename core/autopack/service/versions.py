"""Versions: the files of a change on both its sides, for views and for finding places in the user's copy."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.repo import PrivateRepo
from autopack.service import artefacts
from autopack.service.artefacts import Trees

if TYPE_CHECKING:
    from autopack.service.premises import Premises

_WORDS = {"A": "added", "D": "deleted"}


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """`status` is added, deleted, modified or renamed; `old_path` is set for a rename only."""

    path: str
    status: str
    old_path: str = ""


class Versions:
    """Reads the private repository through one door that stays open; for any thread."""

    def __init__(self, service: Premises) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._private: PrivateRepo | None = None

    def close(self) -> None:
        """Harmless when repeated."""
        with self._lock:
            if self._private is not None:
                self._private.close()
                self._private = None

    def trees(self, run: str, phase: str = "", attempt: int = 0) -> Trees:
        """The sides of an attempt's change, or of the whole run's. Raises UsageError when there is none."""
        return artefacts.trees(self._service, run, phase, attempt)

    def changed(self, trees: Trees) -> list[ChangedPath]:
        """Every path that differs, sorted, renames as one entry."""
        with self._lock:
            private = self._opened()
            renamed = private.renames(trees.base, trees.candidate)
            gone = set(renamed.values())
            return [
                ChangedPath(c.path, "renamed", renamed[c.path]) if c.path in renamed
                else ChangedPath(c.path, _WORDS.get(c.status, "modified"))
                for c in private.diff(trees.base, trees.candidate)
                if c.path not in gone
            ]  # fmt: skip

    def read(self, tree: str, path: str) -> bytes | None:
        """A file of a tree or commit; None when it has none there."""
        with self._lock:
            blob = self._opened().read(tree, path)
            return None if blob is None else blob.data

    def patch(self, trees: Trees) -> bytes:
        """The change as a git patch."""
        with self._lock:
            return self._opened().patch(trees.base, trees.candidate)

    def _opened(self) -> PrivateRepo:
        if self._private is None:
            self._private = PrivateRepo.ensure(self._service.state, self._service.user)
        return self._private
