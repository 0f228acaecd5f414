"""Files and folders of ours: written only where they differ, removed without following a link."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from autopack.durable import write_whole


def write_if_different(path: Path, data: bytes) -> None:
    """Spare the rename when the regular file already holds `data`."""
    try:
        if not path.is_symlink() and path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    write_whole(path, data)


def remove_tree(path: Path) -> None:
    """Remove a file, link or folder with everything in it; unreadable folders are opened first, links not followed."""
    try:
        info = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(info.st_mode):
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        _open_up(path)
        shutil.rmtree(path)


def _open_up(folder: Path) -> None:
    folder.chmod(0o700)
    with os.scandir(folder) as entries:
        inner = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
    for entry in inner:
        _open_up(entry)
