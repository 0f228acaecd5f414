"""What the judgement on a change of tests is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Tree
from autopack.tampering.checks import Check
from autopack.testcode.modules import Project

Read = Callable[[str], bytes | None]
"""The content of a path of one tree; None where there is none."""


class Kind(StrEnum):
    """What was done to a test, or to what decides on tests."""

    DELETED = "deleted"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    DESELECTED = "deselected"
    REMOVED = "assert_removed"
    LOOSENED = "assert_loosened"
    TAUTOLOGY = "tautology"
    WIDENED = "tolerance_widened"
    REPLACED = "expected_replaced"
    BROADENED = "exception_broadened"
    EMPTIED = "parametrisation_emptied"
    MOCKED = "subject_mocked"
    SLOWER = "timeout_raised"
    CONFIGURATION = "configuration_changed"
    COVERAGE = "coverage_changed"
    SNAPSHOT = "snapshot_rewritten"
    DECEIVED = "product_deceives"


SILENCED = frozenset({Kind.SKIPPED, Kind.XFAILED, Kind.DECEIVED})
"""Kinds after which a test does not run, does not count, or is lied to."""
OF_SETTINGS = frozenset({Kind.DESELECTED, Kind.CONFIGURATION, Kind.COVERAGE})
_LESS = frozenset({Kind.REMOVED, Kind.LOOSENED, Kind.BROADENED, Kind.WIDENED, Kind.SLOWER, Kind.EMPTIED})


class Allowed(Protocol):
    """What the plan allows the phase to do to tests that exist."""

    @property
    def words(self) -> frozenset[str]: ...
    @property
    def adds(self) -> bool: ...
    @property
    def rewrites(self) -> bool: ...
    def names(self, change: FileChange) -> bool: ...
    def speaks_of(self, change: FileChange, before: Iterable[str], after: Iterable[str]) -> bool: ...
    def spells_out(self, before: Iterable[str], after: Iterable[str], bound: Collection[str] = ()) -> bool: ...


@dataclass(frozen=True)
class Facts:
    """`base` and `candidate` read the two trees, whose paths are given too. `removed` are names and texts that the change
    takes out of the product, `renamed` pairs of test ids, `told` ids of tests that somebody else has blamed, and
    `expected` those of tests that passed and are expected to fail now, by whatever means."""

    changes: ChangeSet
    base: Read
    candidate: Read
    base_paths: Collection[str]
    candidate_paths: Collection[str]
    is_test: Callable[[str], bool]
    allowed: Allowed
    removed: Collection[str] = ()
    renamed: Collection[tuple[str, str]] = ()
    told: Collection[str] = ()
    expected: Collection[str] = ()

    @cached_property
    def old(self) -> Project:
        """The base as modules, each parsed once."""
        return Project(self.base, self.base_paths, self.is_test)

    @cached_property
    def new(self) -> Project:
        """The candidate as modules, each parsed once."""
        return Project(self.candidate, self.candidate_paths, self.is_test)


@dataclass(frozen=True)
class Suspicion:
    """`test` is an id, "" for what concerns all tests of a file or of the project; `before` and `after` are what stood
    there and stands there now, as the file has it; `was` is what the test was called in the base, "" for the same; `sure`:
    it stops the phase; `liftable`: a person may accept it; `reworded`: what was asked may be asked there in other words;
    `unasked`: it expects another value in a file that the plan names, but only adds to."""

    kind: Kind
    path: str
    line: int
    tree: Tree
    test: str
    message: str
    before: str = ""
    after: str = ""
    sure: bool = True
    liftable: bool = False
    reworded: bool = False
    was: str = ""
    unasked: bool = False
    about: frozenset[str] = field(default=frozenset(), repr=False)
    checks: tuple[Check, Check] | None = field(default=None, repr=False)
    """What was asked, and what is asked now, where both can be told."""

    @property
    def is_less(self) -> bool:
        """Whether less is asked of the very thing that was asked about, by the text alone, or another value where the plan
        only adds."""
        return self.unasked or (self.kind in _LESS and not self.reworded)
