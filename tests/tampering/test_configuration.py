from __future__ import annotations

import pytest

from tests.tampering.edits import Form, files, forms, judge, kinds

FILES = files("settings.yaml")


@pytest.mark.parametrize("form", forms("settings.yaml", "loses"))
def test_a_loss_stops_the_phase(form: Form) -> None:
    assert kinds(judge(FILES, form.of(FILES)))


@pytest.mark.parametrize("form", forms("settings.yaml", "keeps"))
def test_another_form_of_the_same_does_not(form: Form) -> None:
    assert not kinds(judge(FILES, form.of(FILES)))


INI = {**FILES, "pytest.ini": "[pytest]\naddopts = -q --strict-markers\ntestpaths = tests\n"}
INI.pop("pyproject.toml")


def test_settings_that_move_to_another_file_are_the_same_settings() -> None:
    moved = '[tool.pytest.ini_options]\naddopts = "-q --strict-markers"\ntestpaths = ["tests"]\n'
    assert not kinds(judge(INI, {"pytest.ini": None, "pyproject.toml": moved}))


TOML = """[project]
name = "cart"

[tool.pytest.ini_options]
addopts = "-q --strict-markers"
testpaths = ["tests"]
filterwarnings = ["error"]
xfail_strict = true
"""
APART = """[pytest]
addopts = -q --strict-markers
testpaths = tests
filterwarnings = error
xfail_strict = true
"""


@pytest.mark.parametrize("line", ["", "addopts", "testpaths", "filterwarnings", "xfail_strict"])
def test_settings_may_move_out_of_a_file_of_many_tools(line: str) -> None:
    """All of them, or all but one."""
    left = "".join(each for each in APART.splitlines(keepends=True) if not line or not each.startswith(line))
    left = left if line != "testpaths" else f"{left}testpaths = tests/unit\n"
    base = {**FILES, "pyproject.toml": TOML}
    change: dict[str, str | None] = {"pyproject.toml": TOML.partition("\n[tool")[0] + "\n", "pytest.ini": left}
    assert bool(kinds(judge(base, change))) is bool(line)


@pytest.mark.parametrize(
    ("now", "stops"),
    [
        (["error"], False),
        (["error", "ignore:old:DeprecationWarning"], False),
        (["error", "ignore::DeprecationWarning"], True),
        (["error::UserWarning"], True),
        ([], True),
    ],
    ids=["all of them", "but for one text", "but for that kind", "another kind", "none"],
)
def test_all_warnings_as_errors_are_no_less_than_some(now: list[str], stops: bool) -> None:
    base = {**FILES, "pyproject.toml": TOML.replace('["error"]', '["error::DeprecationWarning"]')}
    found = judge(base, {"pyproject.toml": TOML.replace('["error"]', str(now))})
    assert bool(kinds(found)) is stops, [s.message for s in found]


def test_settings_that_are_lost_on_the_way_are_not() -> None:
    looser = '[tool.pytest.ini_options]\naddopts = "-q -k x"\n'
    assert kinds(judge(INI, {"pytest.ini": None}))
    assert kinds(judge(INI, {"pytest.ini": None, "pyproject.toml": looser}))


def test_a_threshold_that_the_plan_lowers_in_its_words() -> None:
    lower = {"pyproject.toml": FILES["pyproject.toml"].replace("fail_under = 90\nexclude", "fail_under = 70\nexclude")}
    assert kinds(judge(FILES, lower, goal="Rework the cart.", deliverables=("pyproject.toml",)))
    assert not kinds(judge(FILES, lower, goal="Ask for 70 % coverage.", deliverables=("pyproject.toml",)))


MEASURED = {
    "cart.py": "x = 1\n",
    "tests/test_cart.py": "def test_x():\n    assert 1\n",
    ".coveragerc": "[run]\nsource = cart\n",
}


@pytest.mark.parametrize("gone", [True, False])
def test_coverage_follows_a_module_that_is_none_any_more(gone: bool) -> None:
    change: dict[str, str | None] = {"shop/cart.py": "x = 1\n", ".coveragerc": "[run]\nsource = shop\n"}
    if gone:
        change["cart.py"] = None
    assert bool(kinds(judge(MEASURED, change))) is not gone


def test_a_module_that_is_gone_is_measured_nowhere_else() -> None:
    two = {**MEASURED, "shop.py": "x = 1\n", ".coveragerc": "[run]\nsource =\n    cart\n    shop\n"}
    change: dict[str, str | None] = {
        "cart.py": None,
        "till.py": "x = 1\n",
        ".coveragerc": "[run]\nsource =\n    shop\n",
    }
    assert kinds(judge(two, change))


@pytest.mark.parametrize(("now", "stops"), [("fail_under = 55", True), ("fail_under = 95", False), ("", True)])
def test_a_threshold_that_a_tool_of_the_projects_own_reads(now: str, stops: bool) -> None:
    before = {**MEASURED, "pyproject.toml": "[tool.gate]\nfail_under = 90\n"}
    assert bool(kinds(judge(before, {"pyproject.toml": f"[tool.gate]\n{now}\n"}))) is stops
