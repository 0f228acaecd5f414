"""What the detector says about single tests, each kind in many forms, and about honest tests that only look odd."""

from __future__ import annotations

import pytest

from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.testcode import Doubt, Facts, vacuous_tests
from tests.testcode.vacuity_samples import HONEST, PRODUCT, VACUOUS


def created(path: str, text: str) -> FileChange:
    return FileChange(path, ChangeKind.CREATED, None, text.encode(), None, REGULAR)


def modified(path: str, before: str, after: str) -> FileChange:
    return FileChange(path, ChangeKind.MODIFIED, before.encode(), after.encode(), REGULAR, REGULAR)


def is_test(path: str) -> bool:
    return path.startswith("tests/")


def doubts(text: str, **given: object) -> tuple[Doubt, ...]:
    """About a new test file beside a product that is new as a whole."""
    files = {**PRODUCT, "tests/test_it.py": text}
    changes = ChangeSet("0" * 40, tuple(created(path, files[path]) for path in sorted(files)))
    return vacuous_tests(Facts(changes=changes, is_test=is_test, **given))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", VACUOUS)
def test_vacuous(name: str) -> None:
    kind, text = VACUOUS[name]
    found = doubts(text)
    assert [doubt.kind for doubt in found] == [kind], found
    assert text.splitlines()[found[0].line - 1].strip()


@pytest.mark.parametrize("name", HONEST)
def test_honest(name: str) -> None:
    assert doubts(HONEST[name]) == ()
