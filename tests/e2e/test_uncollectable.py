"""Test files that cannot be loaded: what the base has of them blinds nothing, a new one stops the phase with its chain."""

from __future__ import annotations

import json
from pathlib import Path

from tests.kit.project import builder, whole
from tests.kit.runs import Cli, typed
from tests.kit.tiny import ADD, SUB, codes, expect, findings, make, one, phase, plan_of, published, sound, untouched

PYTEST = {"paths": ["tests/"]}
TEST = "from shop.cart import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
OLD = "import gone_for_years\n\n\ndef test_old():\n    assert True\n"
INIT = "from shop.cart import add as add\n"
BREAKS = "import shop.nowhere\n\n\n" + ADD
FILES = {"shop/__init__.py": INIT, "shop/cart.py": ADD, "tests/test_cart.py": TEST, "tests/test_old.py": OLD}


def cart(content: str, **match: object) -> dict[str, object]:
    return builder("work", "Change the cart", whole("shop/cart.py", content), **match)


def project(place: Path, *answers: dict[str, object], files: dict[str, str] | None = None) -> Cli:
    work = phase("work", "shop/", tests=PYTEST)
    return make(place, plan=plan_of(work, defaults={}), files=files or FILES, answers=answers)


def test_a_file_that_the_base_cannot_load_blinds_nothing(tmp_path: Path) -> None:
    """Its failure is known, the other tests judge: the right change completes, the wrong one does not."""
    cli = project(tmp_path, cart(SUB.replace("a + b", "a * b"), attempt=1), cart(SUB, attempt=2))
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    known = [f for f in findings(ended) if f["code"] == "AP402"]
    assert known and {(f["severity"], f["blocking"], f["path"]) for f in known} == {
        ("information", False, "tests/test_old.py")
    }
    assert "gone_for_years" in known[0]["message"]
    failed = one(ended, "AP401")
    assert failed["message"].startswith("tests/test_cart.py::test_add fails: ")
    assert (failed["path"], failed["range"]["start"]["line"]) == ("tests/test_cart.py", 5)
    assert [(r["path"], r["range"]["start"]["line"], r["message"]) for r in failed["related"]] == [
        ("shop/cart.py", 2, "the failing test uses `add`, which is changed here")
    ]
    assert ended.events[-1]["phases"][0]["attempts"] == 2
    assert published(cli.project, "shop/cart.py") == SUB.strip()
    sound(cli.project)


def test_a_file_that_can_no_longer_be_loaded_always_stops_the_phase(tmp_path: Path) -> None:
    """Beside one that never could be; the Builder is told the chain, and so are the links of it in the finding."""
    chain = "tests/test_cart.py:1 -> shop/__init__.py:1 -> shop/cart.py:1: ModuleNotFoundError: No module named "
    second = cart(SUB, attempt=2)
    second["match"] = {**second["match"], "contains": [chain, "See shop/__init__.py:1: this import leads"]}  # type: ignore[dict-item]
    cli = project(tmp_path, cart(BREAKS, attempt=1), second)
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    told = [f for f in findings(ended) if f["code"] == "AP402" and f["blocking"]]
    assert [f["message"].partition(": ")[2] for f in told] == [f"{chain}'shop.nowhere'"]
    assert (told[0]["path"], told[0]["range"]["start"]["line"]) == ("shop/cart.py", 1)
    assert [(r["path"], r["range"]["start"]["line"]) for r in told[0]["related"]] == [
        ("shop/__init__.py", 1), ("tests/test_cart.py", 1),
    ]  # fmt: skip
    assert ended.events[-1]["phases"][0]["attempts"] == 2
    assert "AP403" not in codes(ended), "tests of a file that cannot be loaded are not told as missing one by one"
    shown = typed(cli.project, "show", "t", "work", "1", "--evidence").stdout
    assert chain in shown and "see shop/__init__.py:1:1: this import leads to the one that fails" in shown
    sound(cli.project)


def test_a_lost_name_leads_to_where_it_stood(tmp_path: Path) -> None:
    cli = project(tmp_path, cart(SUB.replace("def add", "def plus"), attempt=1), cart(SUB, attempt=2))
    told = next(f for f in findings(expect(cli.run(), 0)) if f["code"] == "AP402" and f["blocking"])
    first = told["related"][0]
    assert (first["path"], first["range"]["start"]["line"], first["tree"]) == ("shop/cart.py", 1, "base")
    assert "stands here before the change" in first["message"]


def test_imports_that_go_round(tmp_path: Path) -> None:
    """And a secret that an error message holds is kept out of the chain's message."""
    round_about = "from shop.tax import rate\n\n\n" + SUB
    tax = "from shop.cart import add\n\n\ndef rate():\n    return add(1, 1)\n"
    answers = (
        builder("work", "Tax", whole("shop/cart.py", round_about), whole("shop/tax.py", tax, "create"), attempt=1),
        cart(SUB, attempt=2),
    )
    ended = expect(project(tmp_path, *answers).run(), 0)
    told = next(f for f in findings(ended) if f["code"] == "AP402" and f["blocking"])
    assert (
        "shop/cart.py:1 -> shop/tax.py:1: a circular import, shop/cart.py is not loaded to its end there: "
        in told["message"]
    )
    assert str(tmp_path) not in json.dumps(told)


def test_a_secret_in_the_error_is_kept_out_of_the_message(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    raises = f"key = 'gh' + 'p_' + {token[4:]!r}\nraise RuntimeError(key)\n"
    told = next(
        f
        for f in findings(expect(project(tmp_path, cart(raises, attempt=1), cart(SUB, attempt=2)).run(), 0))
        if f["code"] == "AP402" and f["blocking"]
    )
    assert "tests/test_cart.py:1 -> shop/__init__.py:1 -> shop/cart.py:2: RuntimeError: " in told["message"]
    assert token not in json.dumps(told)
