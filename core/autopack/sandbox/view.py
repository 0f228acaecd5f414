"""What a confined command may see and write: one description, enforced by bubblewrap (mounts) or by Landlock (ruleset).

Nothing that is not named here is visible. Below a named folder a path must exist and no part of the way to it may be a
link, else the command is not started: an earlier command may have made the link, bubblewrap would create files behind
it, and a rule on it would open what it points to.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from autopack.sandbox.interpreter import program_roots

if TYPE_CHECKING:
    from autopack.sandbox.process import ProcessSpec

LINKABLE = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Folders of the root that are links into /usr on most systems."""
_SYSTEM_FOLDERS = ("/usr", "/nix/store", "/etc/alternatives", "/etc/ssl", "/etc/pki", "/etc/ca-certificates")
_SYSTEM_FILES = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf"),
    *("/etc/hosts", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/services", "/etc/protocols"),
    *("/etc/fonts", "/etc/os-release", "/etc/debian_version"),
)
_FORBIDDEN = ("/", "/proc", "/dev", "/sys", "/etc", "/usr")

Kind = Literal["write", "read", "hide"]


class ViewRefused(Exception):
    """A path of the spec cannot be shown safely; the message names it and says why."""


@dataclass(frozen=True)
class Shown:
    """One path of the view: `target` is the name the command knows it by, `source` what stands there, links resolved."""

    target: Path
    source: Path
    kind: Kind


def system_view(network: bool) -> list[Shown]:
    """What of the system every command reads; the folders of LINKABLE are among it where they are no links."""
    folders = [f"/{name}" for name in LINKABLE if Path("/", name).is_dir() and not Path("/", name).is_symlink()]
    files = (*_SYSTEM_FILES, "/etc/resolv.conf") if network else _SYSTEM_FILES
    present = [Path(name) for name in (*folders, *_SYSTEM_FOLDERS, *files) if Path(name).exists()]
    return [Shown(path, Path(os.path.realpath(path)), "read") for path in present]


def given_view(spec: ProcessSpec) -> list[Shown]:
    """What `spec` gives and hides and the interpreter it needs, outer paths first, each at its own name and at its real
    one; what the path above it shows in the same way already is left out. Raises ViewRefused."""
    wanted = _wanted(spec)
    view: list[Shown] = []
    for target in sorted(wanted, key=lambda path: len(path.parts)):
        kind = wanted[target]
        above = next((wanted[parent] for parent in target.parents if parent in wanted), None)
        if kind != above and not (kind == "hide" and above is None):
            view.append(Shown(target, Path(os.path.realpath(target)), kind))
    return view


def _wanted(spec: ProcessSpec) -> dict[Path, Kind]:
    """Kind per path; hide outranks read outranks write."""
    program = program_roots(spec.argv[0], spec.env.get("PATH", ""), spec.writable)
    given = (*spec.writable, *spec.readable, *program)
    roots = {name for root in given for name in (root, Path(os.path.realpath(root)))}
    kinds: tuple[tuple[Kind, tuple[Path, ...]], ...] = (
        ("write", spec.writable),
        ("read", (*program, *spec.readable)),
        ("hide", spec.hidden),
    )
    wanted: dict[Path, Kind] = {}
    for kind, paths in kinds:
        for path in paths:
            if not _showable(path, kind, roots):
                continue
            for target in (path, Path(os.path.realpath(path))):
                if kind == "hide" or not _in_system(target):
                    wanted[target] = kind
    return wanted


def _showable(path: Path, kind: Kind, roots: set[Path]) -> bool:
    """False: there is nothing there to show or hide."""
    if not path.is_absolute() or ".." in path.parts:
        raise ViewRefused(f"{path}: only absolute paths without .. can be given to a sandbox")
    if str(path) in _FORBIDDEN or os.path.realpath(path) in _FORBIDDEN:
        raise ViewRefused(f"{path}: cannot be given to a sandbox")
    for root in roots.intersection(path.parents):
        _refuse_links(path, root)
    if path.exists():
        return True
    if kind == "write":
        raise ViewRefused(f"{path}: does not exist, so it cannot be writable in a sandbox")
    return False


def _refuse_links(path: Path, root: Path) -> None:
    step = root
    for part in path.relative_to(root).parts:
        step = step / part
        if step.is_symlink():
            raise ViewRefused(f"{path}: {step} is a symbolic link inside {root}, nothing behind it is shown")


def _in_system(target: Path) -> bool:
    """Whether the system's own read-only view shows `target` already."""
    if target.is_relative_to("/usr") or target.is_relative_to("/nix/store"):
        return True
    first = target.parts[1]
    return first in LINKABLE and Path("/", first).is_symlink()
