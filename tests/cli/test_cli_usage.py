from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.kit.project import Project
from tests.kit.runs import MODULE, Cli, typed

WRONG = {
    "no such command": ["frobnicate"],
    "an argument missing": ["run"],
    "no such option": ["status", "words", "--frob"],
    "a scope nobody knows": ["approve", "words", "--scope", "forever"],
    "a rejection without a reason": ["reject", "words"],
    "no such run": ["status", "nobody"],
    "no such run to stop": ["stop", "nobody"],
    "no such run to resume": ["resume", "nobody"],
    "no such plan": ["run", "nothing.yaml"],
    "no such rule": ["explain", "AP999"],
    "no such cassette": ["run", "plan.autopack.yaml", "--trust-plan", "--cassette", "nothing.jsonl"],
    "no such phase": ["run", "plan.autopack.yaml", "--trust-plan", "--phase", "nothing"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_a_wrong_call_ends_with_2_and_says_what_to_do(project: Project, words: list[str]) -> None:
    done = typed(project, *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "rror: " in done.stderr
    assert "Traceback" not in done.stderr


def test_with_json_a_refusal_is_a_line_of_stdout(cli: Cli) -> None:
    ended = cli("status", "nobody")
    assert ended.code == 2
    (line,) = ended.events
    assert line["event"] == "error"
    assert "nobody" in line["message"]
    assert "autopack list" in line["hint"]


def test_outside_a_repository_a_run_is_refused_with_4(project: Project, tmp_path: Path) -> None:
    place = tmp_path / "nowhere"
    place.mkdir()
    (place / "plan.yaml").write_text("autopack: 1\n")
    done = typed(project, "run", str(place / "plan.yaml"), "--repo", str(place))
    assert done.returncode == 4
    assert "AP901" in done.stderr
    asked = typed(project, "list", "--repo", str(place))
    assert asked.returncode == 2, "a question is answered or not"
    assert "AP901" in asked.stderr


def test_a_damaged_journal_is_named_and_left_alone(project: Project) -> None:
    assert typed(project, "list").returncode == 0
    (path,) = project.state.glob("*/store.db")
    path.write_bytes(b"no database at all, " * 500)
    for words, code in ((["list"], 2), (["run", "plan.autopack.yaml", "--trust-plan"], 4)):
        done = typed(project, *words)
        assert done.returncode == code
        assert "AP902" in done.stderr
    assert path.read_bytes().startswith(b"no database")


def test_a_plan_that_executes_something_new_asks_for_trust(cli: Cli) -> None:
    ended = cli("run", "plan.autopack.yaml", "--cassette", str(cli.project.cassette))
    assert ended.code == 2
    assert "AP121" in ended.stderr
    assert "--trust-plan" in ended.stderr
    assert cli("list").events == []


def test_lint_tells_errors_by_its_exit_code(project: Project) -> None:
    assert typed(project, "lint", "plan.autopack.yaml").returncode == 0
    project.write({"bad.autopack.yaml": "autopack: 1\nrun: {id: bad}\nphases:\n  - id: a\n    goall: x\n"})
    done = typed(project, "lint", "bad.autopack.yaml")
    assert done.returncode == 2
    assert "bad.autopack.yaml:5:5: error: AP101" in done.stdout
    assert "goal" in done.stdout


def test_lint_as_json_is_one_finding_a_line(project: Project, cli: Cli) -> None:
    project.write({"bad.autopack.yaml": "autopack: 1\nrun: {id: bad}\nphases:\n  - id: a\n    goall: x\n"})
    ended = cli("lint", "bad.autopack.yaml")
    assert ended.code == 2
    assert all({"code", "path", "range", "severity", "message"} <= set(line) for line in ended.events)


def test_a_run_of_a_plan_with_errors_names_each_and_makes_nothing(project: Project) -> None:
    project.write({"bad.autopack.yaml": "autopack: 1\nrun: {id: bad}\nphases:\n  - id: a\n    goall: x\n"})
    done = typed(project, "run", "bad.autopack.yaml")
    assert done.returncode == 2
    assert "bad.autopack.yaml:5:5: AP101" in done.stderr
    assert not project.git("for-each-ref", "refs/autopack", "refs/heads/autopack")


def test_init_writes_a_plan_that_lints_and_its_schema(project: Project) -> None:
    done = typed(project, "init", "next.autopack.yaml")
    assert done.returncode == 0
    assert typed(project, "lint", "next.autopack.yaml").returncode == 0
    named = (project.root / "next.autopack.yaml").read_text().splitlines()[0].split("schema=")[1].strip()
    assert json.loads((project.root / named).read_text())["title"] == "Autopack plan"
    assert typed(project, "init", "next.autopack.yaml").returncode == 2


def test_init_in_a_folder_of_the_repository_names_the_schema_from_there(project: Project) -> None:
    (project.root / "plans").mkdir()
    assert typed(project, "init", "plans/next.autopack.yaml").returncode == 0
    plan = project.root / "plans/next.autopack.yaml"
    named = plan.read_text().splitlines()[0].split("schema=")[1].strip()
    assert (plan.parent / named).is_file()


def test_explain_says_what_to_do(project: Project) -> None:
    done = typed(project, "explain", "ap401")
    assert done.returncode == 0
    assert done.stdout.startswith("AP401 ")
    assert "What to do: " in done.stdout


def test_health_names_every_check_once(cli: Cli) -> None:
    ended = cli("health")
    names = [line["check_name"] for line in ended.events]
    assert len(names) == len(set(names)) > 5
    assert ended.code == (2 if any(line["required"] and not line["passed"] for line in ended.events) else 0)


def test_fault_points_are_listed(project: Project) -> None:
    done = typed(project, "health", "--fault-points")
    assert done.returncode == 0
    assert "finalize.tip_moved" in done.stdout


def test_settings_name_their_origin(project: Project) -> None:
    done = typed(project, "settings", "--origin", env={"AUTOPACK_CAPS_TOKEN_CAP": "1234"})
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("caps.token_cap")]
    assert "1234" in line
    assert "AUTOPACK_" in line
    wrong = typed(project, "settings", env={"AUTOPACK_CAPS_TOKEN_CAP": "much"})
    assert wrong.returncode == 2
    assert "AUTOPACK_CAPS_TOKEN_CAP" in wrong.stderr


def test_a_closed_pipe_is_no_error(project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            [*MODULE, "settings"], cwd=project.root, env=project.environment(), stdout=out, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
