"""Each fix is one edit after which the finding is gone and no new error has come."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from autopack.model.findings import Finding, Position, Range, Severity
from autopack.plans import lint_plan, parse_plan
from autopack.settings import load_settings
from autopack_server.lsp.plan.convert import Told
from autopack_server.lsp.plan.fixes import plan_fixes
from autopack_server.lsp.plan.reading import Reading
from tests.plans.test_plan_lint import Repository

SETTINGS = load_settings(None, env={"HOME": "/nonexistent"}).settings
RUN = "autopack: 1\nrun: {id: r}\n"
ONE = RUN + "phases:\n  - id: a\n    goal: g\n    scope: {paths: [src/]}\n"
TWO = ONE + "  - id: index\n    goal: g\n    scope:\n      paths:\n        - src/\n"


def lint(text: str, files: Iterable[str] = (), dirty: Iterable[str] = ()) -> list[Finding]:
    return lint_plan(parse_plan(text, "p"), Repository({"src/app.py", "tests/test_a.py", *files}, dirty), SETTINGS)


def mended(text: str, code: str, dirty: Iterable[str] = (), files: Iterable[str] = ()) -> dict[str, str]:
    """The text after each fix of the first finding with this code, by the fix's title; each is proved."""
    before = lint(text, files, dirty)
    told = next(finding for finding in before if finding.code == code)
    found: dict[str, str] = {}
    for fix in plan_fixes(Reading(text), [told]):
        assert fix.index == 0
        after = fix.edit.applied(text)
        left = lint(after, files, dirty)
        assert (told.code, told.message) not in [(one.code, one.message) for one in left], fix.title
        old = {one.message for one in before}
        new = [one for one in left if one.severity is Severity.ERROR and one.message not in old]
        assert not new or fix.title.startswith("Remove"), (fix.title, new)
        found[fix.title] = after
    return found


@pytest.mark.parametrize(
    ("text", "title", "after"),
    [
        (ONE + "    acceptence: [x]\n", "Change `acceptence` to `acceptance`", ONE + "    acceptance: [x]\n"),
        (ONE.replace("goal: g", "description: g"), "Change `description` to `goal`", ONE),
        (ONE.replace("{id: r}", "{id: r, 'autonmy': supervised}"), "Change `autonmy` to `autonomy`",
         ONE.replace("{id: r}", "{id: r, autonomy: supervised}")),
        (ONE + "    category: backnd\n", "Change `backnd` to `backend`", ONE + "    category: backend\n"),
        (ONE.replace("goal: g", "goal: 12"), "Put it in quotes", ONE.replace("goal: g", 'goal: "12"')),
        (ONE.replace("[src/]", "src/"), "Make it a list", ONE),
        (ONE.replace("[src/]", "'src/'"), "Make it a list", ONE.replace("[src/]", "['src/']")),
        (ONE + "    tests: {network: no}\n", "Write false", ONE + "    tests: {network: false}\n"),
        (ONE + "    attempt_cap: 05\n", "Write 5", ONE + "    attempt_cap: 5\n"),
        (ONE.replace("goal: g", "goal: on"), "Put it in quotes", ONE.replace("goal: g", 'goal: "on"')),
        (ONE.replace("[src/]", "[src]"), "Change `src` to `src/`", ONE),
        (ONE.replace("[src/]", "[src/app.py/]"), "Change `src/app.py/` to `src/app.py`", ONE.replace("src/", "src/app.py")),
        (ONE.replace("run:", "tiers: [{id: back}, {id: x}]\nrun:") + "    tier: bck\n", "Change `bck` to `back`",
         ONE.replace("run:", "tiers: [{id: back}, {id: x}]\nrun:") + "    tier: back\n"),
        (ONE + "    tests:\n      command: [make]\n", "Set runner: command",
         ONE + "    tests:\n      command: [make]\n      runner: command\n"),
        (ONE + "    tests: {paths: [src/], must_pass: ['tests/test_a.py::test_x']}\n",
         "Add `tests/test_a.py` to tests.paths",
         ONE + "    tests: {paths: [src/, tests/test_a.py], must_pass: ['tests/test_a.py::test_x']}\n"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_form(text: str, title: str, after: str) -> None:
    assert mended(text, "AP101")[title] == after


def test_an_unknown_dependency_becomes_the_nearest_or_goes() -> None:
    assert mended(TWO.replace("goal: g\n    scope: {", "goal: g\n    depends_on: [indx]\n    scope: {"), "AP102") == {
        "Change `indx` to `index`": TWO.replace(
            "goal: g\n    scope: {", "goal: g\n    depends_on: [index]\n    scope: {"
        ),
        "Remove `indx`": TWO.replace("goal: g\n    scope: {", "goal: g\n    depends_on: []\n    scope: {"),
    }
    assert list(mended(ONE + "    depends_on:\n      - zzz\n", "AP102")) == ["Remove `zzz`"]


def test_a_circle_and_a_later_tier_lose_the_dependency() -> None:
    assert mended(ONE + "    depends_on: [a]\n", "AP103") == {"Remove `a`": ONE + "    depends_on: []\n"}
    late = TWO.replace("run:", "tiers: [{id: x}, {id: y}]\nrun:").replace(
        "goal: g\n    scope:\n", "goal: g\n    tier: y\n    scope:\n"
    )
    late = late.replace("goal: g\n    scope: {", "goal: g\n    tier: x\n    depends_on: [index]\n    scope: {")
    assert list(mended(late, "AP106")) == ["Remove `index`"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (ONE.replace("[src/]", "[src/, ../x]"), {"Remove `../x`": ONE}),
        (ONE.replace("[src/]", "[./src/]"), {"Change `./src/` to `src/`": ONE, "Remove `./src/`": ONE.replace("src/", "")}),
        (ONE.replace("[src/]", "[src/], read_only: [{path: ../x}, y]"),
         {"Remove `../x`": ONE.replace("[src/]", "[src/], read_only: [y]")}),
        (ONE + "    tests: {must_pass: ['tests/./test_a.py::test_x']}\n",
         {"Change `tests/./test_a.py::test_x` to `tests/test_a.py::test_x`":
          ONE + '    tests: {must_pass: ["tests/test_a.py::test_x"]}\n',
          "Remove `tests/./test_a.py::test_x`": ONE + "    tests: {must_pass: []}\n"}),
        (ONE + "    tests: {workdir: ../x}\n", {}),
        (ONE.replace("[src/]", "[src/], protected: [/./src/]"),
         {"Remove `/./src/`": ONE.replace("[src/]", "[src/], protected: []")}),
        (RUN + "workspace:\n  copy:\n    - /x\nphases:" + ONE.partition("phases:")[2],
         {"Remove `/x`": RUN + "workspace:\n  copy: []\nphases:" + ONE.partition("phases:")[2]}),
    ],
)  # fmt: skip
def test_a_path_outside_the_repository_goes(text: str, titles: dict[str, str]) -> None:
    assert mended(text, "AP104") == titles


DELIVERS = "    deliverables: [docs/a.md]\n"
DEFAULTS = RUN + "defaults:\n  scope: {paths: [src/, lib/]}\nphases:\n  - id: a\n    goal: g\n"


@pytest.mark.parametrize(
    ("text", "title", "after"),
    [
        (ONE + DELIVERS, "Add `docs/a.md` to scope.paths", ONE.replace("[src/]", "[src/, docs/a.md]") + DELIVERS),
        (ONE + DELIVERS, "Remove `docs/a.md`", ONE + "    deliverables: []\n"),
        (TWO + DELIVERS, "Add `docs/a.md` to scope.paths", TWO + "        - docs/a.md\n" + DELIVERS),
        (ONE.replace("[src/]", "[src]") + "    deliverables: [src/x.py]\n", "Write `src/` in scope.paths",
         ONE + "    deliverables: [src/x.py]\n"),
        (DEFAULTS + DELIVERS, "Add `docs/a.md` to scope.paths",
         DEFAULTS + DELIVERS + "    scope: {paths: [src/, lib/, docs/a.md]}\n"),
        (DEFAULTS + DELIVERS + "    scope:\n      protected: [src/x]\n", "Add `docs/a.md` to scope.paths",
         DEFAULTS + DELIVERS + "    scope:\n      protected: [src/x]\n      paths: [src/, lib/, docs/a.md]\n"),
        (ONE + "    deliverables: {docs: [docs/a.md (new)]}\n", "Add `docs/a.md` to scope.paths",
         ONE.replace("[src/]", "[src/, docs/a.md]") + "    deliverables: {docs: [docs/a.md (new)]}\n"),
    ],
)  # fmt: skip
def test_a_deliverable_outside_the_scope_comes_in_or_goes(text: str, title: str, after: str) -> None:
    assert mended(text, "AP105")[title] == after


def test_a_protected_path_is_asked_for_or_goes() -> None:
    text = ONE.replace("[src/]", "[src/, .vscode/x.json]")
    assert mended(text, "AP107") == {
        "List `.vscode/x.json` under scope.allowed": text.replace("json]", "json], allowed: [.vscode/x.json]"),
        "Remove `.vscode/x.json`": ONE,
    }
    assert list(mended(ONE.replace("[src/]", "[src/, .git/x]"), "AP107")) == ["Remove `.git/x`"]


def test_a_cap_is_raised_to_the_estimate_or_lowered_to_the_settings() -> None:
    (after,) = mended(ONE + "    token_cap: 500\n", "AP108").values()
    assert after == ONE + "    token_cap: 12288\n"
    (after,) = mended(ONE.replace("{id: r}", "{id: r, token_cap: 500}"), "AP108").values()
    assert after == ONE.replace("{id: r}", "{id: r, token_cap: 12288}")
    (after,) = mended(ONE.replace("{id: r}", "{id: r, token_cap: 9000000}"), "AP120").values()
    assert after == ONE.replace("{id: r}", "{id: r, token_cap: 5000000}")


@pytest.mark.parametrize(
    ("run", "after"),
    [
        ("run: {id: r}", "run: {id: r, base: working-tree}"),
        ("run: {id: r, base: head}", "run: {id: r, base: working-tree}"),
        ("run:\n  id: r # x", "run:\n  id: r # x\n  base: working-tree"),
    ],
)
def test_a_dirty_scope_starts_from_the_working_tree(run: str, after: str) -> None:
    text = ONE.replace("run: {id: r}", run)
    assert mended(text, "AP118", dirty=["src/app.py"]) == {"Start from the working tree": text.replace(run, after)}


def test_what_was_meant_is_preferred() -> None:
    found = plan_fixes(Reading(ONE + DELIVERS), lint(ONE + DELIVERS))
    assert [fix.preferred for fix in found] == [True, False]


def test_without_its_text_a_problem_has_no_fix() -> None:
    problem = lint(TWO + "    acceptence: [x]\n")[0]
    assert plan_fixes(Reading(TWO), [problem]) == []
    assert plan_fixes(Reading("\n" + TWO + "    acceptence: [x]\n"), [problem]) == []
    assert plan_fixes(Reading(""), [problem]) == []
    other = Told("AP101", problem.message, Range(Position(1, 1), Position(1, 9)))
    assert plan_fixes(Reading(TWO), [other]) == []
    assert plan_fixes(Reading(TWO), [Told("AP999", "?", other.range)]) == []


def test_a_key_that_is_there_already_is_not_offered_again() -> None:
    text = ONE + "    acceptance: [x]\n    acceptence: [x]\n"
    assert mended(text, "AP101") == {}
