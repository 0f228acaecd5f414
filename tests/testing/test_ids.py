"""Ids that hold times, addresses and temporary paths are the same from run to run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.testing.ids import case_of, comparable, function_of, stable_id

SAME = [
    ("t.py::a[<object at 0x7f3a2c1d9e80>]", "t.py::a[<object at 0x7ffe00aa1230>]"),
    ("t.py::a[2026-11-28T09:00:01.123456]", "t.py::a[2027-01-02T10:11:12.000001]"),
    ("t.py::a[2026-11-28 09:00:01+01:00-x]", "t.py::a[2026-11-29 09:07:31+01:00-x]"),
    ("t.py::a[1764320401.123]", "t.py::a[1764320477.9871]"),
    ("t.py::a[/tmp/pytest-of-me/pytest-3/x.db]", "t.py::a[/tmp/pytest-of-me/pytest-4/x.db]"),
    ("t.py::a[9b2c7a52-1111-4222-8333-0123456789ab]", "t.py::a[00000000-aaaa-4bbb-8ccc-0123456789ab]"),
]
DIFFERENT = [
    ("t.py::a[1]", "t.py::a[2]"),
    ("t.py::a[2026-11-28]", "t.py::a[2026-11-29]"),
    ("t.py::a[0x10]", "t.py::a[0x20]"),
    ("t.py::a[10:30]", "t.py::a[10:31]"),
    ("t.py::a[/srv/a]", "t.py::a[/srv/b]"),
    ("tmp/1/t.py::a", "tmp/2/t.py::a"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_from_run_to_run_is_left_out(one, other):
    assert stable_id(one) == stable_id(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_values_that_mean_something_stay(one, other):
    assert stable_id(one) != stable_id(other)


def test_ids_with_one_stable_form_are_numbered_in_their_order():
    first = comparable(["t.py::a[0x7f3a2c1d9e80]", "t.py::b", "t.py::a[0x7f3a2c1d9e81]"])
    second = comparable(["t.py::a[0x7f3a2c1d0001]", "t.py::a[0x7f3a2c1d0002]", "t.py::b"])
    assert set(first.values()) == set(second.values())
    assert len(set(first.values())) == 3


@given(st.lists(st.text("ab[0x123456789]/tmp :-"), unique=True))
def test_no_two_ids_of_a_run_get_one_name(ids):
    assert len(set(comparable(ids).values())) == len(ids)


@given(st.text(":[]ab/."))
def test_an_id_is_its_function_and_its_case(test_id):
    assert function_of(test_id) + case_of(test_id) == test_id
