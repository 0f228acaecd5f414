"""Settings of test runners and coverage tools, compared by what they mean: less is collected, counted or asked."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import cast

from autopack.model.changes import FileChange
from autopack.model.findings import Tree
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.settings import Settings, settings_of
from autopack.tampering.texts import Texts

_LEFT_OUT = frozenset({
    "norecursedirs", "collect_ignore", "collect_ignore_glob", "testPathIgnorePatterns", "modulePathIgnorePatterns",
    "watchPathIgnorePatterns", "exclude", "ignore", "excludeTags", "coveragePathIgnorePatterns", "omit", "exclude_lines",
    "exclude_also", "partial_branches", "exclusions",
})  # fmt: skip
"""Lists of what does not count: a longer one hides more."""
_TAKEN_IN = frozenset({
    "testpaths", "python_files", "python_classes", "python_functions", "testMatch", "testRegex", "include", "spec", "roots",
    "source", "source_pkgs", "collectCoverageFrom", "extension", "projects", "files", "tests", "required_plugins",
})  # fmt: skip
"""Lists of what counts: a shorter one hides more."""
_NAMES = frozenset({"source", "source_pkgs"})
"""Of these lists of files or modules that are measured: one that is no more cannot be taken in."""
_DEFAULTS = {"python_files": ("test_*.py", "*_test.py"), "python_functions": ("test",), "python_classes": ("Test",)}
_STRICT = frozenset({"xfail_strict", "strict", "strict_markers", "strict_config", "strict_xfail",
                     "strict_parametrization_ids",
                     "branch", "forbidOnly", "forbid-only", "check-coverage", "all", "perFile", "failOnConsole",
                     "errorOnDeprecated", "resetMocks", "injectGlobals"}) - {"resetMocks", "injectGlobals"}  # fmt: skip
_LENIENT = frozenset({"passWithNoTests", "dangerouslyIgnoreUnhandledErrors", "allowOnly", "ignore_errors", "ignore_outcome",
                      "updateSnapshot", "update", "allowUncaught", "silent"}) - {"silent"}  # fmt: skip
_THRESHOLD = re.compile(
    r"(?:coverageThreshold|thresholds?|fail_under|watermarks|^(?:c8|nyc)\.(?:lines|functions|branches|statements)$)"
)
_TIMES = frozenset({"timeout", "testTimeout", "hookTimeout", "teardownTimeout", "faulthandler_timeout",
                    "asyncio_timeout"}) - {
    "faulthandler_timeout"}  # fmt: skip
_TRIES = frozenset({"retry", "retries", "reruns", "retryTimes"})
_HARMLESS = re.compile(
    r"TYPE_CHECKING|NotImplementedError|__main__|@overload|abstractmethod|Protocol|^\s*\.\.\.$|pragma|"
    r"\\?\.\\?\.\\?\.|assert_never|@typing|__repr__|_version\b|_pb2|generated|migrations|pass$|node_modules|^dist|"
    r"coverage/|\.git\b|\.venv|build/"
)
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
    r"\|\|\s*(?:true|:|exit\s+0|echo\b)|;\s*(?:true|exit\s+0|:)\s*$|^\s*(?:true|:|exit 0|echo\b[^&|;]*)\s*$"
)


@dataclass(frozen=True)
class _Said:
    kind: Kind
    why: str
    word: str
    """What to look for in the file."""
    sure: bool = True


def configuration_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    for change in facts.changes.changes:
        for said in _said(change, facts):
            yield _placed(said, change, before, after)


def _said(change: FileChange, facts: Facts) -> Iterator[_Said]:
    old = settings_of(change.old_path or change.path, change.before)
    new = settings_of(change.path, change.after)
    if new is None and old is None:
        return
    elsewhere = _moved(change, facts)
    now: Settings = {**elsewhere, **(new or {})}
    before = old or {}
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield from _judged(key, before.get(key), now.get(key), before, facts)


def _moved(change: FileChange, facts: Facts) -> Settings:
    """What other changed files of the same folder say now: settings move from one to the other."""
    folder = change.path.rpartition("/")[0]
    found: Settings = {}
    for other in facts.changes.changes:
        if other is not change and other.path.rpartition("/")[0] == folder:
            was = settings_of(other.path, other.before) or {}
            found |= {k: v for k, v in (settings_of(other.path, other.after) or {}).items() if k not in was}
    return found


def _judged(key: str, old: object, new: object, before: Settings, facts: Facts) -> Iterator[_Said]:
    home, leaf = key.split(".")[0], key.rpartition(".")[2]
    covering = home in ("coverage", "c8", "nyc") or "overage" in key
    kind = Kind.COVERAGE if covering else Kind.DESELECTED if leaf in _TAKEN_IN | _LEFT_OUT else Kind.CONFIGURATION
    if leaf == "addopts" or home in ("scripts", "tox"):
        yield from _command(key, _text(old), _text(new), before, facts)
    elif _THRESHOLD.search(key) or (covering and _number(old) is not None and leaf not in ("precision",)):
        was, now = _number(old), _number(new)
        if was is not None and (now is None or now < was):
            yield _Said(Kind.COVERAGE, f"{key} was {was:g} and is {'gone' if now is None else f'{now:g}'}", leaf)
    elif leaf in _TIMES:
        was, now = _number(old), _number(new)
        if was and (not now or now > was):
            yield _Said(Kind.SLOWER, f"{key} was {was:g} and is {'gone' if now is None else f'{now:g}'}", leaf)
    elif leaf in _TRIES:
        if (_number(new) or 0) > (_number(old) or 0):
            yield _Said(Kind.SLOWER, f"{key} repeats tests that fail", leaf)
    elif leaf == "filterwarnings":
        yield from _warnings(_entries(old), _entries(new))
    elif leaf in _LEFT_OUT:
        added = [e for e in _entries(new) if e not in _entries(old)]
        if added:
            sure = not all(_harmless(e, key, facts) for e in added)
            yield _Said(kind, f"{key} leaves out {', '.join(added[:3])}", _first_word(added[0]) or leaf, sure)
    elif leaf in _TAKEN_IN:
        moved = leaf in _NAMES and any(e not in _entries(old) for e in _entries(new))
        there = [e for e in _entries(old) if not moved or not _moved_away(e, facts)]
        yield from _narrowed(key, leaf, kind, there, _entries(new)) if there or not old else ()
    elif leaf in _STRICT and _true(old) and not _true(new):
        yield _Said(kind, f"{key} is switched off", leaf)
    elif leaf in _LENIENT and _true(new) and not _true(old):
        yield _Said(kind, f"{key} is switched on", leaf)


def _moved_away(entry: str, facts: Facts) -> bool:
    """Whether a file, folder or module of the base is none any more."""
    stem = entry.strip("/").replace(".", "/") if not entry.endswith(".py") else entry.removesuffix(".py")

    def is_in(paths: Collection[str]) -> bool:
        return any(p.startswith((f"{stem}/", f"{stem}.py", f"src/{stem}/", f"src/{stem}.py")) for p in paths)

    return is_in(facts.base_paths) and not is_in(facts.candidate_paths)


def _narrowed(key: str, leaf: str, kind: Kind, old: Collection[str], new: Collection[str]) -> Iterator[_Said]:
    old = old or _DEFAULTS.get(leaf, ())
    if not old and new and leaf in ("testMatch", "testRegex", "include", "spec", "roots", "testpaths"):
        yield _Said(kind, f"{key} takes in only {', '.join(list(new)[:3])}", leaf, sure=leaf != "testpaths")
        return
    left = new or _DEFAULTS.get(leaf, ())
    if not new and leaf not in _DEFAULTS:
        if leaf in ("source", "source_pkgs", "collectCoverageFrom", "required_plugins"):
            yield _Said(kind, f"{key} is gone", leaf, sure=leaf == "collectCoverageFrom")
        return
    gone = [e for e in old if not any(_covers(n, e) for n in left)]
    barred = [e for e in new if e.startswith("!") and e not in old]
    if gone or barred:
        yield _Said(kind, f"{key} no longer takes in {', '.join((gone or barred)[:3])}", leaf)


def _covers(new: str, old: str) -> bool:
    return new in (old, "*", ".", "**", "**/*") or old.startswith(new.rstrip("/*") + "/") or (
        bool(new.rstrip("*")) and "*" not in old and old.startswith(new.rstrip("*")) and new.endswith("*")
    )  # fmt: skip


def _warnings(old: Collection[str], new: Collection[str]) -> Iterator[_Said]:
    gone = [e for e in old if e.startswith("error") and e not in new]
    fresh = [e for e in new if e.startswith(("ignore", "default", "once")) and e not in old]
    if gone:
        yield _Said(Kind.CONFIGURATION, "warnings are no errors any more", "filterwarnings")
    elif fresh and any(e.startswith("error") for e in old):
        blanket = any(e in ("ignore", "default") or re.fullmatch(r"ignore::(?:\w*Warning)?", e) for e in fresh)
        yield _Said(
            Kind.CONFIGURATION, f"a warning that was an error is let pass: {fresh[0]}", _first_word(fresh[0]), blanket
        )


def _command(key: str, old: str, new: str, before: Settings, facts: Facts) -> Iterator[_Said]:
    """A command line or a list of options."""
    scripts = key.startswith(("scripts.", "tox."))
    if scripts and not re.search(r"test|check|coverage|ci\b|verify|commands|ignore_outcome", key):
        return
    if key.startswith("tox.") and key.rpartition(".")[2] not in ("commands", "ignore_outcome", "setenv"):
        return
    if key.endswith("ignore_outcome"):
        if _true(new) and not _true(old):
            yield _Said(Kind.CONFIGURATION, "the outcome of the tests is ignored", "ignore_outcome")
        return
    if scripts and old and not new:
        yield _Said(Kind.CONFIGURATION, f"{key} is gone", key.rpartition(".")[2])
        return
    if scripts and not old:
        return
    if _IGNORED_RESULT.search(new) and not _IGNORED_RESULT.search(old):
        yield _Said(Kind.CONFIGURATION, f"{key} succeeds whatever the tests say: {new}", key.rpartition(".")[2])
        return
    was, now = _options(old), _options(new)
    for option in [o for o in now if o not in was]:
        name, value = _name(option), _value(option)
        earlier = next((_value(o) for o in was if _name(o) == name), None)
        if name in ("--timeout", "--testTimeout", "-t") and _number(value) is not None and earlier is not None:
            if (_number(value) or 0) > (_number(earlier) or 0) or _number(value) == 0:
                yield _Said(Kind.SLOWER, f"{key}: {option} instead of {earlier}", name)
        elif name in ("--reruns", "--retries", "--retry"):
            yield _Said(Kind.SLOWER, f"{key}: {option} repeats tests that fail", name)
        elif re.match(r"--(?:cov-)?fail-under|--lines|--branches|--functions|--statements", name):
            if earlier is not None and (_number(value) or 0) < (_number(earlier) or 0):
                yield _Said(Kind.COVERAGE, f"{key}: {option} instead of {earlier}", name)
        elif name == "-p" and (value or "").startswith("no:") and value != "no:cacheprovider":
            yield _Said(Kind.CONFIGURATION, f"{key}: the plugin {(value or '')[3:]} is switched off", "-p")
        elif name in _SELECTS or name in _SWITCHES_OFF or option in _SWITCHES_OFF:
            if name == "-o" and not re.search(r"strict|filterwarnings|python_|testpaths|addopts", value or ""):
                continue
            kind = Kind.SNAPSHOT if re.search(r"snapshot|^-u$|update|regen", name, re.I) else Kind.DESELECTED if (
                name in _SELECTS) else Kind.CONFIGURATION  # fmt: skip
            yield _Said(kind, f"{key}: {option}", name)
        elif (
            name == "-W"
            and (value or "").startswith("ignore")
            and any("error" in str(v) for k, v in before.items() if k.endswith(("filterwarnings", "addopts")))
        ):
            yield _Said(Kind.CONFIGURATION, f"{key}: {option}", "-W")
    for option in was:
        if option not in now and _ASKS.search(option) and not any(_name(o) == _name(option) for o in now):
            covering = "cov" in option or option.startswith(("--lines", "--branches"))
            if not (covering and _moved_elsewhere(option, facts)):
                yield _Said(
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


def _narrower_paths(key: str, was: list[str], now: list[str]) -> Iterator[_Said]:
    """Files and folders of a command line that it no longer runs."""
    old = [o for o in was if not o.startswith("-") and ("/" in o or "*" in o)]
    new = [o for o in now if not o.startswith("-") and ("/" in o or "*" in o)]
    gone = [o for o in old if not any(_covers(n, o) or fnmatch.fnmatch(o, n) for n in new)]
    fresh = [n for n in new if n not in old]
    if gone and fresh:
        yield _Said(
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


def _harmless(entry: str, key: str, facts: Facts) -> bool:
    """Something nobody tests or counts: by what it is, or because it matches no product file."""
    if _HARMLESS.search(entry):
        return True
    if key.rpartition(".")[2] in ("exclude_lines", "exclude_also"):
        return False
    pattern = entry.strip("/").replace("**/", "*").replace("/**", "/*")
    hit = [
        p
        for p in facts.candidate_paths
        if fnmatch.fnmatch(p, pattern) or fnmatch.fnmatch(p, f"{pattern}/*") or pattern in p
    ]
    covering = "overage" in key or key.endswith("omit")
    return not [p for p in hit if not covering or not facts.is_test(p)]


def _placed(said: _Said, change: FileChange, before: Texts, after: Texts) -> Suspicion:
    """At the first new line that holds the word, else at the first new one, else where it stood."""
    path = change.path
    fresh = sorted(after.marked(path)) if change.after is not None else []
    held = after.lines(path)
    line = next((n for n in fresh if said.word and said.word in held[n - 1]), fresh[0] if fresh else 0)
    gone = sorted(before.marked(change.old_path or path))
    was = "\n".join(before.lines(change.old_path or path)[n - 1].strip() for n in gone[:5])
    now = held[line - 1].strip() if line else ""
    if line and now:
        return Suspicion(said.kind, path, line, Tree.CANDIDATE, "", said.why, was, now, said.sure)
    old = before.lines(change.old_path or path)
    at = next((n for n in gone if said.word and said.word in old[n - 1]), gone[0] if gone else 1)
    return Suspicion(said.kind, change.old_path or path, at, Tree.BASE, "", said.why, was, "", said.sure)


def _entries(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(v) for v in cast("list[object]", value)]
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part]
    return []


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_entries(cast("object", value)))
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    found = re.fullmatch(r"\s*([\d_]+(?:\.\d+)?)\s*%?\s*", str(value))
    return float(found[1].replace("_", "")) if found else None


def _true(value: object) -> bool:
    return str(value).strip().casefold() in ("true", "1", "yes", "on")


def _first_word(text: str) -> str:
    return next(iter(re.findall(r"[\w-]+", text)), "")


__all__ = ["configuration_suspicions"]
