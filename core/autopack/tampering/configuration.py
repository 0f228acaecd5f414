"""Settings of test runners and coverage tools, compared by what they mean: less is collected, counted or asked."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterator
from typing import cast

from autopack.model.changes import FileChange
from autopack.model.findings import Tree
from autopack.tampering.command_lines import Said, command_said, covers, is_true, number_of
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
_IN_ORDER = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""Where pytest looks for its settings: it reads the first alone."""
_ALWAYS = frozenset({"pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"})
"""Of these, what pytest reads even where they say nothing."""
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


def configuration_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    for change in facts.changes.changes:
        for said in _said(change, facts):
            yield _placed(said, change, before, after)


def _said(change: FileChange, facts: Facts) -> Iterator[Said]:
    old = settings_of(change.old_path or change.path, change.before)
    if change.before is None:
        old = _put_aside(change.path, facts)
    new = settings_of(change.path, change.after)
    if new is None and old is None:
        return
    elsewhere = _moved(change, facts)
    now: Settings = {**elsewhere, **(new or {})}
    before = old or {}
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            yield from _judged(key, before.get(key), now.get(key), before, facts)


def _put_aside(path: str, facts: Facts) -> Settings:
    """What pytest was told by a file that it no longer reads once there is one of this name, which goes before it."""
    folder, _, name = path.rpartition("/")
    if name not in _IN_ORDER or (not settings_of(path, facts.candidate(path)) and name not in _ALWAYS):
        return {}
    above = [folder, *(folder[:n] for n in range(len(folder) - 1, -1, -1) if n == 0 or folder[n] == "/")]
    for place in dict.fromkeys(above):
        for other in _IN_ORDER:
            found = f"{place}/{other}" if place else other
            held = settings_of(found, facts.base(found)) if found in facts.base_paths else None
            told = {k: v for k, v in (held or {}).items() if k.startswith("pytest.")}
            if told:
                goes_before = place != folder or _IN_ORDER.index(name) < _IN_ORDER.index(other)
                return told if goes_before else {}
    return {}


def _moved(change: FileChange, facts: Facts) -> Settings:
    """What other changed files of the same folder say now: settings move from one to the other."""
    folder = change.path.rpartition("/")[0]
    found: Settings = {}
    for other in facts.changes.changes:
        if other is not change and other.path.rpartition("/")[0] == folder:
            was = settings_of(other.path, other.before) or {}
            found |= {k: v for k, v in (settings_of(other.path, other.after) or {}).items() if k not in was}
    return found


def _judged(key: str, old: object, new: object, before: Settings, facts: Facts) -> Iterator[Said]:
    home, leaf = key.split(".")[0], key.rpartition(".")[2]
    covering = home in ("coverage", "c8", "nyc") or "overage" in key
    kind = Kind.COVERAGE if covering else Kind.DESELECTED if leaf in _TAKEN_IN | _LEFT_OUT else Kind.CONFIGURATION
    if leaf == "addopts" or home in ("scripts", "tox"):
        yield from command_said(key, _text(old), _text(new), before, facts)
    elif _THRESHOLD.search(key) or (covering and number_of(old) is not None and leaf not in ("precision",)):
        was, now = number_of(old), number_of(new)
        if was is not None and (now is None or now < was):
            yield Said(Kind.COVERAGE, f"{key} was {was:g} and is {'gone' if now is None else f'{now:g}'}", leaf)
    elif leaf in _TIMES:
        was, now = number_of(old), number_of(new)
        if was and (not now or now > was):
            yield Said(Kind.SLOWER, f"{key} was {was:g} and is {'gone' if now is None else f'{now:g}'}", leaf)
    elif leaf in _TRIES:
        if (number_of(new) or 0) > (number_of(old) or 0):
            yield Said(Kind.SLOWER, f"{key} repeats tests that fail", leaf)
    elif leaf == "filterwarnings":
        yield from _warnings(_entries(old), _entries(new))
    elif leaf in _LEFT_OUT:
        added = [e for e in _entries(new) if e not in _entries(old)]
        if added:
            sure = not all(_harmless(e, key, facts) for e in added)
            yield Said(kind, f"{key} leaves out {', '.join(added[:3])}", _first_word(added[0]) or leaf, sure)
    elif leaf in _TAKEN_IN:
        moved = leaf in _NAMES and any(e not in _entries(old) for e in _entries(new))
        there = [e for e in _entries(old) if not moved or not _moved_away(e, facts)]
        yield from _narrowed(key, leaf, kind, there, _entries(new)) if there or not old else ()
    elif leaf in _STRICT and is_true(old) and not is_true(new):
        yield Said(kind, f"{key} is switched off", leaf)
    elif leaf in _LENIENT and is_true(new) and not is_true(old):
        yield Said(kind, f"{key} is switched on", leaf)


def _moved_away(entry: str, facts: Facts) -> bool:
    """Whether a file, folder or module of the base is none any more."""
    stem = entry.strip("/").replace(".", "/") if not entry.endswith(".py") else entry.removesuffix(".py")

    def is_in(paths: Collection[str]) -> bool:
        return any(p.startswith((f"{stem}/", f"{stem}.py", f"src/{stem}/", f"src/{stem}.py")) for p in paths)

    return is_in(facts.base_paths) and not is_in(facts.candidate_paths)


def _narrowed(key: str, leaf: str, kind: Kind, old: Collection[str], new: Collection[str]) -> Iterator[Said]:
    old = old or _DEFAULTS.get(leaf, ())
    if not old and new and leaf in ("testMatch", "testRegex", "include", "spec", "roots", "testpaths"):
        yield Said(kind, f"{key} takes in only {', '.join(list(new)[:3])}", leaf, sure=leaf != "testpaths")
        return
    left = new or _DEFAULTS.get(leaf, ())
    if not new and leaf not in _DEFAULTS:
        if leaf in ("source", "source_pkgs", "collectCoverageFrom", "required_plugins"):
            yield Said(kind, f"{key} is gone", leaf, sure=leaf == "collectCoverageFrom")
        return
    gone = [e for e in old if not any(covers(n, e) for n in left)]
    barred = [e for e in new if e.startswith("!") and e not in old]
    if gone or barred:
        yield Said(kind, f"{key} no longer takes in {', '.join((gone or barred)[:3])}", leaf)


def _warnings(old: Collection[str], new: Collection[str]) -> Iterator[Said]:
    gone = [e for e in old if e.startswith("error") and e not in new and "error" not in new]
    fresh = [e for e in new if e.startswith(("ignore", "default", "once")) and e not in old]
    if gone:
        yield Said(Kind.CONFIGURATION, "warnings are no errors any more", "filterwarnings")
    elif fresh and any(e.startswith("error") for e in old):
        blanket = any(e in ("ignore", "default") or re.fullmatch(r"ignore::(?:\w*Warning)?", e) for e in fresh)
        yield Said(
            Kind.CONFIGURATION, f"a warning that was an error is let pass: {fresh[0]}", _first_word(fresh[0]), blanket
        )


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


def _placed(said: Said, change: FileChange, before: Texts, after: Texts) -> Suspicion:
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


def _first_word(text: str) -> str:
    return next(iter(re.findall(r"[\w-]+", text)), "")


__all__ = ["configuration_suspicions"]
