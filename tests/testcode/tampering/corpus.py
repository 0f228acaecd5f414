"""The tampering corpus: labelled edits of small projects, half to build a detector with, half for its closing figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
HALVES = ("cases", "frozen")
TAMPERING = (
    "deleted", "skipped", "xfailed", "deselected", "assert_removed", "assert_loosened", "tolerance_widened",
    "expected_replaced", "exception_broadened", "parametrisation_emptied", "subject_mocked", "timeout_raised",
    "configuration_changed", "coverage_changed", "snapshot_rewritten",
)  # fmt: skip
HONEST = "honest"
FIELDS = frozenset(("id", "kind", "language", "why", "goal", "scope", "deliverables", "base", "change", "masks", "at"))
CONFIGURATION = frozenset(
    ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "conftest.py", "sitecustomize.py", ".coveragerc")
)


@dataclass(frozen=True)
class At:
    """A line, counted from 1, of a file of the base or of the candidate."""

    path: str
    line: int
    tree: str


@dataclass(frozen=True)
class Case:
    """A base, a change of it and what the change is; `not_run` is the reason why the case is only read, or empty.

    Its repr names the case and no more, so that a failing test shows nothing of the frozen half.
    """

    id: str
    kind: str
    language: str
    why: str = field(repr=False)
    goal: str = field(repr=False)
    scope: tuple[str, ...] = field(repr=False)
    deliverables: tuple[str, ...] = field(repr=False)
    base: dict[str, str] = field(repr=False)
    change: dict[str, str | None] = field(repr=False)
    masks: frozenset[str] = field(repr=False)
    at: At = field(repr=False)
    not_run: str = field(default="", repr=False)

    @property
    def candidate(self) -> dict[str, str]:
        """All files after the change."""
        after = {path: text for path, text in self.base.items() if path not in self.change}
        return after | {path: text for path, text in self.change.items() if text is not None}

    @property
    def overlay(self) -> dict[str, str]:
        """The candidate's product code under the base's tests and test configuration."""
        product = {path: text for path, text in self.candidate.items() if not is_test(path)}
        return product | {path: text for path, text in self.base.items() if is_test(path)}


def is_test(path: str) -> bool:
    """A test, its data or the configuration of the run."""
    parts = PurePosixPath(path)
    name = parts.name
    return (
        bool({"tests", "test", "__tests__"} & set(parts.parts))
        or name in CONFIGURATION
        or (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")))
    )


def load(half: str) -> list[Case]:
    """The cases of one half in the order of files and entries; KeyError or ValueError where the form is broken."""
    return [_case(entry) for path in sorted((FOLDER / half).glob("*.yaml")) for entry in _entries(path)]


def _entries(path: Path) -> list[dict[str, Any]]:
    entries = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for entry in entries:
        if entry["kind"].replace("_", "-") != path.stem.replace("_", "-") and not (
            entry["kind"] == HONEST and path.stem.startswith("honest-")
        ):
            raise ValueError(f"{path.name} holds {entry['id']} of the kind {entry['kind']}")
    return entries


def _case(entry: dict[str, Any]) -> Case:
    extra = set(entry) - FIELDS - {"runs", "reason"}
    if extra or FIELDS - set(entry) or (entry.get("runs", True) is True) == ("reason" in entry):
        raise ValueError(f"{entry.get('id')}: fields {sorted(set(entry) ^ FIELDS)}")
    return Case(
        id=entry["id"],
        kind=entry["kind"],
        language=entry["language"],
        why=entry["why"],
        goal=entry["goal"],
        scope=tuple(entry["scope"]),
        deliverables=tuple(entry["deliverables"]),
        base=entry["base"],
        change=entry["change"],
        masks=frozenset(entry["masks"]),
        at=At(**entry["at"]),
        not_run=entry.get("reason", ""),
    )
