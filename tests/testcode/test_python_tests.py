"""The model of a Python test file."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import ChangeSet
from autopack.testcode import Facts, Form, TestFunction, read_tests, vacuous_tests
from autopack.testcode.modules import Project
from tests.testcode import python_samples
from tests.testcode.test_vacuity import created, is_test

TEXT = '''\
import unittest
from unittest.mock import patch

import pytest

pytestmark = pytest.mark.timeout(5)


@pytest.fixture
def test_data():
    return 1


@pytest.mark.parametrize("n, m", [(1, 2), (3, 4)])
@pytest.mark.skipif(True, reason="x")
@patch("a.b")
def test_one(fake, n, m):
    """Words."""
    with pytest.raises(ValueError):
        int("x")
    try:
        assert n == pytest.approx(m)
    except Exception:
        pass

    def inner():
        assert n

    fake.assert_called_once_with(1)
    check(n)


class TestGroup:
    class TestInner:
        async def test_two(self):
            pytest.fail("no")


class Base(unittest.TestCase):
    def test_three(self):
        self.assertEqual(1, 1)


class Case(Base):
    def test_four(self):
        if 1 > 2:
            raise AssertionError
        yield 1


class Helper:
    def test_not_collected(self):
        assert 1
'''


def model(text: str) -> dict[str, TestFunction]:
    project = Project({"tests/test_x.py": text.encode()}.get, ["tests/test_x.py"], is_test)
    module = project.module("tests/test_x.py")
    assert module is not None
    return {test.place.partition("::")[2]: test for test in read_tests(module)}


def test_places_and_lines() -> None:
    tests = model(TEXT)
    assert list(tests) == ["test_one", "TestGroup::TestInner::test_two", "Base::test_three", "Case::test_four"]
    lines = TEXT.splitlines()
    assert lines[tests["test_one"].line - 1].startswith("@pytest.mark.parametrize")
    assert lines[tests["test_one"].end_line - 1] == "    check(n)"
    assert tests["TestGroup::TestInner::test_two"].is_async
    assert tests["Case::test_four"].is_generator
    assert [test.unittest for test in tests.values()] == [False, False, True, True]


def test_marks_and_parameters() -> None:
    one = model(TEXT)["test_one"]
    assert [(m.dotted, m.own) for m in one.marks] == [
        ("pytest.mark.parametrize", True), ("pytest.mark.skipif", True), ("patch", True), ("pytest.mark.timeout", False)
    ]  # fmt: skip
    skip = one.mark("skipif")
    assert skip is not None and ast.unparse(skip.args[0]) == "True" and list(skip.words) == ["reason"]
    assert one.parameters == ("fake", "n", "m")


def test_assertions() -> None:
    tests = model(TEXT)
    assert [(a.form, a.name, a.line, bool(a.swallowed), a.called) for a in tests["test_one"].assertions] == [
        (Form.RAISES, "raises", 19, False, True),
        (Form.APPROX, "assert", 22, True, True),
        (Form.ASSERT, "assert", 27, False, False),
        (Form.MOCK, "assert_called_once_with", 29, False, True),
        (Form.HELPER, "check", 30, False, True),
    ]
    assert tests["test_one"].assertions[1].expression == "n == pytest.approx(m)"
    assert [a.form for a in tests["TestGroup::TestInner::test_two"].assertions] == [Form.FAIL]
    assert [a.form for a in tests["Base::test_three"].assertions] == [Form.UNITTEST]
    assert [a.form for a in tests["Case::test_four"].assertions] == [Form.FAIL]


def test_the_body_is_what_a_test_does() -> None:
    one = model(TEXT)["test_one"].body
    told = (
        TEXT.replace('"""Words."""', '"""Others."""').replace("def test_one", "def test_uno").replace("n, m):", "n,m):")
    )
    assert model(told)["test_uno"].body == one
    assert model(TEXT.replace("approx(m)", "approx(n)"))["test_one"].body != one
    assert model(TEXT.replace("skipif(True", "skipif(False"))["test_one"].body != one


ALL = [*(text for _, text in python_samples.VACUOUS.values()), *python_samples.HONEST.values()]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_no_file_makes_the_detector_raise(text: str, data: st.DataObject) -> None:
    """Lines of tests in any order, some left out: what is left of them is judged or is no Python."""
    lines = text.splitlines()
    kept = data.draw(st.lists(st.sampled_from(range(len(lines))), unique=True, max_size=len(lines)).map(sorted))
    files = {**python_samples.PRODUCT, "tests/test_it.py": "\n".join(lines[n] for n in kept)}
    changes = ChangeSet("0" * 40, tuple(created(path, files[path]) for path in sorted(files)))
    for doubt in vacuous_tests(Facts(changes=changes, is_test=is_test)):
        assert 1 <= doubt.line <= len(kept)


def test_a_hostile_file_costs_no_more_than_itself() -> None:
    deep = "def test_a():\n    assert " + "(" * 150 + "1" + ")" * 150 + "\n"
    chain = "def test_b():\n    x = [1]\n" + "    x = [x, x]\n" * 200 + "    assert x == x\n"
    calls = "def f(n):\n    return g(n) + g(n)\n\n\ndef g(n):\n    return f(n) + f(n)\n\n\n"
    calls += "def test_c():\n    assert f(1) == 2\n"
    for text in (deep, chain, calls, "def test_d():\n" + "    if x:\n        y()\n" * 3000):
        changes = ChangeSet("0" * 40, (created("tests/test_it.py", text),))
        assert len(vacuous_tests(Facts(changes=changes, is_test=is_test))) <= 1
