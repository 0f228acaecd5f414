"""Two clocks: the wall for display and the boot clock for ages, so that a changed wall clock neither loses nor keeps
an approval."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """`wall` is seconds since the epoch; `steady` the id of this boot and seconds since it began, sleep included."""

    def wall(self) -> float: ...

    def steady(self) -> tuple[str, float]: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    boot: str = field(default="")

    @classmethod
    def here(cls) -> SystemClock:
        """The machine's clock; where the kernel names no boot, ages fall back to the wall."""
        try:
            return cls(_BOOT_ID.read_text().strip())
        except OSError:
            return cls()

    def wall(self) -> float:
        return time.time()

    def steady(self) -> tuple[str, float]:
        kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return self.boot, time.clock_gettime(kind)


def age(clock: Clock, wall: float, boot: str, steady: float) -> float:
    """Seconds since a moment stored as both; by the boot clock within one boot, else by the wall, never negative."""
    boot_now, steady_now = clock.steady()
    passed = steady_now - steady if boot and boot == boot_now else clock.wall() - wall
    return max(0.0, passed)
