"""Which folders a program needs to be able to run: its virtual environment and its installation prefix."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

_PARTS = ("bin", "lib", "lib64", "libexec", "include")


def program_roots(program: str, search_path: str, distrusted: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Folders (or the one file) behind `program`; nothing for one below a `distrusted` folder, whose links may lie.

    `run` adds those of `argv[0]` by itself; name them as readable where another program starts the interpreter.
    """
    located = program if "/" in program else shutil.which(program, path=search_path)
    if located is None or not Path(located).is_absolute():
        return ()
    roots: list[Path] = []
    for link in _chain(Path(located)):
        if any(link.is_relative_to(folder) for folder in distrusted):
            return ()
        roots += _environment(link.parent.parent)
    real = Path(os.path.realpath(located))
    return tuple(dict.fromkeys([*roots, *_prefix(real.parent.parent, real)]))


def _chain(path: Path) -> list[Path]:
    """The path and every symbolic link it goes through, each as written."""
    found = [path]
    while found[-1].is_symlink() and len(found) < 40:
        found.append(Path(os.path.normpath(found[-1].parent / found[-1].readlink())))
    return found


def _environment(folder: Path) -> list[Path]:
    """A virtual environment and the installation its pyvenv.cfg names as home."""
    roots: list[Path] = []
    with contextlib.suppress(OSError):
        lines = (folder / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
        roots.append(folder)
        for line in lines:
            key, _, value = line.partition("=")
            if key.strip() == "home" and value.strip():
                home = Path(value.strip())
                roots += _prefix(home.parent, home)
    return roots


def _prefix(folder: Path, smallest: Path) -> list[Path]:
    """The whole folder where a Python installation is all it holds, its program parts elsewhere, else `smallest`."""
    if smallest.is_relative_to("/usr"):
        return []
    home = Path.home()
    shared = home.is_relative_to(folder) or folder == home / ".local"
    if folder == Path("/") or home == folder or not (folder / "lib").is_dir():
        return [smallest]
    if not shared and any((folder / "lib").glob("python3*")):
        return [folder]
    return [folder / part for part in _PARTS if (folder / part).exists()]
