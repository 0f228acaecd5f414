"""CommandRefused: why a proposed command is not taken, in words its author can act on."""

from __future__ import annotations

from autopack.errors import AutopackError

SAY = (
    "Write one command of the grammar: git checkout|reset -q -- PATH..., git merge --abort, git clean -n, git status, "
    "git diff, rm, mkdir, cp, mv, pytest, pip install from the lock file."
)


class CommandRefused(AutopackError):
    """A command that is not carried out; nothing was changed. `never`: it names a place no approval opens."""

    default_code = "AP310"

    def __init__(self, message: str, *, hint: str = SAY, code: str = "", never: bool = False) -> None:
        super().__init__(message, hint=hint, code=code)
        self.never = never
