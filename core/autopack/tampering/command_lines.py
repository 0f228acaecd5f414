"""Command lines that run tests, compared by their options and paths: which leave tests out, switch checks off, ask less."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autopack.tampering.facts import Facts, Kind

_SELECTS = frozenset({"-k", "-m", "-t", "-g", "-f", "--grep", "--fgrep", "--testNamePattern", "--testPathPattern",
                      "--testPathPatterns",
                      "--deselect", "--ignore", "--ignore-glob", "--exclude", "--testPathIgnorePatterns", "--invert", "-i",
                      "--onlyChanged", "-o", "--lf", "--last-failed", "--sw", "--changed", "--related",
                      "--skip"})  # fmt: skip
_SWITCHES_OFF = frozenset({"--no-cov", "--collect-only", "--co", "--setup-only", "--setup-plan", "--snapshot-update", "-u",
                           "--updateSnapshot", "--update", "--update-snapshots", "--force-regen", "--passWithNoTests",
                           "--no-coverage",
                           "--regen-all", "--inline-snapshot=fix", "--allow-uncaught", "--test-only", "--no-fail-fast",
                           "--doctest-ignore-import-errors", "--doctest-continue-on-failure", "--noconftest"}) - {
                               "--no-fail-fast"}  # fmt: skip
_ASKS = re.compile(
    r"--strict|--doctest-(?:modules|glob)|--cov(?:$|=|-fail-under)|-W\s*error|--check-coverage|--forbid-only|--branches|"
    r"--forbid-pending|--runxfail|--coverage|--cov-branch|--ci$|--lines|-Werror|--test-coverage"
)
_IGNORED_RESULT = re.compile(
    r"^\s*-\s|\|\|\s*(?:true|:|exit\s+0|echo\b)|;\s*(?:true|exit\s+0|:)\s*$|^\s*(?:true|:|exit 0|echo\b[^&|;]*)\s*$"
)


@dataclass(frozen=True)
class Said:
    kind: Kind
    why: str
    word: str
    """What to look for in the file."""
    sure: bool = True


def command_said(key: str, old: str, new: str, before: Mapping[str, object], facts: Facts) -> Iterator[Said]:
    """A command line or a list of options."""
    scripts = key.startswith(("scripts.", "tox."))
    if scripts and not re.search(r"test|check|coverage|ci\b|verify|commands|ignore_(?:outcome|errors)", key):
        return
    if key.startswith("tox.") and key.rpartition(".")[2] not in (
        "commands",
        "ignore_outcome",
        "ignore_errors",
        "setenv",
    ):
        return
    if key.endswith(("ignore_outcome", "ignore_errors")):
        if is_true(new) and not is_true(old):
            yield Said(Kind.CONFIGURATION, "the outcome of the tests is ignored", key.rpartition(".")[2])
        return
    if scripts and old and not new:
        yield Said(Kind.CONFIGURATION, f"{key} is gone", key.rpartition(".")[2])
        return
    if scripts and not old:
        return
    if _IGNORED_RESULT.search(new) and not _IGNORED_RESULT.search(old):
        yield Said(Kind.CONFIGURATION, f"{key} succeeds whatever the tests say: {new}", key.rpartition(".")[2])
        return
    was, now = _options(old), _options(new)
    for option in [o for o in now if o not in was]:
        name, value = _name(option), _value(option)
        earlier = next((_value(o) for o in was if _name(o) == name), None)
        if name in ("--timeout", "--testTimeout", "-t") and number_of(value) is not None and earlier is not None:
            if (number_of(value) or 0) > (number_of(earlier) or 0) or number_of(value) == 0:
                yield Said(Kind.SLOWER, f"{key}: {option} instead of {earlier}", name)
        elif name in ("--reruns", "--retries", "--retry"):
            yield Said(Kind.SLOWER, f"{key}: {option} repeats tests that fail", name)
        elif re.match(r"--(?:cov-)?fail-under|--lines|--branches|--functions|--statements", name):
            if earlier is not None and (number_of(value) or 0) < (number_of(earlier) or 0):
                yield Said(Kind.COVERAGE, f"{key}: {option} instead of {earlier}", name)
        elif name == "-p" and (value or "").startswith("no:") and value != "no:cacheprovider":
            yield Said(Kind.CONFIGURATION, f"{key}: the plugin {(value or '')[3:]} is switched off", "-p")
        elif name in _SELECTS or name in _SWITCHES_OFF or option in _SWITCHES_OFF:
            if name == "-o" and not re.search(r"strict|filterwarnings|python_|testpaths|addopts", value or ""):
                continue
            kind = Kind.SNAPSHOT if re.search(r"snapshot|^-u$|update|regen", name, re.I) else Kind.DESELECTED if (
                name in _SELECTS) else Kind.CONFIGURATION  # fmt: skip
            yield Said(kind, f"{key}: {option}", name)
        elif (
            name == "-W"
            and (value or "").startswith("ignore")
            and any("error" in str(v) for k, v in before.items() if k.endswith(("filterwarnings", "addopts")))
        ):
            yield Said(Kind.CONFIGURATION, f"{key}: {option}", "-W")
    for option in was:
        if option not in now and _ASKS.search(option) and not any(_name(o) == _name(option) for o in now):
            covering = "cov" in option or option.startswith(("--lines", "--branches"))
            if not (covering and _moved_elsewhere(option, facts)):
                yield Said(
                    Kind.COVERAGE if covering else Kind.CONFIGURATION,
                    f"{key}: {option} is gone",
                    key.rpartition(".")[2],
                )
    yield from _narrower_paths(key, was, now)


def _moved_elsewhere(option: str, facts: Facts) -> bool:
    name = option.split("=")[0].lstrip("-").replace("cov-", "").replace("-", "_")
    return any(
        name.encode() in (c.after or b"") and name.encode() not in (c.before or b"") for c in facts.changes.changes
    )


def _narrower_paths(key: str, was: list[str], now: list[str]) -> Iterator[Said]:
    """Files and folders of a command line that it no longer runs."""
    old = [o for o in was if not o.startswith("-") and ("/" in o or "*" in o)]
    new = [o for o in now if not o.startswith("-") and ("/" in o or "*" in o)]
    gone = [o for o in old if not any(covers(n, o) or fnmatch.fnmatch(o, n) for n in new)]
    fresh = [n for n in new if n not in old]
    if gone and fresh:
        yield Said(
            Kind.DESELECTED,
            f"{key} runs {', '.join(fresh[:2])} and no longer {', '.join(gone[:2])}",
            key.rpartition(".")[2],
        )


def _options(text: str) -> list[str]:
    """Options with their values as one (`-k name`, `--timeout 5`)."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    found: list[str] = []
    for word in words:
        takes = found and found[-1] in (
            "-k", "-m", "-p", "-W", "-o", "-t", "-g", "--deselect", "--ignore", "--ignore-glob", "--timeout",
            "--grep", "--retries",
            "--reruns", "--testNamePattern", "--lines", "--branches", "--exclude", "--testTimeout",
            "--cov-fail-under", "--cov")  # fmt: skip
        if takes and not word.startswith("--"):
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _name(option: str) -> str:
    return re.split(r"[= ]", option, maxsplit=1)[0]


def _value(option: str) -> str | None:
    parts = re.split(r"[= ]", option, maxsplit=1)
    return parts[1] if len(parts) > 1 else None


def covers(new: str, old: str) -> bool:
    return new in (old, "*", ".", "**", "**/*") or old.startswith(new.rstrip("/*") + "/") or (
        bool(new.rstrip("*")) and "*" not in old and old.startswith(new.rstrip("*")) and new.endswith("*")
    )  # fmt: skip


def number_of(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    found = re.fullmatch(r"\s*([\d_]+(?:\.\d+)?)\s*%?\s*", str(value))
    return float(found[1].replace("_", "")) if found else None


def is_true(value: object) -> bool:
    return str(value).strip().casefold() in ("true", "1", "yes", "on")
