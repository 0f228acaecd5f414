"""What the detector says about single tests, each kind in many forms, and about honest tests that only look odd."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from autopack.languages import Node
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.testcode import Doubt, Facts, vacuous_tests
from tests.testcode import python_samples, script_samples
from tests.testcode.vacuity.measure import trees_of


def created(path: str, text: str) -> FileChange:
    return FileChange(path, ChangeKind.CREATED, None, text.encode(), None, REGULAR)


def modified(path: str, before: str, after: str) -> FileChange:
    return FileChange(path, ChangeKind.MODIFIED, before.encode(), after.encode(), REGULAR, REGULAR)


def is_test(path: str) -> bool:
    return path.startswith("tests/")


def judged(*changes: FileChange, **given: Any) -> tuple[Doubt, ...]:
    return vacuous_tests(Facts(changes=ChangeSet("0" * 40, changes), is_test=is_test, **given))


def of_python(text: str, **given: Any) -> tuple[Doubt, ...]:
    """About a new test file beside a product that is new as a whole."""
    files = {**python_samples.PRODUCT, "tests/test_it.py": text}
    return judged(*(created(path, files[path]) for path in sorted(files)), **given)


@cache
def trees() -> dict[tuple[str, bytes], Node]:
    texts = [text for _, text in script_samples.VACUOUS.values()] + list(script_samples.HONEST.values())
    files = [("tests/it.test.js", text.encode()) for text in texts]
    return trees_of([*files, *((path, text.encode()) for path, text in script_samples.PRODUCT.items())])


def of_script(text: str) -> tuple[Doubt, ...]:
    files = {**script_samples.PRODUCT, "tests/it.test.js": text}
    changes = [created(path, files[path]) for path in sorted(files)]
    return judged(*changes, trees=lambda path, data: trees().get((path, data)))


@pytest.mark.parametrize("name", python_samples.VACUOUS)
def test_vacuous(name: str) -> None:
    kind, text = python_samples.VACUOUS[name]
    found = of_python(text)
    assert [doubt.kind for doubt in found] == [kind], found
    assert text.splitlines()[found[0].line - 1].strip()


@pytest.mark.parametrize("name", python_samples.HONEST)
def test_honest(name: str) -> None:
    assert of_python(python_samples.HONEST[name]) == ()


@pytest.mark.parametrize("name", script_samples.VACUOUS)
def test_vacuous_script(name: str) -> None:
    kind, text = script_samples.VACUOUS[name]
    found = of_script(text)
    assert [doubt.kind for doubt in found] == [kind], found


@pytest.mark.parametrize("name", script_samples.HONEST)
def test_honest_script(name: str) -> None:
    assert of_script(script_samples.HONEST[name]) == ()
