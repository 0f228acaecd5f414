from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack.model.plan import Plan
from autopack.yamlfile import known_keys
from autopack_server.lsp.plan.completion import MAX_ITEMS, complete
from autopack_server.lsp.plan.items import Completion, ItemKind
from autopack_server.lsp.plan.pytest_names import PytestNames
from autopack_server.lsp.plan.repository import Repository
from autopack_server.lsp.plan.values import Facts
from tests.lsp.plan.texts import BLOCK, CURSOR, cut, repository

HEAD = "autopack: 1\nrun: {id: r}\nphases:\n"
A = HEAD + "  - id: a\n"


def ask(marked: str, repo: Repository | None = None, tests: PytestNames | None = None) -> Completion | None:
    reading, position, offset = cut(marked)
    found = complete(position, Facts(reading, repo or repository(), tests))
    assert found is None or found.start <= offset <= found.end
    return found


def offered(marked: str, repo: Repository | None = None, tests: PytestNames | None = None) -> list[str]:
    found = ask(marked, repo, tests)
    return [item.word for item in found.items] if found is not None else []


def accepted(marked: str, word: str) -> str:
    """The text after the item is taken, with the cursor where typing goes on; what stood before is left out."""
    reading, _, _ = cut(marked)
    found = ask(marked)
    assert found is not None
    item = next(item for item in found.items if item.word == word)
    cursor = len(item.text) if item.cursor is None else item.cursor
    after = reading.text[: found.start] + item.text[:cursor] + CURSOR + item.text[cursor:] + reading.text[found.end :]
    return after.removeprefix(A).removeprefix(HEAD)


@pytest.mark.parametrize(
    ("marked", "first", "count"),
    [
        ("¦", ["autopack", "run", "phases", "project"], 7),
        ("# c\n\npro¦\n", ["autopack", "run", "phases", "project"], 7),
        ("autopack: 1\n¦", ["run", "phases", "project"], 6),
        ("autopack: 1\nrun:\n  ¦", ["id", "autonomy", "base"], 7),
        ("autopack: 1\nrun:\n  base: head\n  ¦", ["id", "autonomy", "token_cap"], 6),
        ("autopack: 1\nrun:¦", ["id", "autonomy", "base"], 7),
        ("autopack: 1\nrun: {¦", ["id", "autonomy"], 7),
        ("autopack: 1\nrun: {id: x, ¦}", ["autonomy", "base"], 6),
        ("autopack: 1\r\nrun:\r\n  ¦\r\n", ["id", "autonomy"], 7),
        ("autopack: 1\nrun:\n\t¦", ["id", "autonomy"], 7),
        (HEAD + "  - ¦", ["id", "goal", "tier"], 18),
        (HEAD + "  -¦", ["id", "goal", "tier"], 18),
        (A + "    ¦", ["goal", "tier"], 17),
        (A + "    goal: g\n  ¦", ["id", "goal"], 2),
        (A + "    ¦\n    goal: g\n", ["tier", "name"], 16),
        (A + "    tests:\n      runner: pytest\n      ¦", ["command", "junit"], 13),
        (A + "    scope: {paths: [x], ¦}", ["read_only", "protected", "allowed"], 3),
        (A + "    scope:\n      read_only: [{¦}]", ["path", "reason"], 2),
        ("tiers: ¦", ["id"], 1),
        ("workspace:\n  co¦", ["copy", "link", "setup", "setup_timeout_seconds"], 4),
        ('"¦": 1', ["autopack", "run"], 7),
    ],
)
def test_keys_that_are_not_there_yet_required_ones_first(marked: str, first: list[str], count: int) -> None:
    found = ask(marked)
    assert found is not None
    assert [item.word for item in found.items][: len(first)] == first
    assert len(found.items) == count
    assert not found.incomplete
    assert {item.kind for item in found.items} == {ItemKind.KEY}


@pytest.mark.parametrize(
    ("marked", "word", "after"),
    [
        ("au¦", "autopack", "autopack: 1¦"),
        ("¦", "run", "run:\n  id: ¦"),
        ("¦", "phases", "phases:\n  - id: ¦"),
        ("¦", "defaults", "defaults:\n  ¦"),
        ("a: 1\r\n¦", "phases", "a: 1\r\nphases:\r\n  - id: ¦"),
        (A + "    go¦", "goal", "    goal: ¦"),
        (A + "    de¦", "depends_on", "    depends_on:\n      - ¦"),
        (A + "    de¦", "deliverables", "    deliverables:\n      - ¦"),
        (A + "    sc¦", "scope", "    scope:\n      ¦"),
        (A + "    ch¦", "checks", "    checks:\n      - [¦]"),
        (A + "    tests:\n      co¦", "command", "    tests:\n      command: [¦]"),
        (A + "    tests:\n      en¦", "env", "    tests:\n      env:\n        ¦"),
        (A + "    tests: {mu¦}", "must_pass", "    tests: {must_pass: [¦]}"),
        (A + "    tests: {en¦}", "env", "    tests: {env: {¦}}"),
        (A + "    ca¦: x\n", "category", "    category¦: x\n"),
        (A + "    sc¦\n      paths: [x]\n", "scope", "    scope:¦\n      paths: [x]\n"),
        (A + "    scope:¦", "paths", "    scope: \n      paths:\n        - ¦"),
        (A + "    scope: ¦", "paths", "    scope: \n      paths:\n        - ¦"),
        (HEAD + "  ¦", "id", "  - id: ¦"),
        (HEAD + "  - ¦\n    goal: g\n", "id", "  - id: ¦\n    goal: g\n"),
        ("tiers: [¦]", "id", "tiers: [{id: ¦}]"),
        ("run: {\n  id: x,\n  ¦\n  base: head\n}", "autonomy", "run: {\n  id: x,\n  autonomy: ¦,\n  base: head\n}"),
    ],
)
def test_a_key_comes_in_the_shape_its_value_needs(marked: str, word: str, after: str) -> None:
    assert accepted(marked, word) == after


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("run: {base: ¦}", ["head", "working-tree"]),
        ("run:\n  base: wor¦", ["head", "working-tree"]),
        ("run:\n  base:\n    ¦", ["head", "working-tree"]),
        ("run:\n  base: '¦'", ["head", "working-tree"]),
        ("autopack: ¦", ["1"]),
        (A + "    complexity: ¦", ["low", "medium", "high"]),
        (A + "    tests:\n      skip: ¦", ["true", "false"]),
        (A + "    attempt_cap: ¦", ["5"]),
        (A + "    token_cap: ¦", []),
        (A + "    goal: ¦", []),
        (A + "    acceptance: [¦]", []),
        (A + "    checks: [[¦]]", []),
        (A + "    tests: {command: [¦], env: {X: ¦}}".replace("¦]", "]"), []),
        (A + "    tests:\n      skip: '¦'", []),
        ("# ¦", []),
        ("run: {id: r} # ¦", []),
        ("project: >\n  some ¦ text\n", []),
        ("project: 'some\n  ¦ text'\n", []),
        ("nonsense:\n  ¦", []),
    ],
)
def test_words_of_the_model(marked: str, words: list[str]) -> None:
    assert offered(marked) == words


@pytest.mark.parametrize(
    ("marked", "word", "after"),
    [
        ("run:\n  base: he¦ad\n", "working-tree", "run:\n  base: working-tree¦\n"),
        ("run:\n  base:¦\n", "head", "run:\n  base: head¦\n"),
        ("run: {base:¦}\n", "head", "run: {base: head¦}\n"),
        (A + "    scope: {paths: [src/se¦]}", "src/search/", "    scope: {paths: [src/search/¦]}"),
        (A + "    scope: {paths: [\"¦\"]}", "odd #name.md", "    scope: {paths: [\"odd #name.md¦\"]}"),
        (A + "    scope: {paths: [¦]}", "odd #name.md", '    scope: {paths: ["odd #name.md"¦]}'),
        (A + '    scope: {paths: ["src/¦', "src/web/", '    scope: {paths: ["src/web/"¦'),
        (A + "    scope:\n      paths: ¦\n", "src/", "    scope:\n      paths: [src/¦]\n"),
        (A + "    scope:\n      paths:\n        ¦\n", "src/", "    scope:\n      paths:\n        - src/¦\n"),
        (A + "    scope:\n      paths:\n        - a\n        ¦\n", "src/",
         "    scope:\n      paths:\n        - a\n        - src/¦\n"),
        (A + "    tests: {must_pass: [tests/¦]}", "tests/test_app.py::",
         '    tests: {must_pass: ["tests/test_app.py::¦"]}'),
    ],
)  # fmt: skip
def test_a_value_takes_the_place_of_the_word_in_the_quotes_it_needs(marked: str, word: str, after: str) -> None:
    assert accepted(marked, word) == after


def test_phases_that_can_come_before_this_one() -> None:
    plan = HEAD + (
        "  - {id: a, depends_on: [b]}\n  - {id: b}\n  - {id: c, depends_on: [a]}\n  - {id: d, depends_on: [¦]}\n"
        "  - {id: e, depends_on: [d]}\n  - {id: f, depends_on: [e]}\n  - {goal: g}\n"
    )
    assert offered(plan) == ["a", "b", "c"]
    assert offered(plan.replace("[¦]", "[b, ¦, x]")) == ["a", "c"]
    assert offered(plan.replace("[¦]", "\n      - ¦\n").replace("}\n  - {id: e", "\n  - {id: e")) == []
    assert offered(HEAD + "  - id: a\n    goal: g\n  - id: b\n    depends_on:\n      - ¦\n  - id: c\n    goal\n") == [
        "a",
        "c",
    ]


def test_phases_of_later_tiers_are_not_offered() -> None:
    assert offered(BLOCK.replace("depends_on: [index]", "depends_on: [¦]")) == ["index"]
    early = (
        "tiers: [{id: x}, {id: y}]\n"
        "phases:\n  - {id: a, tier: y}\n  - {id: b, tier: x}\n  - {id: c, tier: x, depends_on: [¦]}\n"
    )
    assert offered(early) == ["b"]
    assert offered(early.replace("c, tier: x", "c")) == ["a", "b"]
    assert offered(BLOCK.replace("tier: backend", "tier: ¦")) == ["backend", "frontend"]


def test_what_is_known_of_a_phase_stands_beside_it() -> None:
    found = ask(BLOCK.replace("depends_on: [index]", "depends_on: [¦]"))
    assert found is not None
    assert found.items[0].detail == "Build an inverted index over titles."
    assert found.items[0].kind is ItemKind.PHASE


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ["docs/", "src/", "tests/", "README.md", "odd #name.md"]),
        ("s", ["src/", "src/search/"]),
        ("src/", ["src/search/", "src/web/", "src/app.py", "src/models.py"]),
        ("src/se", ["src/search/"]),
        ("pag", ["src/web/page.py"]),
        ("test_", ["tests/test_app.py", "tests/web/test_page.py"]),
        ("nowhere/", []),
        ("../", []),
        ("/", []),
    ],
)
def test_paths_follow_what_is_typed(typed: str, words: list[str]) -> None:
    for key in ("paths: [{}]", "read_only: [{}]", "read_only: [{{path: {}}}]", "allowed: [{}]"):
        marked = A + "    scope: {" + key.format(f"{typed}¦") + "}\n"
        assert [word for word in offered(marked) if word not in ("path", "reason")] == words
    assert offered(A + f"    deliverables: [x, {typed}¦]") == words
    assert offered(A + f"    deliverables: {{code: [{typed}¦]}}") == words
    assert offered(f"defaults:\n  scope:\n    paths:\n      - {typed}¦\n") == words


def test_paths_that_are_listed_already_are_not_offered() -> None:
    assert offered(A + "    scope: {paths: [src/, ¦, README.md]}") == ["docs/", "tests/", "odd #name.md"]


def test_folders_alone_for_where_the_runner_starts() -> None:
    assert offered(A + "    tests: {workdir: src/¦}") == ["src/search", "src/web"]


def test_at_most_200_are_offered_and_more_may_come() -> None:
    many = Repository.of(Path("/nonexistent"), {f"src/{number:04}.py" for number in range(500)})
    found = ask(A + "    scope: {paths: [src/¦]}", many)
    assert found is not None
    assert len(found.items) == MAX_ITEMS == 200
    assert found.incomplete
    assert offered(A + "    scope: {paths: [src/049¦]}", many) == [f"src/049{number}.py" for number in range(10)]


def test_names_that_no_plan_can_say_are_not_offered() -> None:
    odd = Repository.of(Path("/nonexistent"), {"a\nb.py", "a\u202eb.py", "ok.py", "\udcff.py", "x\\y.py"})
    assert offered(A + "    scope: {paths: [¦]}", odd) == ["ok.py"]


def test_without_a_repository_there_are_no_paths() -> None:
    reading, position, _ = cut(A + "    scope: {paths: [¦]}")
    assert complete(position, Facts(reading)) is None


def test_files_of_the_checkout_that_git_does_not_hold(tmp_path: Path) -> None:
    for path in (".env.test", "src/app.py", "src/.cache", "node_modules/x.js", ".git/config"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    os.symlink("/etc", tmp_path / "etc")
    repo = repository(tmp_path)
    assert offered("workspace: {copy: [¦]}", repo) == ["node_modules/", "src/", ".env.test"]
    assert offered("workspace: {copy: [src/¦]}", repo) == ["src/.cache"]
    assert offered("workspace: {link: [¦]}", repo) == ["node_modules/", "src/"]
    for typed in ("etc/", "../", "/etc/"):
        assert offered(f"workspace: {{copy: [{typed}¦]}}", repo) == []


def test_tests_of_the_files_typed_so_far(tmp_path: Path) -> None:
    (tmp_path / "tests/web").mkdir(parents=True)
    (tmp_path / "tests/test_app.py").write_text(
        'def test_one():\n    "Adds [two] numbers."\n\n\nclass TestX:\n    async def test_two(self): ...\n'
    )
    (tmp_path / "tests/web/test_page.py").write_text("def test_three(: ...\n")
    repo, tests = repository(tmp_path), PytestNames(tmp_path)
    ids = ["tests/test_app.py::test_one", "tests/test_app.py::TestX::test_two"]
    for typed in ("", "te", "tests/test_app.py", "tests/test_app.py::", "tests/test_app.py::te"):
        assert offered(A + f'    tests:\n      must_pass:\n        - "{typed}¦"\n', repo, tests) == ids
    assert offered(A + '    tests: {must_pass: ["tests/web/¦"]}', repo, tests) == []
    found = ask(A + '    tests: {must_pass: ["¦"]}', repo, tests)
    assert found is not None
    assert (found.items[0].detail, found.items[0].documentation.split("\n")[0]) == ("line 1", r"Adds \[two\] numbers.")
    many = Repository.of(tmp_path, {f"tests/test_{number}.py" for number in range(20)})
    assert offered(A + "    tests: {must_pass: [tests/test_1¦]}", many, tests)[:2] == [
        "tests/test_1.py::",
        "tests/test_10.py::",
    ]


def test_items_say_what_they_are() -> None:
    found = ask(A + "    ¦")
    assert found is not None
    by_word = {item.word: item for item in found.items}
    assert set(by_word) | {"id"} == set(known_keys(Plan, ("phases", 0)))
    assert by_word["goal"].detail == "text, required"
    assert by_word["attempt_cap"].documentation == (
        "Attempts before the phase fails.\n\nDefault: `5`\n\nLimits: at least 1 and at most 20"
    )
    assert all(item.documentation for item in found.items)
    values = ask("run: {base: ¦}")
    assert values is not None
    assert "snapshot of your files" in values.items[1].documentation


def test_nothing_is_offered_where_an_entry_cannot_stand() -> None:
    assert offered(A + "     go¦\n    tier: x\n") == []
    assert offered(A + "    scope:\n      paths: [a]\n     re¦\n") == []
    assert offered(A + "    tests:\n      runner: pytest\n     ne¦: y\n") == []
    assert offered(A + "    tests:\n      runner: pytest\n      ne¦: y\n") != []
