"""What a repair command may touch: the paths the run itself changed, under the same rules as any answer.

Names are judged here, before anything runs; links, kinds and what really lies on the disk when the command is performed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from autopack.paths import PathRefused, canonical, printable
from autopack.policy import PathRules
from autopack.policy.collisions import collisions
from autopack.redaction import secret_path
from autopack.repairs.locks import MAX_BYTES, is_lock
from autopack.repairs.refusal import CommandRefused
from autopack.repairs.words import ACTIVE
from autopack.repo import PrivateRepo

CHANGED = "Commands work on files that this run itself changed; change any other file in an answer."
MAX_DEPTH = 32
_UNFIT_IN_A_NEW_NAME = ACTIVE | frozenset("'\"")
_TEST = re.compile(
    r"(?i:(.*/)?(__tests__/.*|test_[^/]*\.[^/.]+|[^/]*[._-](test|tests|spec)\.[^/.]+))"
    r"|(.*/)?[^/]*(Test|Tests|Spec)\.[a-z]+"
)
"""Names that runners of several languages take for tests."""


@dataclass(frozen=True, slots=True)
class Ground:
    """`changed` are the paths the run changed against `HEAD` (files, and folders it made), `tracked` the files of HEAD's
    tree, `locks` the content of its lock files."""

    rules: PathRules
    changed: frozenset[str]
    tracked: frozenset[str]
    locks: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    @classmethod
    def of(cls, private: PrivateRepo, head: str, changed: Collection[str], rules: PathRules) -> Ground:
        """The ground of a worktree that stands on `head` with `changed` on top. A lock file the run changed locks
        nothing."""
        files = private.list(head)
        changed = frozenset(changed)
        found = [e for e in files if is_lock(e.path) and e.path not in changed]
        sizes = {e.path: private.list(head, e.path, sizes=True)[0].size or 0 for e in found}
        locks = {e.path: private.blob(e.id) for e in found if sizes[e.path] <= MAX_BYTES}
        return cls(rules, changed, frozenset(e.path for e in files), locks)

    def after(self, written: Iterable[str]) -> Ground:
        """The ground once a command has changed these paths."""
        return replace(self, changed=self.changed | frozenset(written))

    def holds(self, path: str) -> bool:
        """Whether the path is a file of HEAD or of the run, or a folder of one."""
        known = self.tracked | self.changed
        return path in known or any(each.startswith(f"{path}/") for each in known)

    def changed_file(self, operand: str) -> str:
        """A file the run changed, open to it."""
        path = self._open(operand)
        if path not in self.changed:
            raise CommandRefused(f"{printable(path)} is no file that this run changed", hint=CHANGED)
        return path

    def removable(self, operand: str, *, folders: bool) -> str:
        """A file the run changed and may take away, or a folder that holds nothing else."""
        path = self._open(operand.removesuffix("/") if folders else operand)
        inside = [each for each in self.tracked if each.startswith(f"{path}/")]
        ours = [each for each in self.changed if each == path or (folders and each.startswith(f"{path}/"))]
        foreign = [each for each in inside if each not in self.changed]
        if not ours or foreign:
            what = f"; {printable(min(foreign))} lies in it" if foreign else ""
            raise CommandRefused(f"{printable(path)} is nothing that this run changed{what}", hint=CHANGED)
        for each in ours:
            self._open(each)
            self.not_a_test(each)
        return path

    def readable(self, operand: str) -> str:
        """A file of the worktree that commands may read."""
        path = _canonical(operand)
        self._known(path)
        if path not in self.tracked and path not in self.changed:
            raise CommandRefused(f"{printable(path)} is no file of this worktree", hint="Name a file that git holds.")
        return path

    def target(self, operand: str) -> str:
        """A file or folder of the worktree that tests are asked for."""
        path = _canonical(operand.removesuffix("/"))
        self._known(path)
        if path[0] in "-@" or not self.holds(path):
            raise CommandRefused(f"{printable(path)} is nothing of this worktree", hint="Name a file or folder of it.")
        return path

    def place(self, operand: str) -> str:
        """A name for a file: one the run changed, or one nothing has yet."""
        path = self._open(operand)
        if path in self.changed:
            self.not_a_test(path)
            return path
        if self.holds(path):
            raise CommandRefused(f"{printable(path)} is there and not this run's to replace", hint=CHANGED)
        self._fit(path)
        return path

    def new_folder(self, operand: str) -> str:
        """A name for a folder."""
        path = self._open(operand.removesuffix("/"), folder=True)
        if path in self.tracked:
            raise CommandRefused(f"{printable(path)} is a file", hint="Choose another name for the folder.")
        if not self.holds(path):
            self._fit(path)
        return path

    def not_a_test(self, path: str) -> None:
        """Refuse to take away or replace a test file that HEAD holds: that is an answer's to do, in view of the gates."""
        if path in self.tracked and _TEST.fullmatch(path):
            raise CommandRefused(
                f"{printable(path)} is a test that was there before: no command takes it away",
                hint="Restore it with git checkout -- PATH, or change it in an answer.",
            )

    def _fit(self, path: str) -> None:
        if path.count("/") >= MAX_DEPTH:
            raise CommandRefused(
                f"{printable(path)} would lie more than {MAX_DEPTH} folders deep", hint="Choose a shorter path."
            )
        if unfit := sorted(_UNFIT_IN_A_NEW_NAME.intersection(path)):
            raise CommandRefused(
                f"{printable(path)} would be a new name with {printable(unfit[0])} in it",
                hint="Choose a name of letters, digits, dots, dashes and underscores.",
            )
        for _, other in collisions([path], self.tracked | self.changed):
            raise CommandRefused(
                f"{printable(path)} is the same name as {printable(other)} on systems that fold case",
                hint="Use the existing spelling or another name.",
                code="AP309",
            )

    def _known(self, path: str) -> None:
        """Refuse what no command may even name."""
        pattern = self.rules.forbidden(path)
        if pattern:
            raise CommandRefused(
                f"{printable(path)} may never be touched ({pattern})",
                hint="Leave it alone; no approval lifts this.",
                code="AP301",
                never=True,
            )
        if secret_path(path):
            raise CommandRefused(
                f"{printable(path)} has the name of a file that holds credentials",
                hint="Leave it alone; a repair needs no credentials.",
                code="AP306",
            )

    def _open(self, operand: str, *, folder: bool = False) -> str:
        """The path of an operand that a command may change, under the phase's rules; nobody is asked."""
        path = _canonical(operand)
        self._known(path)
        judged = f"{path}/" if folder or any(each.startswith(f"{path}/") for each in self.changed) else path
        entry = self.rules.sensitive(judged) or self.rules.sensitive(path)
        if entry:
            raise CommandRefused(
                f"{printable(path)} is protected ({entry})",
                hint="Change it in an answer: then a person can be asked.",
                code="AP301",
            )
        outside = self.rules.outside(judged)
        if outside or self.rules.only_by_leave(judged):
            raise CommandRefused(
                f"{printable(path)} {outside or 'is outside the scope'}",
                hint="Name only files inside the phase's scope.",
                code="AP302",
            )
        return path


def _canonical(operand: str) -> str:
    try:
        return canonical(operand.removeprefix("./"))
    except PathRefused as refused:
        raise CommandRefused(refused.message, hint=refused.hint, code=refused.code, never=refused.never) from None
