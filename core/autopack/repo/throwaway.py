"""The git repository the tests see: made anew before each test command, so nothing they do in it outlives them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.repo.files import remove_tree
from autopack.repo.quoting import c_quote

if TYPE_CHECKING:
    from collections.abc import Iterable

POINT = fault.register("repo.throwaway", "the tests' own git directory is about to be made anew")

_CONFIGURATION = """[core]
\trepositoryformatversion = 0
\tbare = false
\tfilemode = true
\tlogAllRefUpdates = true
[user]
\tname = Autopack
\temail = autopack@localhost
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


@dataclass(frozen=True, slots=True)
class Throwaway:
    """What goes into it. `tags` as (ref name, object, peeled object or ""); `hidden` are paths `git status` must not
    list."""

    commit: str
    stores: list[Path]
    tags: list[tuple[str, str, str]]
    shallow: bytes
    index: Path
    hidden: Iterable[str]


def make(folder: Path, checkout: Path, content: Throwaway) -> None:
    """Build `folder` beside itself, swap it in and point `<checkout>/.git` at it."""
    fault.point(POINT)
    fresh = folder.with_name(folder.name + ".new")
    remove_tree(fresh)
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (fresh / name).mkdir(parents=True)
    (fresh / "HEAD").write_text(content.commit + "\n", "ascii")
    (fresh / "config").write_text(_CONFIGURATION, "ascii")
    (fresh / "objects/info/alternates").write_bytes(
        b"".join(c_quote(os.fsencode(store)) + b"\n" for store in content.stores)
    )
    (fresh / "info/exclude").write_bytes(b"".join(_pattern(path) for path in content.hidden))
    (fresh / "packed-refs").write_bytes(_packed(content.tags))
    if content.shallow:
        (fresh / "shallow").write_bytes(content.shallow)
    if content.index.exists():
        shutil.copyfile(content.index, fresh / "index")
    remove_tree(folder)
    fresh.rename(folder)
    dot_git = checkout / ".git"
    remove_tree(dot_git)
    dot_git.write_bytes(b"gitdir: " + os.fsencode(folder) + b"\n")


def _packed(tags: list[tuple[str, str, str]]) -> bytes:
    lines = ["# pack-refs with: peeled fully-peeled sorted"]
    for name, oid, peeled in sorted(tags, key=lambda tag: os.fsencode(tag[0])):
        lines.append(f"{oid} {name}")
        lines += [f"^{peeled}"] if peeled else []
    return os.fsencode("\n".join(lines) + "\n")


def _pattern(path: str) -> bytes:
    """An exact ignore rule; a name no rule can hold is left visible."""
    if "\n" in path:
        return b""
    escaped = "".join("\\" + c if c in "\\*?[ #!" else c for c in path)
    return b"/" + os.fsencode(escaped) + b"\n"
