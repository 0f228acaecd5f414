"""What a worktree knows of itself between processes: one small file beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from autopack.durable import write_whole

if TYPE_CHECKING:
    from pathlib import Path

Stamp = tuple[int, ...]


@dataclass(slots=True)
class Copy:
    """A file brought from the user's checkout: absolute `source`, the copy's stat when it was made (() = not yet), and
    the tracked blob it stands for ("" = none)."""

    source: str
    stamp: Stamp = ()
    blob: str = ""


@dataclass(slots=True)
class Record:
    """`links` lead from a path to an absolute target; `generated` are files `setup` made; `setup` is the key of the
    last finished set-up; `commit` what is checked out ("" while a checkout is under way)."""

    run: str = ""
    commit: str = ""
    setup: str = ""
    copies: dict[str, Copy] = field(default_factory=dict[str, Copy])
    links: dict[str, str] = field(default_factory=dict[str, str])
    generated: list[str] = field(default_factory=list[str])
    folders: list[str] = field(default_factory=list[str])

    def save(self, path: Path) -> None:
        """Not flushed: after a power failure the worktree is simply provisioned again."""
        write_whole(path, json.dumps(asdict(self)).encode(), flush=False)

    @classmethod
    def load(cls, path: Path, run: str) -> Record:
        """The stored record; provisioning of another run is forgotten, a damaged file is an empty record."""
        try:
            data: dict[str, Any] = json.loads(path.read_bytes())
            copies = {p: Copy(c["source"], tuple(c["stamp"]), c["blob"]) for p, c in data.pop("copies").items()}
            record = cls(copies=copies, **data)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls(run=run)
        return record if record.run == run else cls(run=run)


def stamp_of(path: Path) -> Stamp:
    """Changes whenever the file's content, mode or identity does; () when it is gone."""
    try:
        info = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
