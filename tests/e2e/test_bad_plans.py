"""Plans with mistakes: refused before anything exists, each mistake at its line and column with what to write instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kit.project import Project
from tests.kit.runs import Cli, Ended, traceback_in
from tests.kit.tiny import (
    DELETES,
    answer,
    builder,
    byte_identical,
    expect,
    make,
    phase,
    plan_of,
    published,
    refused,
    sound,
    untouched,
)

HEAD = "autopack: 1\nrun: {id: t}\ndefaults: {tests: {runner: command, command: [python3, check.py]}}\n"
PHASE = "  - id: work\n    goal: Work.\n    scope: {paths: [app.py]}\n"
GOOD = HEAD + "phases:\n" + PHASE

STOPS = {
    "empty": ("", 1, 1, "empty"),
    "not a mapping": ("- a\n- b\n", 1, 3, "mapping"),
    "tab": (HEAD + "phases:\n\t- id: work\n", 5, 1, "tab"),
    "open bracket": (HEAD + "phases: [{id: work\n", 5, 1, "starts in line 4"),
    "anchor": (GOOD.replace("{id: t}", "&r {id: t}"), 2, 6, "anchors"),
    "tag": (GOOD.replace("goal: Work.", "goal: !!python/name:os.system Work."), 6, 11, "tags"),
    "merge key": (GOOD + "    <<: {notes: a}\n", 8, 5, "merge keys"),
    "second document": (GOOD + "---\nautopack: 1\n", 8, 1, "second document"),
    "format of the future": (GOOD.replace("autopack: 1", "autopack: 2"), 1, 11, "autopack"),
    "no phases": (HEAD + "phases: []\n", 4, 9, "phases"),
}
"""Mistakes after which there is nothing more to read."""

READ = """\
autopack: 1
run: {id: t}
phases:
  - id: Work_1
    goal: no
    goal: 12:30:45
    attempt_cap: 012
    dependson: [a]
  - id: b
    goal: [a]
    attempt_cap: 0
    token_cap: many
  - name: without id and goal
"""
READ_PLACES = [
    (4, 9, "AP101", "lower-case"), (5, 11, "AP101", "write false"), (6, 5, "AP101", "second time (first in line 5)"),
    (6, 11, "AP101", "base 60"), (7, 18, "AP101", "octal"), (8, 5, "AP101", "depends_on"), (10, 11, "AP101", "text"),
    (11, 18, "AP101", "at least 1"), (12, 16, "AP101", "whole number"), (13, 5, "AP101", "goal"),
]  # fmt: skip

JUDGED = """\
autopack: 1
run: {id: t}
workspace: {copy: [../secret]}
phases:
  - {id: a, goal: A., depends_on: [c], scope: {paths: [app.py]}}
  - {id: b, goal: B., depends_on: [a], scope: {paths: [../up.py, /etc/passwd]}}
  - {id: c, goal: C., depends_on: [b], scope: {paths: [.git/config]}}
  - {id: d, goal: D., depends_on: [e, d], scope: {paths: [app.py]}, deliverables: [new.py]}
  - {id: a, goal: Again., scope: {paths: [app.py]}}
  - {id: f, goal: F., scope: {paths: [app.py]}, tests: {runner: pytest, command: [a], env: {LD_PRELOAD: x.so}}}
"""
JUDGED_PLACES = [
    (3, 20, "AP104", "../secret"), (6, 36, "AP103", "a -> c -> b -> a"), (6, 56, "AP104", "../up.py"),
    (6, 66, "AP104", "/etc/passwd"),
    (7, 56, "AP107", ".git"), (8, 36, "AP102", "`e`"), (8, 39, "AP103", ""), (8, 84, "AP105", "new.py"),
    (9, 10, "AP101", "a"), (10, 82, "AP101", "command"), (10, 0, "AP101", "LD_PRELOAD"),
]  # fmt: skip


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Plans are files of their own beside one committed project."""
    return make(tmp_path_factory.mktemp("plans"))


def start(cli: Cli, text: bytes, name: str = "wrong.autopack.yaml") -> Ended:
    path = cli.project.place / "home" / name
    path.write_bytes(text)
    return cli("run", str(path), "--repo", str(cli.project.root), "--cassette", str(cli.project.cassette))


def told(ended: Ended) -> list[tuple[int, int, str, str]]:
    """Line, column, code and words of every finding on stderr."""
    found = re.findall(r"wrong\.autopack\.yaml:(\d+):(\d+): (AP\d+) (.*)", ended.stderr)
    return [(int(line), int(column), code, words) for line, column, code, words in found]


def lacking(ended: Ended, places: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """The places without their finding; column 0 is any column."""
    known = told(ended)
    return [
        (line, column, code, word)
        for line, column, code, word in places
        if not any((at, of) == (line, code) and column in (0, col) and word in said for at, col, of, said in known)
    ]


@pytest.mark.parametrize("mistake", STOPS)
def test_a_plan_that_cannot_be_read_is_refused_at_its_place(cli: Cli, mistake: str) -> None:
    text, line, column, word = STOPS[mistake]
    ended = start(cli, text.encode())
    refused(ended, 2, "AP101")
    assert lacking(ended, [(line, column, "AP101", word)]) == [], ended.stderr


@pytest.mark.parametrize(("text", "places"), [(READ, READ_PLACES), (JUDGED, JUDGED_PLACES)], ids=["read", "judged"])
def test_every_mistake_of_a_plan_is_told_at_once_and_at_its_place(
    cli: Cli, text: str, places: list[tuple[int, int, str, str]]
) -> None:
    with byte_identical(cli.project.root):
        ended = start(cli, text.encode())
    error = refused(ended, 2, told(ended)[0][2])
    assert lacking(ended, places) == [], ended.stderr
    starts = [f["range"]["start"] | {"code": f["code"]} for f in error["findings"]]
    assert [(s["line"], s["column"], s["code"]) for s in starts] == [found[:3] for found in told(ended)]
    assert cli("list").events == [], "no run came into being"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD.encode("utf-16"), "UTF-8"),
        (GOOD.encode() + b"    notes: \xff\xfe\n", "UTF-8"),
        (b"a: " + b"[" * 5000 + b"\n", "nested"),
        (GOOD.encode() + b"# " + b"x" * 3_000_000, ""),
    ],
    ids=["UTF-16", "not UTF-8", "deep", "huge"],
)
def test_a_file_that_is_no_text_of_reasonable_size_is_refused(cli: Cli, text: bytes, word: str) -> None:
    ended = start(cli, text)
    assert ended.code == 2, str(ended)
    assert not traceback_in(ended)
    assert re.search(r"wrong\.autopack\.yaml:\d+:\d+: AP101", ended.stderr) and word in ended.stderr, ended.stderr


def test_a_missing_plan_and_a_folder_are_usage_errors(cli: Cli) -> None:
    for target in ("nowhere.yaml", "."):
        ended = cli("run", target)
        assert (ended.code, traceback_in(ended)) == (2, False), str(ended)
        assert ended.events[0]["event"] == "error"


def test_commands_nobody_agreed_to_are_listed_and_refused_without_a_terminal(tmp_path: Path) -> None:
    cli = make(tmp_path)
    with byte_identical(cli.project.root):
        ended = cli("run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette))
    error = refused(ended, 2, "AP121")
    assert "python3 check.py" in error["message"] and "--trust-plan" in error["hint"]
    assert re.search(r"plan\.autopack\.yaml:\d+:\d+: AP121", ended.stderr)


def test_a_scope_nobody_committed_is_warned_about_and_the_run_goes_on(tmp_path: Path) -> None:
    """AP118: the run starts from HEAD, so what is not committed is not in it."""
    cli = make(tmp_path)
    cli.project.write({"app.py": "x = 1\n"})
    linted = cli("lint", "plan.autopack.yaml")
    assert linted.code == 0
    (found,) = [f for f in linted.events if f["code"] == "AP118"]
    assert found["severity"] == "warning" and found["range"]["start"]["line"] > 1
    with untouched(cli.project):
        expect(cli.run(), 0, "DONE_SUCCESS")
    assert "def sub" in published(cli.project, "app.py")


class TestPlanChangedMeanwhile:
    """The run keeps its own copy of the plan, and says so when it goes on."""

    def waiting(self, place: Path) -> Cli:
        two = (phase("first", "table.py"), phase("second", depends_on=["first"]))
        answers = [builder("first", "Remove the table", DELETES), answer("second")]
        cli = make(place, *two, answers=answers)
        expect(cli.run(), 3)
        expect(cli("approve", "t"), 0)
        return cli

    def finished(self, cli: Cli, word: str) -> None:
        with untouched(cli.project):
            ended = expect(cli("resume", "t"), 0, "DONE_SUCCESS")
        said = [e["message"] for e in ended.events if e["event"] == "log"]
        assert any(word in line and "own copy" in line for line in said), said
        assert [p["state"] for p in ended.events[-1]["phases"]] == ["COMPLETE", "COMPLETE"]
        sound(cli.project)

    def test_edited(self, tmp_path: Path) -> None:
        cli = self.waiting(tmp_path)
        cli.project.plan.write_text(plan_of(phase("other")), "utf-8")
        self.finished(cli, "edited")

    def test_deleted(self, tmp_path: Path) -> None:
        cli = self.waiting(tmp_path)
        cli.project.plan.unlink()
        self.finished(cli, "gone")


def test_the_plan_may_change_while_the_process_runs(tmp_path: Path) -> None:
    """A setup command of the run itself is the moment: the plan is gone before the first phase."""
    project = Project(tmp_path / "trial")
    script = f"import os; os.path.exists({str(project.plan)!r}) and os.unlink({str(project.plan)!r})"
    plan = plan_of(phase(), workspace={"setup": [["python3", "-c", script]]})
    cli = make(tmp_path, plan=plan)
    ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert not project.plan.exists()
    assert ended.events[-1]["phases"][0]["state"] == "COMPLETE"
