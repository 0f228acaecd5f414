"""What a level puts around a command, and whether that holds on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Confinement:
    """The `bubblewrap` command with the `mounts` it reads, or a Landlock `ruleset`; and a seccomp `program`.

    Level 1 has none of them.
    """

    level: int
    bubblewrap: Sequence[str] = ()
    mounts: Sequence[str] = ()
    ruleset: bytes = b""
    program: bytes = b""


@dataclass(frozen=True)
class SelfTest:
    """Whether a level confines here; `reason` is a sentence for people."""

    passed: bool
    reason: str
