"""Health: what a run needs of machine, repository and settings, each as one check with what to do."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import autopack
from autopack import fault
from autopack.errors import AutopackError
from autopack.model.findings import Severity
from autopack.repo import git_binary
from autopack.sandbox import Sandbox
from autopack.service import people
from autopack.service.interpreter import target_python
from autopack.settings import missing_keys, no_second_auditor

if TYPE_CHECKING:
    from autopack.service.premises import Premises

_IN_THE_TARGET = "autopack.testing.plugin."
_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """`required`: a run cannot start without it. `duration` in seconds."""

    name: str
    passed: bool
    message: str
    hint: str = ""
    required: bool = True
    duration: float = 0.0


def checks(service: Premises) -> list[HealthCheck]:
    """Every check, in the order a person would mend them; none raises."""
    return [_timed(name, required, check, service) for name, required, check in CHECKS]


def fault_points() -> dict[str, str]:
    """Every place where a test may stop the process: name and meaning, sorted. Loads the whole house, for modules
    declare their own."""
    for module in pkgutil.walk_packages(autopack.__path__, "autopack."):
        if not module.name.startswith(_IN_THE_TARGET):
            importlib.import_module(module.name)
    return dict(sorted(fault.POINTS.items()))


def _timed(
    name: str, required: bool, check: Callable[[Premises], tuple[bool, str, str]], service: Premises
) -> HealthCheck:
    began = time.monotonic()
    try:
        passed, message, hint = check(service)
    except (AutopackError, OSError) as error:
        hint = error.hint if isinstance(error, AutopackError) else ""
        passed, message = False, error.message if isinstance(error, AutopackError) else str(error)
    return HealthCheck(name, passed, message, hint, required, time.monotonic() - began)


def _python(service: Premises) -> tuple[bool, str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= (3, 11), f"Autopack runs on Python {version}", "Install Python 3.11 or newer."


def _git(service: Premises) -> tuple[bool, str, str]:
    return True, f"git is {git_binary()}", ""


def _repository(service: Premises) -> tuple[bool, str, str]:
    head = service.user.head()
    busy = service.user.in_progress()
    where = f"{service.user.root} at {head.commit[:12]} ({head.branch or 'detached'})"
    if busy:
        return True, f"{where}, a {busy} is in progress", "Runs from HEAD work; finish it before a working-tree run."
    return True, where, ""


def _store(service: Premises) -> tuple[bool, str, str]:
    version = sqlite3.sqlite_version_info
    count = len(service.store.runs())
    return version >= (3, 35), f"journal {service.store.path} ({count} runs), SQLite {sqlite3.sqlite_version}", ""


def _disk(service: Premises) -> tuple[bool, str, str]:
    free = shutil.disk_usage(service.state).free
    return (
        free > _FREE_BYTES,
        f"{free // 1024**2} MiB free at {service.state}",
        "Free some, or set AUTOPACK_STATE_DIR.",
    )


def _sandbox(service: Premises) -> tuple[bool, str, str]:
    settings = service.loaded.settings.sandbox
    sandbox = Sandbox.best(settings.minimum, settings.level)
    hint = "" if sandbox.level >= 2 else "AP907: install bubblewrap for a stronger one (apt-get install bubblewrap)."
    return True, f"sandbox level {sandbox.level}: {sandbox.reason}", hint


def _interpreter(service: Premises) -> tuple[bool, str, str]:
    return True, f"the target's tests run on {target_python(service)}", ""


def _settings(service: Premises) -> tuple[bool, str, str]:
    errors = [f for f in service.loaded.findings if f.severity is Severity.ERROR]
    if errors:
        return False, f"{errors[0].where()}: {errors[0].message}", "Mend the file."
    return True, f"settings are valid ({len(service.loaded.findings)} notes)", ""


def _keys(service: Premises) -> tuple[bool, str, str]:
    settings = service.loaded.settings
    missing = missing_keys(settings, service.env)
    if missing:
        lacking = ", ".join(f"{m.variable} ({m.role} {m.model})" for m in missing)
        return False, f"not in the environment: {lacking}", "Set it, or run from a cassette."
    alone = no_second_auditor(settings, service.env)
    hint = f"Changes that two models must review need a person: {alone}." if alone else ""
    return True, f"{settings.models.builder} and {settings.models.auditor} can be asked", hint


def _people(service: Premises) -> tuple[bool, str, str]:
    if people.is_foreign(service.user):
        return True, f"{people.NAME} is taken; reports stay in {service.state / 'people'} (AP905)", ""
    return True, f"reports go to {people.NAME}/", ""


CHECKS: tuple[tuple[str, bool, Callable[[Premises], tuple[bool, str, str]]], ...] = (
    ("python", True, _python),
    ("git", True, _git),
    ("settings", True, _settings),
    ("repository", True, _repository),
    ("disk", True, _disk),
    ("journal", True, _store),
    ("interpreter", True, _interpreter),
    ("sandbox", True, _sandbox),
    ("model keys", False, _keys),
    ("reports", False, _people),
)
