"""The files of the private repository that are none of its objects and refs: what they must hold, and which must not be."""

from __future__ import annotations

import os
from pathlib import Path

from autopack.repo.files import remove_tree, write_if_different
from autopack.repo.quoting import c_quote

FOLDERS = ("objects/info", "objects/pack", "refs/autopack", "info", "scratch")
CONFIGURATION = b"""[core]
\trepositoryformatversion = 0
\tbare = true
\tfilemode = true
\tlogAllRefUpdates = false
\tfsync = committed,reference
\tlooseCompression = 1
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tautocrlf = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[pack]
\tthreads = 1
\twriteBitmaps = false
[uploadpack]
\tallowAnySHA1InWant = true
[transfer]
\tunpackLimit = 1
"""
_FOREIGN_FILES = (
    "config.worktree",
    "commondir",
    "info/attributes",
    "info/grafts",
    "info/exclude",
    "objects/info/http-alternates",
)


def lay_out(path: Path, user_objects: Path, user_shallow: Path) -> None:
    """Put configuration, alternates and shallow boundary to what they must be; take away what git would heed besides."""
    write_if_different(path / "HEAD", b"ref: refs/heads/none\n")
    write_if_different(path / "config", CONFIGURATION)
    write_if_different(path / "objects/info/alternates", c_quote(os.fsencode(user_objects)) + b"\n")
    for name in _FOREIGN_FILES:
        (path / name).unlink(missing_ok=True)
    remove_tree(path / "hooks")
    shallow = path / "shallow"
    try:
        write_if_different(shallow, user_shallow.read_bytes())
    except FileNotFoundError:
        shallow.unlink(missing_ok=True)
