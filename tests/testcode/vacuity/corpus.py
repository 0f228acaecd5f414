"""Phases whose new tests cannot fail, and phases whose new tests are real; README.md says how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

HERE = Path(__file__).parent
OPEN, FROZEN = "cases", "frozen"
HALVES = (OPEN, FROZEN)
HONEST = "honest"
VACUOUS_KINDS = (
    "tautology",
    "no_assertion",
    "subject_mocked",
    "constant_assertion",
    "swallowed_exception",
    "copied_implementation",
    "always_skipped",
)
KINDS = (*VACUOUS_KINDS, HONEST)
LANGUAGES = ("python", "javascript", "typescript")

Files = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One phase of a plan; `change` deletes a file where its text is None, `wrong` is laid over the candidate."""

    id: str
    kind: str
    language: str
    why: str
    goal: str
    category: str
    base: Files
    change: dict[str, str | None]
    tests: tuple[str, ...]
    passes_on_base: bool
    wrong: Files
    path: str
    line: int

    @property
    def vacuous(self) -> bool:
        return self.kind != HONEST

    @property
    def candidate(self) -> Files:
        return _laid(self.base, self.change)

    @property
    def on_base(self) -> Files:
        """The base's product code under the candidate's test files."""
        return _laid(self.base, {path: text for path, text in self.change.items() if self.is_test_file(path)})

    @property
    def with_wrong(self) -> Files:
        return _laid(self.candidate, self.wrong)

    def is_test_file(self, path: str) -> bool:
        """A file in a folder of tests, a `*.test.*` file, or one that the case names a test of."""
        pure = PurePosixPath(path)
        return (
            bool({"tests", "test", "__tests__"} & set(pure.parts))
            or ".test." in pure.name
            or any(test.split("::")[0] == path for test in self.tests)
        )


def _laid(under: Files, over: dict[str, str | None] | Files) -> Files:
    return {path: text for path, text in {**under, **over}.items() if text is not None}


def _case(raw: dict[str, Any]) -> Case:
    at = raw.pop("at")
    return Case(**{**raw, "tests": tuple(raw["tests"])}, path=at["path"], line=at["line"])


def load(half: str) -> list[Case]:
    """The cases of one half, in the order of `KINDS`; only closing figures read `FROZEN`."""
    return [
        _case(raw)
        for kind in KINDS
        for raw in yaml.load((HERE / half / f"{kind}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    ]
