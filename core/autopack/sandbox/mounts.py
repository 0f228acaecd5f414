"""The file system view of a confined command, as bubblewrap arguments. Nothing that is not named here is visible.

A mount point is never made inside a tree the command (or an earlier one) could write: bubblewrap follows symbolic links
when it makes them and was seen creating files outside. So below a named folder a mount target must exist and no part of
the way to it may be a link, else the command is not started.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.sandbox.interpreter import program_roots

if TYPE_CHECKING:
    from autopack.sandbox.process import ProcessSpec

_LINKABLE = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SYSTEM_FOLDERS = ("/usr", "/nix/store", "/etc/alternatives", "/etc/ssl", "/etc/pki", "/etc/ca-certificates")
_SYSTEM_FILES = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf"),
    *("/etc/hosts", "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/services", "/etc/protocols"),
    *("/etc/fonts", "/etc/os-release", "/etc/debian_version"),
)
# bubblewrap itself covers irq, bus and sysrq-trigger; root could write the rest, sys/kernel/core_pattern among it.
_KERNEL = ("/proc/sys", "/proc/mtrr", "/proc/acpi", "/proc/fs", "/proc/driver", "/proc/scsi", "/proc/pressure")
_FORBIDDEN = ("/", "/proc", "/dev", "/sys", "/etc", "/usr")
TMP_BYTES = 2 * 1024**3
SHM_BYTES = 512 * 1024**2


class MountRefused(Exception):
    """A path of the spec cannot be mounted safely; the message names it and says why."""


def mount_arguments(spec: ProcessSpec) -> list[str]:
    """Everything between the namespaces and the command. Raises MountRefused."""
    wanted = _wanted(spec)
    arguments = _system(spec.network)
    sealed: list[str] = []
    for target in sorted(wanted, key=lambda path: len(path.parts)):
        kind = wanted[target]
        above = next((wanted[parent] for parent in target.parents if parent in wanted), None)
        if kind == above or (kind == "hide" and above is None):
            continue
        if kind == "hide" and target.is_dir():
            arguments += ["--tmpfs", str(target)]
            sealed += ["--remount-ro", str(target)]
        elif kind == "hide":
            arguments += ["--ro-bind", os.devnull, str(target)]
        else:
            arguments += ["--bind" if kind == "write" else "--ro-bind", os.path.realpath(target), str(target)]
    sealed += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*arguments, *sealed, "--chdir", str(spec.cwd)]


def _system(network: bool) -> list[str]:
    arguments: list[str] = []
    for name in _LINKABLE:
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", os.fspath(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    files = (*_SYSTEM_FILES, "/etc/resolv.conf") if network else _SYSTEM_FILES
    for name in (*_SYSTEM_FOLDERS, *files):
        if Path(name).exists():
            arguments += ["--ro-bind", os.path.realpath(name), name]
    kernel = [part for name in _KERNEL if Path(name).exists() for part in ("--ro-bind", name, name)]
    return [
        *arguments,
        *("--proc", "/proc", *kernel),
        *("--dev", "/dev", "--dir", "/run", "--symlink", "/tmp", "/var/tmp"),  # noqa: S108
        *("--size", str(TMP_BYTES), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--size", str(SHM_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm"),  # noqa: S108
    ]


def _wanted(spec: ProcessSpec) -> dict[Path, str]:
    """Kind per mount target, each path at its own name and at its real one; hide outranks read outranks write."""
    program = program_roots(spec.argv[0], spec.env.get("PATH", ""), spec.writable)
    given = (*spec.writable, *spec.readable, *program)
    roots = {name for root in given for name in (root, Path(os.path.realpath(root)))}
    wanted: dict[Path, str] = {}
    for kind, paths in (("write", spec.writable), ("read", (*program, *spec.readable)), ("hide", spec.hidden)):
        for path in paths:
            if not _mountable(path, kind, roots):
                continue
            for target in (path, Path(os.path.realpath(path))):
                if kind == "hide" or not _in_system(target):
                    wanted[target] = kind
    return wanted


def _mountable(path: Path, kind: str, roots: set[Path]) -> bool:
    """False: there is nothing there to show or hide."""
    if not path.is_absolute() or ".." in path.parts:
        raise MountRefused(f"{path}: only absolute paths without .. can be given to a sandbox")
    if str(path) in _FORBIDDEN or os.path.realpath(path) in _FORBIDDEN:
        raise MountRefused(f"{path}: cannot be given to a sandbox")
    for root in roots.intersection(path.parents):
        _refuse_links(path, root)
    if path.exists():
        return True
    if kind == "write":
        raise MountRefused(f"{path}: does not exist, so it cannot be writable in a sandbox")
    return False


def _refuse_links(path: Path, root: Path) -> None:
    step = root
    for part in path.relative_to(root).parts:
        step = step / part
        if step.is_symlink():
            raise MountRefused(f"{path}: {step} is a symbolic link inside {root}, nothing is mounted over it")


def _in_system(target: Path) -> bool:
    """Whether the system's own read-only view shows `target` already."""
    if target.is_relative_to("/usr") or target.is_relative_to("/nix/store"):
        return True
    first = target.parts[1]
    return first in _LINKABLE and Path("/", first).is_symlink()
