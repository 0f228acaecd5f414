"""Refs of the private repository: read as files, moved only by compare-and-swap."""

from __future__ import annotations

import re
import time
from pathlib import Path

from autopack import fault
from autopack.errors import StaleState, UsageError
from autopack.repo.git import GitFailed, Mode, run_git
from autopack.repo.objects import NULL_ID

PREFIX = "refs/autopack/"
BEFORE = fault.register("repo.before_move_ref", "a ref of the private repository is about to move")
AFTER = fault.register("repo.after_move_ref", "a ref of the private repository has moved")

_NAME = re.compile(r"refs/autopack(/[a-z0-9][a-z0-9-]{0,63})+")
_STALE_LOCK_SECONDS = 60.0


class Refs:
    """`refs/autopack/...` of the bare repository in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str | None:
        """The commit it names, or None."""
        try:
            return (self._folder / _checked(name)).read_text("ascii").strip() or None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return self._packed().get(name)

    def below(self, prefix: str) -> dict[str, str]:
        """Every ref whose name starts with `prefix`, itself included, sorted by name."""
        if not prefix.startswith(PREFIX):
            raise UsageError(f"{prefix!r} is no prefix of ours")
        found = {n: c for n, c in self._packed().items() if n.startswith(prefix)}
        for path in (self._folder / prefix.rpartition("/")[0]).rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            if name.startswith(prefix) and not name.endswith(".lock") and path.is_file():
                found[name] = path.read_text("ascii").strip()
        return dict(sorted(found.items()))

    def move(self, name: str, new: str, old: str | None) -> None:
        """Set it to `new` if it is `old` (None: absent) or already `new`; StaleState otherwise."""
        fault.point(BEFORE)
        try:
            self._git("update-ref", "--no-deref", _checked(name), new, old or NULL_ID)
        except GitFailed:
            seen = self.get(name)
            if seen == new:
                return
            if seen != old:
                raise StaleState(f"{name} is {seen or 'absent'}, expected {old or 'absent'}") from None
            raise
        fault.point(AFTER)

    def delete(self, names: list[str]) -> None:
        """Absent ones are no error."""
        lines = b"".join(b"delete %s\0\0" % _checked(n).encode() for n in names if self.get(n))
        if lines:
            self._git("update-ref", "--no-deref", "--stdin", "-z", input=lines)

    def break_locks(self, prefix: str) -> None:
        """Remove what a killed git left: locks below `prefix` (the caller owns that run) and old ones on all refs."""
        for path in (self._folder / prefix).rglob("*.lock"):
            path.unlink(missing_ok=True)
        shared = self._folder / "packed-refs.lock"
        if shared.exists() and time.time() - shared.stat().st_mtime > _STALE_LOCK_SECONDS:
            shared.unlink(missing_ok=True)

    def _packed(self) -> dict[str, str]:
        try:
            lines = (self._folder / "packed-refs").read_text("ascii").splitlines()
        except FileNotFoundError:
            return {}
        return {line[41:]: line[:40] for line in lines if line[:1] not in ("#", "^") and line[41:].startswith(PREFIX)}

    def _git(self, *args: str, input: bytes = b"") -> None:
        run_git(Mode.RUN, args, cwd=self._folder, env={"GIT_DIR": str(self._folder)}, input=input)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no ref of ours")
    return name
