"""What models said of a change: the issues of auditors, their merged report, rulings on what was done to tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AuditIssue:
    """`line` to `end_line` are 1-based lines of the candidate's file (0 = not said). `patch` is what the auditor suggests
    against the candidate, in a form that a Builder answers in; "" = none, and nobody applied it. `sources` are the roles
    that named the issue, each with its severity (() = the one auditor there was). `ruling` is what came of a disputed one:
    upheld | dismissed by the judge with its `reason`, open = no word of a judge; "" = not disputed."""

    severity: str
    category: str
    description: str
    path: str = ""
    line: int = 0
    suggestion: str = ""
    end_line: int = 0
    patch: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    ruling: str = ""
    reason: str = ""

    @property
    def major(self) -> bool:
        return self.severity == "major"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One auditor's own word in a dual audit, before it was merged: `majors` and `minors` are numbers of issues."""

    role: str
    model: str
    approved: bool
    majors: int = 0
    minors: int = 0


@dataclass(frozen=True, slots=True)
class TestPoint:
    """A finding about what was done to a test, by its fingerprint, that a reader of plan and change may settle: where it
    may be `asked`, by the plan's asking for what was done; where it may be `kept`, by what was asked being asked still."""

    __test__: ClassVar[bool] = False

    fingerprint: str
    asked: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class TestRuling:
    """The judge's word on such a finding: `ruling` is asked | kept | lost | open (none, or none that holds). `quote` stands
    in the plan for asked, in a test of the candidate for kept."""

    __test__: ClassVar[bool] = False

    fingerprint: str
    ruling: str
    quote: str = ""
    reason: str = ""

    @property
    def cleared(self) -> bool:
        return self.ruling in ("asked", "kept")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`available` is False when an auditor that was to be asked did not answer or its answer could not be parsed: never an
    approval. `lacking` says why there is one auditor where the phase asks for two ("" = there are as many as it asks for):
    no approval either, and a person may do without. `opinions` are those of a dual audit, whose merged issues are `issues`;
    `judge` is the model that was asked about a dispute, `judge_detail` why none was or why it gave no ruling. `unseen`:
    the auditors were asked before the tests had ended. `test_rulings` are those on what was done to tests, made before
    the auditors were asked, by the model `tests_judge`."""

    approved: bool
    issues: tuple[AuditIssue, ...] = ()
    model: str = ""
    available: bool = True
    detail: str = ""
    profile: str = ""
    lacking: str = ""
    opinions: tuple[Opinion, ...] = ()
    judge: str = ""
    judge_detail: str = ""
    unseen: bool = False
    test_rulings: tuple[TestRuling, ...] = ()
    tests_judge: str = ""

    @property
    def dual(self) -> bool:
        """Two models gave their word."""
        return len(self.opinions) > 1

    @property
    def disagreed(self) -> bool:
        return any(issue.ruling for issue in self.issues)
