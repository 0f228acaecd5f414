"""Credentials planted at every way in: none comes out again, wherever a run writes or speaks.

Left out is what a resume needs byte for byte, all of it in the state folder alone: the plan, the model's raw answers, and
git's objects with the worktree of them.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from pathlib import Path

from tests.kit.invariants import state_folder
from tests.kit.project import Project, builder, whole
from tests.kit.runs import Cli
from tests.kit.tiny import SUB, expect, make, phase, plan_of

WAYS = (
    "file shown", "test output", "answer refused", "summary", "hint", "goal", "notes", "audit", "rejection", "check",
    "setup",
)  # fmt: skip


def key(way: str) -> str:
    return f"sk-ant-api03-CANARY{WAYS.index(way):02d}" + "q7Zr2Lw9" * 3


def sub(way: str) -> str:
    return f'{SUB}\n# {way}\nKEY = "{key(way)}"\n'


PRINTS = f"import app\n\nprint({key('test output')!r})\nassert app.add(2, 3) == 5, {key('test output')!r}\n"
SAYS = ["python3", "-c", f"print({key('check')!r}); import app; app.add(1, 1) == 2 or 1 / 0"]


def trial(place: Path) -> Cli:
    work = phase("work", "app.py", goal=f"Do it with {key('goal')}.", notes=f"Mind {key('notes')}.",
                 checks=[SAYS], scope={"paths": ["app.py"], "read_only": ["old.py"]})  # fmt: skip
    drop = phase("drop", "table.py", depends_on=["work"])
    plan = plan_of(work, drop, workspace={"setup": [["python3", "-c", f"print({key('setup')!r})"]]})
    cli = make(place, plan=plan, files={
        "old.py": f'OLD = "{key("file shown")}"\n', "check.py": PRINTS, "table.py": TABLE,
    })  # fmt: skip
    issue = {"severity": "minor", "category": "style", "description": f"the key {key('audit')} is odd",
             "file": "app.py", "line": 1}  # fmt: skip
    cli.project.answer_with([
        builder("work", "Add a key", whole("app.py", sub("answer refused")), attempt=1),
        builder("work", f"Say {key('summary')}", whole("app.py", SUB.replace("a + b", "a - b")), attempt=2),
        builder("work", f"Say {key('summary')}", whole("app.py", SUB)),
        builder("drop", "Drop the table", {"path": "table.py", "action": "delete"}),
        {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": [issue]}},
    ])  # fmt: skip
    return cli


TABLE = "".join(f"row_{n} = {n}\n" for n in range(230))


def everything_written(project: Project) -> dict[str, str]:
    """Files for people, the journal with what it refers to, and the messages of every commit, by a name to show."""
    found = {
        str(path.relative_to(project.root)): path.read_text("utf-8", "replace")
        for path in (project.root / ".autonomous_runs").rglob("*")
        if path.is_file()
    }
    folder = state_folder(project)
    with contextlib.closing(sqlite3.connect(folder / "store.db")) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows = database.execute(f'select * from "{table}"').fetchall()
            found |= {f"{table} {n}": str(row) for n, row in enumerate(rows)}
        exact = database.execute("select plan from runs union select answer from calls").fetchall()
    kept = {name for (name,) in exact if name}
    assert len(kept) == 6, "the plan and each answer"
    for path in (folder / "artefacts").rglob("*"):
        if path.is_file() and path.name not in kept:
            found[f"artefact {path.name[:8]}"] = path.read_text("utf-8", "replace")
    log = ["git", f"--git-dir={folder / 'repo.git'}", "log", "--all", "--format=%B"]
    found["commits"] = subprocess.run(log, check=True, capture_output=True, text=True).stdout
    return found


def test_no_way_out_tells_a_credential(tmp_path: Path) -> None:
    cli = trial(tmp_path)
    said = [expect(cli.run(), 3)]
    said += [cli("reject", "t", "--reason", f"no {key('rejection')}"), cli("resume", "t")]
    said += [cli("retry", "t", "drop", "--hint", f"use {key('hint')}"), cli("resume", "t"), cli("status", "t")]
    said += [cli("report", "t"), cli("handoff", "t", "drop")]
    told = {f"output of {each.args[0]} {n}": f"{each.events}\n{each.stderr}" for n, each in enumerate(said)}
    told |= everything_written(cli.project)
    found = {way: where for way in WAYS if (where := [name for name, text in told.items() if key(way)[:24] in text])}
    assert found == {}
    told_of = " ".join(text for text in told.values() if "[REDACTED]" in text)
    words = ("Do it with", "Mind", "Say", "the key", "use", "no")
    assert [word for word in words if f"{word} [REDACTED]" not in told_of] == [], "what stood around it is there"
