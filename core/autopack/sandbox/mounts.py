"""The view of a confined command as bubblewrap arguments.

A mount point is never made inside a tree the command (or an earlier one) could write: bubblewrap follows symbolic links
when it makes them and was seen creating files outside (see `view` for what is refused).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.sandbox.view import LINKABLE, given_view, system_view

if TYPE_CHECKING:
    from autopack.sandbox.process import ProcessSpec

# bubblewrap itself covers irq, bus and sysrq-trigger; root could write the rest, sys/kernel/core_pattern among it.
_KERNEL = ("/proc/sys", "/proc/mtrr", "/proc/acpi", "/proc/fs", "/proc/driver", "/proc/scsi", "/proc/pressure")
TMP_BYTES = 2 * 1024**3
SHM_BYTES = 512 * 1024**2


def mount_arguments(spec: ProcessSpec) -> list[str]:
    """Everything between the namespaces and the command. Raises ViewRefused."""
    given = given_view(spec)
    arguments = _system(spec.network)
    sealed: list[str] = []
    for shown in given:
        target = str(shown.target)
        if shown.kind == "hide" and shown.target.is_dir():
            arguments += ["--tmpfs", target]
            sealed += ["--remount-ro", target]
        elif shown.kind == "hide":
            arguments += ["--ro-bind", os.devnull, target]
        else:
            arguments += ["--bind" if shown.kind == "write" else "--ro-bind", str(shown.source), target]
    sealed += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*arguments, *sealed, "--chdir", str(spec.cwd)]


def _system(network: bool) -> list[str]:
    links = [Path("/", name) for name in LINKABLE if Path("/", name).is_symlink()]
    arguments = [part for link in links for part in ("--symlink", os.fspath(link.readlink()), str(link))]
    for shown in system_view(network):
        arguments += ["--ro-bind", str(shown.source), str(shown.target)]
    kernel = [part for name in _KERNEL if Path(name).exists() for part in ("--ro-bind", name, name)]
    return [
        *arguments,
        *("--proc", "/proc", *kernel),
        *("--dev", "/dev", "--dir", "/run", "--symlink", "/tmp", "/var/tmp"),  # noqa: S108
        *("--size", str(TMP_BYTES), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--size", str(SHM_BYTES), "--perms", "1777", "--tmpfs", "/dev/shm"),  # noqa: S108
    ]
