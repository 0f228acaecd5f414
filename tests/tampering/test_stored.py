"""What tests compare with, kept in files: what is gone from it, and what a test writes itself."""

from __future__ import annotations

import json

import pytest

from autopack.tampering import Kind
from tests.tampering.edits import PRODUCT, judge, kinds

DAY = {"/": {"hits": 3, "errors": 0, "codes": {"200": 2}}, "/cart": {"hits": 4, "errors": 1, "codes": {"404": 1}}}
READS = """import json
from pathlib import Path

from shop.cart import names


def test_day():
    for path, figures in json.loads((Path(__file__).parent / "day.json").read_text()).items():
        assert names(figures)
"""


@pytest.mark.parametrize(
    ("after", "goal", "stops"),
    [
        ({"/": {"hits": 3, "codes": {"200": 2}}, "/cart": {"hits": 4, "codes": {"404": 1}}}, "Count hits.", True),
        ({p: {**f, "cached": 1} for p, f in DAY.items()}, "Count what was cached.", False),
        ({p: {**f, "hits": 9} for p, f in DAY.items()}, "Count hits.", False),
        ({"/cart": DAY["/cart"], "/new": DAY["/"]}, "Count hits.", False),
        ([{"name": "errors", "hits": 3, "codes": {"200": 2}}], "Give rows, their names too.", False),
        ({p: {"hits": f["hits"], "codes": f["codes"]} for p, f in DAY.items()}, "Errors are no longer counted.", False),
        ({"/new": {"hits": 3, "errors": 1, "codes": {"200": 2, "404": 1}}}, "Count hits.", True),
        ({"/new": {"hits": 3, "errors": 1, "codes": {"200": 2, "404": 1}}}, "Drop the cart.", False),
    ],
    ids=[
        "a figure gone",
        "one more",
        "another value",
        "another path",
        "a name that is a value now",
        "said",
        "fewer parts",
        "a part that goes",
    ],
)
def test_a_name_under_which_values_stood_may_not_go_though_the_file_is_named(
    after: object, goal: str, stops: bool
) -> None:
    base = {**PRODUCT, "tests/test_day.py": READS, "tests/day.json": json.dumps(DAY, indent=1) + "\n"}
    found = judge(base, {"tests/day.json": json.dumps(after, indent=1) + "\n"}, goal=goal,
                  deliverables=("tests/day.json",))  # fmt: skip
    assert bool(kinds(found)) is stops, [s.message for s in found]


WRITES = """from shop.cart import names


def test_kept(desk):
    {}
    assert names(desk.load()) == ["a"]
    assert desk.file.read_text() == "[a"
"""


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("desk.file.write_text('[a')", False),
        ("desk.file.write_bytes(b'[a')", False),
        ("desk.file.write_text('[a', encoding='utf-8')", False),
        ("desk.file.write_text(str(names(desk.load())))", True),
        ("desk.file.write_text(names(['b'])[0])", True),
    ],
)
def test_a_test_may_write_what_it_states(written: str, found: bool) -> None:
    change: dict[str, str | None] = {"tests/test_desk.py": WRITES.format(written)}
    assert bool(kinds(judge(PRODUCT, change))) is found


RECORDER = """import os
from pathlib import Path

from shop.cart import names

HERE = Path(__file__).parent


def test_names():
    found = " ".join(names(["b", "a"]))
    kept = HERE / "names.txt"
    if os.environ.get("RECORD"):
        {writes}
    assert found == kept.read_text()
"""
RECORDS = "kept.write_text(found)"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (RECORDER.format(writes=RECORDS), RECORDER.format(writes=RECORDS).replace("found", "said"), False),
        (RECORDER.format(writes=RECORDS), RECORDER.format(writes=RECORDS).replace("found =", "found: str ="), False),
        (RECORDER.format(writes="print(kept)"), RECORDER.format(writes=RECORDS), True),
        (RECORDER.format(writes=RECORDS), RECORDER.format(writes="kept.write_text('a ' + found)"), True),
        (RECORDER.format(writes=RECORDS), RECORDER.format(writes="HERE.write_text(found)"), True),
    ],
    ids=["another name", "an annotation", "it writes", "it writes something else", "it writes elsewhere"],
)
def test_a_test_that_writes_what_it_reads(before: str, after: str, told: bool) -> None:
    base = {**PRODUCT, "tests/names.txt": "a b", "tests/test_names.py": before}
    found = judge(base, {"tests/test_names.py": after})
    assert any(s.kind is Kind.SNAPSHOT and s.sure for s in found) is told, [s.message for s in found]


RECORDS = """from pathlib import Path

import pytest


@pytest.fixture
def recorded(request):
    def compare(text):
        path = Path(__file__).parent / "recorded" / f"{request.node.name}.txt"
        if not path.exists():
            path.write_text(text)
        assert text == path.read_text()

    return compare
"""
RECORDED = """from shop.cart import names


def test_cart(recorded):
    recorded(names({"pen": 1}))


@pytest.mark.parametrize("size", [1, 2])
def test_sizes(recorded, size):
    recorded(names({"pen": size}))
"""


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ("tests/recorded/test_cart.txt", True),
        ("tests/recorded/test_sizes[1].txt", True),
        ("tests/recorded/test_of_old.txt", False),
        ("tests/recorded/test_cart.csv", False),
        ("tests/other/test_cart.txt", False),
    ],
    ids=["of a test", "of a case", "of a test that is gone", "with another ending", "elsewhere"],
)
def test_what_a_test_records_under_its_own_name_may_not_be_taken_away(gone: str, found: bool) -> None:
    base = {**PRODUCT, "tests/conftest.py": RECORDS, "tests/test_cart.py": RECORDED, gone: "pen\n"}
    told = judge(base, {gone: None, "shop/cart.py": PRODUCT["shop/cart.py"] + "\n"})
    assert bool(told) is found, [s.message for s in told]
