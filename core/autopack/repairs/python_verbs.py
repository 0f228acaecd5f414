"""`pytest` and `pip`: tests of the worktree with options that only shape the output, and what the lock file pins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack.paths import printable
from autopack.repairs.commands import InstallLocked, PythonCommand, RunPytest
from autopack.repairs.ground import Ground
from autopack.repairs.locks import REQUIREMENT, Pin, in_pips_format, normalised, pins_of
from autopack.repairs.options import read_call
from autopack.repairs.refusal import CommandRefused

_PYTEST_FLAGS = (
    *("-q", "-qq", "--quiet", "-v", "-vv", "-vvv", "--verbose", "-x", "--exitfirst", "-l", "--showlocals"),
    *("--co", "--collect-only", "--no-header", "--no-summary", "--full-trace", "--disable-warnings", "-s"),
    *("-qx", "-xq", "-vx", "-xv"),
)
_REPORT = re.compile(r"-r[fExXpPsaAwNFS]{1,12}")
_PYTEST_VALUES = {
    "--tb": re.compile("auto|long|short|line|native|no"),
    "--capture": re.compile("no"),
    "--color": re.compile("yes|no|auto"),
    "--maxfail": re.compile("[0-9]{1,4}"),
    "--durations": re.compile("[0-9]{1,4}"),
}
_NODE = re.compile(r"[^\W\d]\w*(\[.{0,200}\])?")
_MODULES = ("pytest", "pip")


def pytest(words: Sequence[str], ground: Ground) -> RunPytest:
    """`pytest [OPTION...] [PATH[::NAME...]...]`"""
    reports = [word for word in words if _REPORT.fullmatch(word)]
    call = read_call("pytest", words, (*_PYTEST_FLAGS, *reports), _PYTEST_VALUES)
    if any(operand in (".", "./") for operand in call.paths):
        return RunPytest(call.options)
    return RunPytest(call.options, tuple(dict.fromkeys(_node(operand, ground) for operand in call.paths)))


def _node(operand: str, ground: Ground) -> str:
    file, *names = operand.split("::") if "[" not in operand else _parametrised(operand)
    path = ground.target(file)
    for name in names:
        if not _NODE.fullmatch(name):
            raise CommandRefused(
                f"{printable(operand)} is no id of a test", hint="Write ids as pytest prints them: path::Class::name."
            )
    return "::".join((path, *names))


def _parametrised(operand: str) -> list[str]:
    """Parts of an id whose parameters, in brackets at its end, may hold anything."""
    head, bracket, parameters = operand.partition("[")
    *parts, last = head.split("::")
    return [*parts, last + bracket + parameters]


def pip(words: Sequence[str], ground: Ground) -> InstallLocked:
    """`pip install -r LOCKFILE`, or `pip install NAME[==VERSION]...` of what one lock file pins."""
    if not words or words[0] != "install":
        said = printable(words[0]) if words else "without a subcommand"
        raise CommandRefused(f"pip {said} is not one of the repair commands", hint="pip only takes install here.")
    rest = list(words[1:])
    if rest[:1] == ["-r"] or rest[:1] == ["--requirement"]:
        return _whole(rest[1:], ground)
    call = read_call("pip install", rest, ("-q", "--quiet"))
    if not call.operands or call.after:
        raise CommandRefused("pip install names nothing to install", hint="Name what the lock file pins.")
    for lock, data in sorted(ground.locks.items()):
        known = pins_of(lock, data)
        pins = [_pinned(name, known) for name in call.operands]
        if None not in pins:
            return InstallLocked(tuple(dict.fromkeys(pin for pin in pins if pin)), lock)
    raise CommandRefused(
        f"{printable(call.operands[0])} is not pinned by a lock file of this repository",
        hint="Only what a lock file at the root pins can be installed; a new dependency is a matter for a person.",
    )


def _whole(operands: Sequence[str], ground: Ground) -> InstallLocked:
    lock = operands[0].removeprefix("./") if len(operands) == 1 else ""
    pins = pins_of(lock, ground.locks[lock]) if lock in ground.locks and in_pips_format(lock) else {}
    if not pins:
        raise CommandRefused(
            "pip install -r names no lock file of this repository that pins each of its lines",
            hint=f"Lock files here: {', '.join(sorted(filter(in_pips_format, ground.locks))) or 'none'}.",
        )
    return InstallLocked(tuple(pins.values()), lock)


def _pinned(operand: str, known: dict[str, Pin]) -> Pin | None:
    found = REQUIREMENT.fullmatch(operand)
    pin = known.get(normalised(found[1])) if found else None
    return pin if pin and found and found[2] in (None, pin.version) else None


def python(words: Sequence[str], ground: Ground) -> PythonCommand:
    """`python -m pytest ...` and `python -m pip install ...`."""
    if len(words) < 2 or words[0] != "-m" or words[1] not in _MODULES:
        raise CommandRefused(
            "python runs no code of a command", hint="Write python -m pytest ... or python -m pip install ..."
        )
    return pytest(words[2:], ground) if words[1] == "pytest" else pip(words[2:], ground)
