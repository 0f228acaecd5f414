"""Tests that go on under another name are found by what they do."""

from __future__ import annotations

from textwrap import dedent

import pytest

from autopack.model.changes import ChangeKind, ChangeSet, FileChange
from autopack.testing.moved import case_successors, continuations, successors


def change(path: str, before: str | None, after: str | None, old_path: str | None = None) -> FileChange:
    def data(text: str | None) -> bytes | None:
        return dedent(text).encode() if text is not None else None

    return FileChange(path, ChangeKind.MODIFIED, data(before), data(after), 0o100644, 0o100644, old_path)


def changes(*files: FileChange) -> ChangeSet:
    return ChangeSet("base", files)


ADDS = """
    def test_adds():
        cart = Cart()
        cart.add(3)
        assert cart.total() == 3
"""
EMPTY = """
    def test_empty():
        assert Cart().total() == 0
"""


def test_a_renamed_test_is_found_by_its_body_whatever_its_formatting():
    after = ADDS.replace("test_adds", "test_add_gives_total").replace("cart.add(3)", "cart.add( 3 )  # three")
    found = continuations({"t.py::test_adds"}, {"t.py::test_add_gives_total"}, changes(change("t.py", ADDS, after)))
    assert found == {"t.py::test_adds": "t.py::test_add_gives_total"}


def test_a_test_moved_to_a_class_of_another_file_is_found():
    moved = """
    class TestCart:
        def test_adds(self):
            cart = Cart()
            cart.add(3)
            assert cart.total() == 3
    """
    both = changes(change("a.py", ADDS + EMPTY, EMPTY), change("b.py", None, moved))
    assert continuations({"a.py::test_adds"}, {"b.py::TestCart::test_adds"}, both) == {
        "a.py::test_adds": "b.py::TestCart::test_adds"
    }


def test_a_like_body_under_another_name_needs_to_be_very_like():
    edited = ADDS.replace("test_adds", "test_adding").replace("total() == 3", "total() == 3.0")
    found = continuations({"t.py::test_adds"}, {"t.py::test_adding"}, changes(change("t.py", ADDS, edited)))
    assert found == {"t.py::test_adds": "t.py::test_adding"}
    subtracts = edited.replace("cart.add", "cart.subtract").replace("total", "rest")
    found = continuations({"t.py::test_adds"}, {"t.py::test_adding"}, changes(change("t.py", ADDS, subtracts)))
    assert found == {}, "as like in its words, about something else"
    other = changes(change("t.py", ADDS, EMPTY))
    assert continuations({"t.py::test_adds"}, {"t.py::test_empty"}, other) == {}


def test_two_tests_with_one_body_are_told_by_their_names_or_not_at_all():
    twice = "def test_a():\n    check()\n\ndef test_b():\n    check()\n"
    moved = changes(change("a.py", twice, ""), change("b.py", None, twice))
    gone, fresh = {"a.py::test_a", "a.py::test_b"}, {"b.py::test_a", "b.py::test_b"}
    assert continuations(gone, fresh, moved) == {"a.py::test_a": "b.py::test_a", "a.py::test_b": "b.py::test_b"}
    renamed = changes(change("a.py", twice, twice.replace("_a", "_c").replace("_b", "_d")))
    found = continuations({"a.py::test_a", "a.py::test_b"}, {"a.py::test_c", "a.py::test_d"}, renamed)
    assert set(found.values()) <= {"a.py::test_c", "a.py::test_d"}
    assert len(set(found.values())) == len(found)


def test_one_new_test_stands_for_one_old_one():
    before = ADDS + ADDS.replace("test_adds", "test_adds_again").replace("3", "4")
    after = ADDS.replace("test_adds", "test_adding")
    gone = {"t.py::test_adds", "t.py::test_adds_again"}
    assert continuations(gone, {"t.py::test_adding"}, changes(change("t.py", before, after))) == {
        "t.py::test_adds": "t.py::test_adding"
    }


REWRITTEN = """
    def test_size(box):
        width, height = box
        assert Crate(width, height).area == Box(width, height).area
"""
SIZE = """
    def test_size():
        assert Box(3, 4).area == 12
"""


def test_the_rest_of_a_file_follows_its_tests_by_name():
    old, new = ADDS + EMPTY + SIZE, ADDS + EMPTY + REWRITTEN
    gone = {f"a.py::test_{name}" for name in ("adds", "empty", "size")}
    fresh = {test.replace("a.py", "b.py") for test in gone}
    assert continuations(gone, fresh, changes(change("a.py", old, None), change("b.py", None, new))) == {
        test: test.replace("a.py", "b.py") for test in gone
    }
    other = REWRITTEN.replace("Box", "Sphere").replace("area", "volume")
    for kept, becomes, why in (
        ((ADDS,), REWRITTEN, "one test is no file"),
        ((ADDS, EMPTY), other, "of the same name alone"),
        ((ADDS, EMPTY), REWRITTEN.replace("test_size", "test_area"), "under another name"),
    ):
        both = changes(change("a.py", "".join((*kept, SIZE)), None), change("b.py", None, "".join((*kept, becomes))))
        found = continuations(gone, {*fresh, "b.py::test_area"}, both)
        assert "a.py::test_size" not in found, why


@pytest.mark.parametrize("path", ["web/cart.test.js", "cart_test.go"])
def test_other_languages_are_paired_by_a_name_that_is_the_only_one(path):
    gone, fresh = {f"{path}::adds", f"{path}::x"}, {f"moved/{path}::adds", f"a/{path}::x", f"b/{path}::x"}
    assert continuations(gone, fresh, changes()) == {f"{path}::adds": f"moved/{path}::adds"}


def test_what_cannot_be_parsed_is_paired_by_name_alone():
    broken = changes(change("a.py", "def test_a(:\n", None), change("b.py", None, "def test_a(:\n"))
    assert continuations({"a.py::test_a"}, {"b.py::test_a"}, broken) == {"a.py::test_a": "b.py::test_a"}


@pytest.mark.parametrize(("cases", "found"), [("('crate', 2), ('box', 9)", True), ("('tin', 2), ('can', 9)", False)])
def test_what_a_successor_is_about_stands_in_its_cases_too(cases: str, found: bool):
    old = """
        def test_sizes():
            assert size('crate') == 'large'
            assert size('box') == 'small'
    """
    new = f"""
        @pytest.mark.parametrize('name, liters', [{cases}])
        def test_liters(name, liters):
            assert size(name) == liters
    """
    told = successors({"t.py::test_sizes"}, {"t.py::test_liters"}, changes(change("t.py", old, new)))
    assert told == ({"t.py::test_sizes": "t.py::test_liters"} if found else {})


CASES = """
    def test_phone(raw, number):
        assert clean_phone(raw) == number
"""


@pytest.mark.parametrize(
    ("body", "case", "found"),
    [
        ('clean_phone("12 34")', "[12 34-None]", True),
        ('clean_phone("12 35")', "[12 34-None]", False),
        ('other("12 34")', "[12 34-None]", False),
        ("clean_phone(None)", "[12 34-None]", False),
        ('clean_phone("1")', "[1-None]", False),
    ],
    ids=["its value", "another value", "another subject", "a word of the language", "a short one"],
)
def test_a_case_goes_on_in_a_test_that_has_its_value(body: str, case: str, found: bool) -> None:
    fresh = f"""
    def test_too_short():
        with pytest.raises(ValueError):
            {body}
"""
    told = case_successors(
        {f"t.py::test_phone{case}"}, {"t.py::test_too_short"}, changes(change("t.py", CASES, CASES + fresh))
    )
    assert told == ({f"t.py::test_phone{case}": "t.py::test_too_short"} if found else {})


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ('pytest.param("12 34", None, id="short")', True),
        ('pytest.param("12 35", None, id="short")', False),
        ('pytest.param("12 34", None, id="long")', False),
        ('pytest.param("1", None, id="short")', False),
        ('pytest.param("12 34", None, marks="short")', False),
    ],
    ids=["its row", "another value", "another row", "a short value", "no id"],
)
def test_a_case_with_an_id_goes_on_in_a_test_that_has_a_value_of_its_row(row: str, found: bool) -> None:
    before = f"""
    @pytest.mark.parametrize("raw, number", [{row}])
    def test_phone(raw, number):
        assert clean_phone(raw) == number
"""
    fresh = """
    def test_too_few_digits():
        with pytest.raises(ValueError):
            clean_phone("12 34")
"""
    told = case_successors({"t.py::test_phone[short]"}, {"t.py::test_too_few_digits"},
                           changes(change("t.py", before, before + fresh)))  # fmt: skip
    assert told == ({"t.py::test_phone[short]": "t.py::test_too_few_digits"} if found else {})
