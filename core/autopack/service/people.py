"""`.autonomous_runs/`: the folder in the repository that holds what people read, ignored by itself."""

from __future__ import annotations

import os
from pathlib import Path

from autopack.repo import UserRepo

NAME = ".autonomous_runs"


def folder(user: UserRepo, state: Path) -> Path:
    """The folder, made when missing. A symbolic link or a tracked folder of that name is left alone; then what people
    read stays in the state folder (AP905 is the caller's to say)."""
    place = user.root / NAME
    if is_foreign(user):
        kept = state / "people"
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        return kept
    place.mkdir(exist_ok=True)
    ignore = place / ".gitignore"
    if not ignore.exists():
        temporary = place / f".gitignore.{os.getpid()}"
        temporary.write_text("*\n", "utf-8")
        temporary.replace(ignore)
    return place


def is_foreign(user: UserRepo) -> bool:
    """Whether the name is taken by something that is not ours."""
    place = user.root / NAME
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        return True
    return any(path.startswith(f"{NAME}/") for path in user.tracked(user.head().commit))
