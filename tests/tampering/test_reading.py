"""What the comparison reads out of a Python test: numbers that stand there in other words, names from elsewhere."""

from __future__ import annotations

import ast

import pytest

from autopack.policy import is_test
from autopack.tampering import Kind
from autopack.tampering.examining import examined_tests
from autopack.tampering.fixture_homes import fixtures_of
from autopack.tampering.folding import folded
from autopack.testcode.modules import Module, Project
from autopack.testcode.python_tests import read_tests
from tests.tampering.edits import PRODUCT, judge, kinds, rewritten

COUNTED = """from shop.cart import total


def test_rounds():
    seen = 0

    def look(item):
        nonlocal seen
        seen += 1
        return item

    assert total(look(n) for n in (1, 2)) == 3
    assert seen == 2
"""


def test_what_an_inner_function_counts_is_no_literal() -> None:
    before = COUNTED.replace("    assert seen == 2\n", "")
    assert not rewritten(before, COUNTED)
    tautology = COUNTED.replace("        nonlocal seen\n", "").replace("seen += 1", "seen = 1").replace("== 2", "== 0")
    assert {s.kind for s in rewritten(before, tautology)} == {Kind.TAUTOLOGY}


ALL_OF = "from shop.cart import names\n\n\ndef test_all():\n    assert len(set(names(range(200)))) == 200\n"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("items = range(200)\n    assert len(set(names(items))) == len(items)", False),
        ("assert len(set(names(range(200)))) == len(range(0, 400, 2))", False),
        ("assert len(set(names(range(200)))) == len('x' * 200)", False),
        ("items = names(range(200))\n    assert len(set(items)) == len(items)", True),
        ("assert len(set(names(range(200)))) == len(range(100))", True),
    ],
)
def test_the_length_of_what_stands_there_is_a_number(body: str, found: bool) -> None:
    after = ALL_OF.replace("assert len(set(names(range(200)))) == 200", body)
    assert bool(kinds(rewritten(ALL_OF, after))) is found


CHECKED = """from shop.cart import names


def check(given, wanted=None):
    got = names(given)
    if wanted is not None:
        assert got == wanted


def test_names():
    check(["b", "a"], ["a", "b"])
    check([], [])
"""
PLAIN = CHECKED.replace('    check(["b", "a"], ["a", "b"])\n    check([], [])\n',
                        '    assert names(["b", "a"]) == ["a", "b"]\n    assert names([]) == []\n')  # fmt: skip


@pytest.mark.parametrize(("call", "found"), [("check([], [])", False), ("check([], None)", True), ("check([])", True)])
def test_a_list_is_never_none(call: str, found: bool) -> None:
    assert bool(kinds(rewritten(PLAIN, CHECKED.replace("check([], [])", call)))) is found


LIMITS = """import signal
from contextlib import contextmanager


@contextmanager
def limit(seconds):
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
"""
QUICK = """from shop.cart import names
from tests.limits import limit


def test_many():
    with limit(0.5):
        assert names([1]) == [1]
"""


WITHIN = """import asyncio
import unittest

from shop.cart import names

PATIENCE = 2


class CartTest(unittest.IsolatedAsyncioTestCase):
    async def within(self, waiting):
        return await asyncio.wait_for(waiting, PATIENCE)

    async def test_names(self):
        self.assertEqual(await self.within(asyncio.to_thread(names, [1])), [1])
"""


@pytest.mark.parametrize(("patience", "found"), [("None", {Kind.SLOWER}), ("60", {Kind.SLOWER}), ("1", set())])
def test_a_limit_of_a_method_of_the_test_class(patience: str, found: set[Kind]) -> None:
    assert kinds(rewritten(WITHIN, WITHIN.replace("PATIENCE = 2", f"PATIENCE = {patience}"))) == found


@pytest.mark.parametrize(("seconds", "found"), [("60", {Kind.SLOWER}), ("0.4", set()), ("0.5", set())])
def test_a_limit_of_a_helper_of_another_file(seconds: str, found: set[Kind]) -> None:
    base = {**PRODUCT, "tests/limits.py": LIMITS, "tests/test_cart.py": QUICK}
    change: dict[str, str | None] = {"tests/test_cart.py": QUICK.replace("0.5", seconds) + "\n\n# Done.\n"}
    assert kinds(judge(base, change)) == found


STARRED = "from shop.cart import *\n\n\ndef test_names():\n    assert names(['b', 'a']) == ['a', 'b']\n"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("from shop.cart import *", "from shop.cart import names", False),
        ("assert names(['b', 'a']) == ['a', 'b']", "assert sorted(names(['b', 'a'])) == ['a', 'b']", True),
        ("assert names(['b', 'a']) == ['a', 'b']", "assert total([1]) == 1", True),
    ],
)
def test_names_that_a_star_import_brings_are_those_of_the_product(before: str, after: str, found: bool) -> None:
    assert bool(kinds(rewritten(STARRED, STARRED.replace(before, after)))) is found


STORED = """import json
from pathlib import Path

from shop.cart import names

DATA = json.loads((Path(__file__).parent / "data.json").read_text())


def test_data():
    assert names(["a"]) == DATA["names"]
"""
HELPED = STORED.replace(
    '\n\nDATA = json.loads((Path(__file__).parent / "data.json").read_text())\n',
    """

HERE = Path(__file__).parent


def recorded(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


DATA = recorded("data.json")
""",
)


@pytest.mark.parametrize(("name", "found"), [("data.json", False), ("other.json", True)])
def test_what_a_helper_reads_is_what_is_read(name: str, found: bool) -> None:
    after = HELPED.replace('"data.json"', f'"{name}"')
    assert bool([s for s in rewritten(STORED, after) if s.kind is not Kind.SNAPSHOT]) is found


MOVED = """import pytest

from shop.cart import Empty, total


@pytest.mark.parametrize(("items", "kept"), [([1], 1)])
def test_good(items, kept):
    assert total(items) == kept


@pytest.mark.parametrize("items", [[], ["x"]])
def test_bad(items):
    with pytest.raises(Empty):
        total(items)
"""


@pytest.mark.parametrize(
    ("edit", "found"),
    [(("([1], 1)]", "([1], 1), ([], 0)]"), {Kind.REPLACED}), (("([1], 1)]", "([1], 1), ([2], 2)]"), {Kind.EMPTIED})],
)
def test_a_case_that_stands_in_another_table_now_expects_something_else(
    edit: tuple[str, str], found: set[Kind]
) -> None:
    after = MOVED.replace(*edit).replace('[[], ["x"]]', '[["x"]]')
    assert {s.kind for s in rewritten(MOVED, after)} == found
    named = rewritten(MOVED, after, deliverables=("tests/test_cart.py",))
    assert bool(kinds(named)) is (found == {Kind.EMPTIED})


def test_a_case_that_moves_to_where_less_is_asked_is_gone() -> None:
    loose = (
        MOVED
        + "\n\n@pytest.mark.parametrize('items', [[1]])\ndef test_any(items):\n    assert total(items) is not None\n"
    )
    after = loose.replace("'items', [[1]]", "'items', [[1], []]").replace('[[], ["x"]]', '[["x"]]')
    assert {s.kind for s in rewritten(loose, after) if s.sure} == {Kind.EMPTIED}


def test_a_path_that_a_helper_joins_is_the_same_path() -> None:
    joined = HELPED.replace("(HERE / name)", "HERE.joinpath(name)")
    assert joined != HELPED
    assert not [s for s in rewritten(STORED, joined) if s.kind is not Kind.SNAPSHOT]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("len([*a, 1])", None),
        ("len([a, 1])", "2"),
        ("len(range(n))", None),
        ("2 * 'ab'", "'abab'"),
        ("'ab' * 2", "'abab'"),
    ],
)
def test_what_can_be_worked_out(text: str, value: str | None) -> None:
    made = folded(ast.parse(text, mode="eval").body)
    assert (ast.unparse(made) if made is not None else None) == value


def test_the_tests_of_a_file_are_examined_once() -> None:
    def module() -> Module:
        found = Project(lambda _: COUNTED.encode(), ["tests/test_cart.py"], is_test).module("tests/test_cart.py")
        assert found is not None
        return found

    one = module()
    assert examined_tests(one) is examined_tests(one) != ()
    assert examined_tests(module()) is not examined_tests(one), "another tree has its own"


def test_of_fixtures_of_one_name_the_nearest_counts() -> None:
    files = {
        path: f"import pytest\n\n\n@pytest.fixture\ndef desk():\n    return {path!r}\n".encode()
        for path in ("conftest.py", "tests/conftest.py", "tests/test_desk.py")
    }
    files["tests/test_desk.py"] += b"\n\ndef test_desk(desk):\n    assert desk\n"
    for nearest in ("tests/test_desk.py", "tests/conftest.py", "conftest.py"):
        module = Project(files.get, files, is_test).module("tests/test_desk.py")
        assert module is not None
        (test,) = read_tests(module)
        assert [home.path for _, home in fixtures_of(test, module)] == [nearest]
        files[nearest] = b"" if nearest.endswith("conftest.py") else b"def test_desk(desk):\n    assert desk\n"
