from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import CLEAR, GREET
from tests.kit.project import Project
from tests.kit.runs import MODULE, Cli, typed


def test_json_is_one_event_a_line_and_the_last_says_how_it_ended(cli: Cli) -> None:
    ended = cli.run()
    assert ended.code == 0, ended
    events = ended.events
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    assert {(e["v"], e["run"]) for e in events} == {(1, "words")}
    assert events[0]["event"] == "run.started"
    assert all("phase" in e and "attempt" in e for e in events if e["event"].startswith("attempt."))
    last = events[-1]
    assert (last["event"], last["state"], last["branch"]) == ("run.finished", "DONE_SUCCESS", "autopack/words")
    assert [(p["id"], p["state"], p["attempts"], p["findings"]) for p in last["phases"]] == [
        ("greet", "COMPLETE", 1, []),
        ("part", "COMPLETE", 1, []),
    ]
    assert last["usage"]["input_tokens"] == 1000
    git = cli.project.git
    assert last["published"] is True
    assert git("rev-parse", "autopack/words") == last["head"] != last["base"] == git("rev-parse", "HEAD")

    again = cli("resume", "words")
    assert again.code == 0
    assert again.events == [last], "a run that succeeded prints its end again"


def test_every_question_about_a_run_has_a_json_answer(cli: Cli) -> None:
    cli.run("--phase", "greet")
    (status,) = cli("status", "words").events
    assert [(p["id"], p["state"]) for p in status["phases"]] == [("greet", "COMPLETE"), ("part", "SKIPPED")]
    assert [view["id"] for view in cli("list").events] == ["words"]
    (patch,) = cli("show", "words", "greet").events
    assert "+HELLO = 1" in patch["patch"]
    text = typed(cli.project, "show", "words", "greet", "--evidence").stdout
    assert text.splitlines()[0] == "words greet, attempt 1: complete"
    assert "  tests      1 passed (command" in text
    assert "words  DONE_SUCCESS" in typed(cli.project, "status", "words").stdout
    (evidence,) = cli("show", "words", "greet", "--evidence").events
    assert (evidence["attempt"], evidence["outcome"]["kind"]) == (1, "complete")
    (report,) = cli("report", "words").events
    assert "`greet`" in Path(report["path"]).read_text()
    (gc,) = cli("gc", "--dry-run").events
    assert gc["dry_run"] is True
    (done,) = cli("promote", "words", "--dry-run").events
    assert (done["applied"], done["ok"]) == (False, True)
    assert not (cli.project.root / "src/greet.py").exists()


def test_a_failed_run_ends_with_1_and_stays_ended_until_a_person_acts(cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET, GREET | {"match": {"role": "builder", "phase": "part"}, "times": "*"})
    ended = cli.run()
    assert ended.code == 1
    last = ended.last("run.finished")
    assert last["state"] == "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    assert last["phases"][1]["findings"]
    handoff = next(e["handoff"] for e in ended.events if "handoff" in e)
    assert Path(handoff).is_dir()
    again = cli("resume", "words")
    assert (again.code, again.events) == (1, [last])

    assert cli("skip", "words", "part").code == 0
    assert cli("resume", "words").code == 0


def test_rollback_promote_and_discard_do_what_they_say(cli: Cli) -> None:
    cli.run()
    git = cli.project.git
    (rolled,) = cli("rollback", "words", "--to", "greet").events
    assert git("rev-parse", "autopack/words") == rolled["head"]
    assert cli("promote", "words").code == 0
    assert git("rev-parse", "HEAD") == rolled["head"]
    assert cli("discard", "words").code == 0
    assert not git("for-each-ref", "refs/autopack", "refs/heads/autopack")
    assert cli("status", "words").events[0]["state"] == "DISCARDED"
    refused = cli("retry", "words", "part")
    assert refused.code == 2, "a discarded run is final"


def test_undo_says_what_it_did_and_how_to_come_back(cli: Cli) -> None:
    cli.run()
    git, base = cli.project.git, cli.project.git("rev-parse", "HEAD")
    (would,) = cli("rollback", "words", "--phase", "greet", "--dry-run").events
    assert (would["applied"], would["head"], would["again"], would["save"]) == (False, base, ["part"], "")
    assert typed(cli.project, "rollback", "words", "--phase", "greet").stdout.splitlines() == [
        f"words stands before greet ({base[:12]}).",
        "Applied again and proven anew at the next resume: part.",
        "What was there is save/1.",
        "Go on with: autopack resume words",
    ]
    assert "its change is applied again and proven anew" in typed(cli.project, "status", "words").stdout
    rows = typed(cli.project, "rollback", "words", "--list").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["save/0", "save/1"]
    assert rows[1].endswith("takes phase greet out of the run")
    (listed,) = cli("rollback", "words", "--list").events
    assert [p["name"] for p in listed["save_points"]] == ["save/0", "save/1"]
    assert cli("rollback", "words", "--to", "save/7").code == 2
    (back,) = cli("rollback", "words", "--to", "save/1").events
    assert (back["again"], back["anew"]) == (["greet", "part"], [])
    assert cli("resume", "words").code == 0
    assert "saved     save/2 last" in typed(cli.project, "status", "words").stdout

    assert cli("unpromote", "words").code == 2, "nothing was promoted"
    assert cli("promote", "words").code == 0
    assert "promoted  into main" in typed(cli.project, "status", "words").stdout
    (cli.project.root / "src/greet.py").write_text("mine\n")
    refused = typed(cli.project, "unpromote", "words")
    assert (refused.returncode, refused.stdout) == (2, "") and "src/greet.py: has uncommitted changes" in refused.stderr
    git("checkout", "-q", "src/greet.py")
    (done,) = cli("unpromote", "words").events
    assert (done["ok"], done["applied"], git("rev-parse", "HEAD")) == (True, True, base)
    assert not (cli.project.root / "src/greet.py").exists()


def test_an_unattended_run_waits_for_nobody(cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET, CLEAR | {"times": "*"})
    ended = cli.run("--unattended")
    assert ended.code == 1
    assert not ended.last("approval.requested")
    assert ended.last("attempt.finished")["outcome"] == "policy_refused"


def test_what_people_see_of_a_run_that_waits(project: Project, cli: Cli, answering: Callable[..., None]) -> None:
    answering(GREET, CLEAR)
    words = ["run", "plan.autopack.yaml", "--trust-plan", "--cassette", str(project.cassette)]
    done = typed(project, *words)
    assert done.returncode == 3
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    (request,) = cli("status", "words").events[0]["requests"]
    assert all(line.strip() in done.stdout for line in request["shown"])
    approve = re.search(r"^ +approve +autopack (.*)$", done.stdout, re.M)
    resume = re.search(r"^ +.*go on +autopack (.*)$", done.stdout, re.M)
    assert approve and resume, done.stdout
    assert cli(*approve[1].split(), "--digest", "0" * 64).code == 2, "another change than the one asked about"
    assert cli(*approve[1].split()).code == 0
    assert cli(*approve[1].split()).code == 2, "a request is answered once"
    ended = cli(*resume[1].split())
    assert ended.code == 0
    assert not (project.root / "src/greet.py").exists()
    assert project.git("ls-tree", "--name-only", "autopack/words", "old.txt") == ""


def test_a_rejection_goes_back_to_the_builder(cli: Cli, answering: Callable[..., None]) -> None:
    kept = {"path": "src/part.py", "action": "create", "content": "BYE = 1\n"}
    second = {
        "match": {"role": "builder", "phase": "part", "contains": "keep the old words"},
        "answer": {"summary": "Say goodbye", "files": [kept]},
    }
    answering(GREET, CLEAR, second)
    assert cli.run().code == 3
    assert cli("reject", "words", "--reason", "keep the old words").code == 0
    ended = cli("resume", "words")
    assert ended.code == 0, ended
    assert ended.last("run.finished")["phases"][1]["attempts"] == 2


def test_commands_name_the_repository_when_typed_from_elsewhere(
    project: Project, cli: Cli, answering: Callable[..., None], tmp_path: Path
) -> None:
    answering(GREET, CLEAR)
    done = subprocess.run(
        [*MODULE, "run", str(project.plan), "--trust-plan", "--cassette", str(project.cassette)],
        cwd=tmp_path, env=project.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert f"autopack resume words --repo {project.root}" in done.stdout
