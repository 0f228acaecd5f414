"""What is put into a base to make it unsound fails by plain pytest, and is none of the change's doing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kit.target import target_python
from tests.real.releases import File, Tree, write_tree
from tests.real.target import run_suite
from tests.real.unsound import RATES, unsound

OLD = {
    "tests/test_a.py": File(b"def test_first():\n    assert True\n"),
    "tests/test_b.py": File(b"class TestB:\n    def test_second(self):\n        assert True\n"),
}
ARGS = ("tests", "--continue-on-collection-errors")
NEW = {**OLD, "tests/test_a.py": File(b"def test_first():\n    assert 1\n"), "a.py": File(b"A = 1\n")}


def failing(tree: Tree, place: Path) -> set[str]:
    place.mkdir()
    write_tree(tree, place)
    return {name.rpartition("::")[2] for name in run_suite(target_python(), place, (".",), ARGS, {}).failed}


def test_a_broken_base_fails_on_both_sides_and_in_a_test_that_the_change_leaves_alone(tmp_path: Path) -> None:
    before, after = unsound(OLD, NEW, "tests", "broken")
    broken = {"test_that_is_wrong_since_long", "test_that_raises_since_long", "test_second"}
    for side, tree in (("before", before), ("after", after)):
        assert broken < failing(tree, tmp_path / side), "and the file that cannot be collected"
    assert {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)} == {"tests/test_a.py", "a.py"}
    assert OLD["tests/test_b.py"].data.count(b"broken") == 0


def test_an_unsteady_base_fails_at_times() -> None:
    before, after = unsound(OLD, NEW, "tests", "unsteady")
    added = before["tests/test_unsteady_base.py"]
    assert added == after["tests/test_unsteady_base.py"]
    made: dict[str, Any] = {}
    exec(added.data, made)
    for rate in RATES:
        assert 0 < sum(fails(made["test_that_fails_at_times"], rate) for _ in range(400)) < 320


def fails(test: Callable[[float], None], rate: float) -> bool:
    try:
        test(rate)
    except AssertionError:
        return True
    return False


def test_a_change_that_touches_every_test_leaves_none_of_its_own_to_break(tmp_path: Path) -> None:
    only = {"tests/test_a.py": OLD["tests/test_a.py"]}
    before, _ = unsound(only, {**only, "tests/test_a.py": NEW["tests/test_a.py"]}, "tests", "broken")
    assert before["tests/test_a.py"] == only["tests/test_a.py"]
    broken = {"test_that_is_wrong_since_long", "test_that_raises_since_long", "tests.test_uncollectable_base"}
    assert failing(before, tmp_path / "before") == broken
