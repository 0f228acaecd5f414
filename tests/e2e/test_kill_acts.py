"""kill -9 while a person acts on a run: rolls back, takes a phase out, discards, promotes, takes that back.

And while a failed phase is handed off.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autopack.store import Store
from tests.kit.invariants import check, fingerprint, left_behind, state_folder
from tests.kit.project import ONE_PHASE, THREE_PHASES, Project, Scenario, builder, whole
from tests.kit.runs import Cli, copy_of, finish

pytestmark = pytest.mark.e2e

ROLLED = replace(
    THREE_PHASES,
    cassette=[
        *THREE_PHASES.cassette,
        {**THREE_PHASES.cassette[2], "match": {"role": "builder", "phase": "repaired", "attempt": 3}},
        {**THREE_PHASES.cassette[3], "match": {"role": "builder", "phase": "asked", "attempt": 2}},
    ],
)
"""Answers for phases that are run again after a rollback."""
TAKEN_OUT = replace(
    ROLLED,
    plan=ROLLED.plan.replace(
        "  - id: asked", "  - id: beside\n    goal: Add a note.\n    scope: {paths: [beside.txt]}\n  - id: asked"
    ),
    cassette=[*ROLLED.cassette, builder("beside", "Add a note", whole("beside.txt", "beside\n", "create"))],
)
"""One phase beside the others: when `repaired` is taken out its change is kept, and nothing can answer for it twice."""
FROM_FILES = replace(
    ONE_PHASE,
    plan=ONE_PHASE.plan.replace("{id: one}", "{id: one, base: working-tree}").replace("[calc.py]", "[calc.py, src/]"),
    cassette=[
        builder(
            "straight", "Add two files",
            whole("calc.py", ONE_PHASE.files["calc.py"] + "\n\ndef neg(a):\n    return -a\n"),
            whole("src/one.txt", "one\n", "create"), whole("src/two.txt", "two\n", "create"),
        ),
        *ONE_PHASE.cassette[1:],
    ],
)  # fmt: skip
"""Starts from the user's files, and its result goes back to them."""
FAILS = replace(
    ONE_PHASE,
    plan=ONE_PHASE.plan.replace("  - id: straight\n", "  - id: straight\n    attempt_cap: 1\n"),
    cassette=[
        builder("straight", "Break", whole("calc.py", "def add(a, b):\n    return 0\n")),
        *ONE_PHASE.cassette[1:],
    ],
)


class Stage:
    """A project brought to where a person acts, copied; `points` are those that the act passes."""

    def __init__(self, place: Path, scenario: Scenario, code: int, *act: str, first: tuple[str, ...] = ()) -> None:
        self._trial, self._copy = place / "trial", place / "before"
        self.project: Project = scenario.make(self._trial)
        self.cli, self.act = Cli(self.project), act
        self.before = fingerprint(self.project)
        if act != ("run",):
            ended = self.cli.run()
            assert ended.code == code, str(ended)
        if first:
            assert self.cli(*first).code == 0
        copy_of(self._trial, self._copy)
        ended, points = self.cli.trace(*act)
        assert ended.code == (code if act == ("run",) else 0), str(ended)
        self.points = Counter(points)

    def kill_at(self, name: str, n: int) -> None:
        shutil.rmtree(self._trial)
        copy_of(self._copy, self._trial)
        fault = f"{name}:kill9:{n}"
        ended = self.cli.run(fault=fault) if self.act == ("run",) else self.cli(*self.act, fault=fault)
        assert ended.killed, f"{name}:{n}\n{ended}"

    def each(self, *names: str) -> list[tuple[str, int]]:
        """Every place with one of these names (all without a name), first to last."""
        return [
            (p, n) for p, count in sorted(self.points.items()) for n in range(1, count + 1) if not names or p in names
        ]


def _rolled_back(stage: Stage) -> None:
    done = finish(stage.cli, "three")
    assert done[-1].code == 0
    assert check(stage.project, "three", stage.before, kills=1, expected=None) == []
    with Store.open(state_folder(stage.project)) as store:
        assert [e for e in store.open_effects("three") if e.key.startswith("rollback")] == []
    files = stage.project.git("ls-tree", "-r", "--name-only", "autopack/three").splitlines()
    assert "legacy.py" not in files
    assert "def neg" in stage.project.git("show", "autopack/three:calc.py")


def _taken_out(stage: Stage) -> None:
    _rolled_back(stage)
    assert stage.project.git("show", "autopack/three:beside.txt") == "beside"
    with Store.open(state_folder(stage.project)) as store:
        roles = [c.role for c in store.calls("three", "beside")]
        again = any(row.data.get("reapply") for row in store.attempts("three", "beside"))
        assert roles == ["builder", "auditor", *(["auditor"] if again else [])], (
            "a kill before the intent undoes nothing"
        )


def _discarded(stage: Stage) -> None:
    ended = stage.cli("discard", "three")
    assert ended.code == 0, str(ended)
    state = state_folder(stage.project)
    with Store.open(state) as store:
        assert store.run("three").state == "DISCARDED"
        assert store.check_invariants("three") == []
        assert left_behind(stage.project, store.run("three").nonce) == []
    assert not list((state / "worktrees").glob("three*"))
    assert stage.project.git("for-each-ref", "refs/autopack", "refs/heads/autopack") == ""
    assert not [p for p in (state / "repo.git" / "refs").rglob("*") if p.is_file()]
    assert stage.before.difference(fingerprint(stage.project)) == []


def _promoted(stage: Stage) -> None:
    ended = stage.cli("promote", "one")
    assert ended.code == 0, str(ended)
    assert stage.project.git("rev-parse", "main") == stage.project.git("rev-parse", "autopack/one")
    assert "def mul" in (stage.project.root / "calc.py").read_text()
    assert (stage.project.root / "README.md").read_text() == "words in the making\n"
    assert stage.project.git("status", "--porcelain").splitlines() == ["M  README.md", "?? todo.txt"]


def _finish_taking_back(stage: Stage) -> None:
    """Asked again; one that was killed after its last word is over."""
    ended = stage.cli("unpromote", "one")
    assert ended.code == 0 or "no promotion to take back" in ended.stderr, str(ended)


def _unpromoted(stage: Stage) -> None:
    """Finished, or as if it had not begun: then asked again."""
    _finish_taking_back(stage)
    root, git = stage.project.root, stage.project.git
    assert git("log", "--format=%s", "main") == "Base"
    assert (root / "calc.py").read_text() == ONE_PHASE.files["calc.py"]
    assert (root / "README.md").read_text() == "words in the making\n"
    assert git("status", "--porcelain").splitlines() == ["M  README.md", "?? todo.txt"]
    _as_the_journal_says(stage)


def _files_unpromoted(stage: Stage) -> None:
    _finish_taking_back(stage)
    root = stage.project.root
    assert (root / "calc.py").read_text() == ONE_PHASE.files["calc.py"] and not (root / "src").exists()
    assert stage.project.git("status", "--porcelain").splitlines() == ["M  README.md", "?? todo.txt"]
    _as_the_journal_says(stage)


def _as_the_journal_says(stage: Stage) -> None:
    """Nothing is open, nothing is left to take back, and stash and other refs were never moved."""
    assert stage.cli("unpromote", "one").code == 2
    with Store.open(state_folder(stage.project)) as store:
        assert store.open_effects("one") == [] and store.check_invariants("one") == []
    moved = stage.before.difference(fingerprint(stage.project))
    assert not [line for line in moved if line.startswith("refs") or "stash" in line or "config" in line], moved


def _files_promoted(stage: Stage) -> None:
    ended = stage.cli("promote", "one")
    assert ended.code == 0, str(ended)
    root = stage.project.root
    assert "def neg" in (root / "calc.py").read_text()
    assert [(root / "src" / name).read_text() for name in ("one.txt", "two.txt")] == ["one\n", "two\n"]
    assert (root / "README.md").read_text() == "words in the making\n"
    assert not [p for p in root.rglob("*") if p.name.startswith(".autopack-") and ".git" not in p.parts]


def _handed_off(stage: Stage) -> None:
    done = finish(stage.cli, "one")
    assert done[-1].code == 1 and done[-1].last("run.finished")["state"] == "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    assert check(stage.project, "one", stage.before, kills=1, expected=None) == []
    folder = stage.project.root / ".autonomous_runs" / "one" / "handoff"
    assert [p.name for p in folder.iterdir()] == ["straight"] and list((folder / "straight").iterdir())


Acts = dict[str, tuple[Scenario, int, tuple[str, ...], Callable[[Stage], None], tuple[str, ...]]]
ACTS: Acts = {
    "rollback": (ROLLED, 3, ("rollback", "three", "--to", "straight"), _rolled_back,
                 ("rollback.before_ref", "rollback.after_ref")),
    "take-out": (TAKEN_OUT, 3, ("rollback", "three", "--phase", "repaired"), _taken_out,
                 ("savepoint.before_ref", "rollback.before_ref", "rollback.after_ref")),
    "discard": (THREE_PHASES, 3, ("discard", "three"), _discarded, ("discard.before_refs", "repo.before_remove")),
    "promote": (ONE_PHASE, 0, ("promote", "one"), _promoted,
                ("promote.intended", "repo.before_promote", "promote.done")),
    "promote-files": (FROM_FILES, 0, ("promote", "one"), _files_promoted, ("repo.promote_file",)),
    "unpromote": (ONE_PHASE, 0, ("unpromote", "one"), _unpromoted,
                  ("unpromote.intended", "repo.before_unpromote", "repo.unpromoted_tree", "unpromote.done")),
    "unpromote-files": (FROM_FILES, 0, ("unpromote", "one"), _files_unpromoted, ("repo.promote_file", "unpromote.done")),
    "handoff": (FAILS, 1, ("run",), _handed_off, ("handoff.before", "handoff.written", "run.ended")),
}  # fmt: skip
"""Scenario, how its run ends, what the person does, what must hold after a kill, the points that are this act's own."""

_FIRST = {"unpromote": ("promote", "one"), "unpromote-files": ("promote", "one")}
"""What else the person did before."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("act", ACTS)
def test_a_kill_in_an_act_is_made_good(tmp_path: Path, act: str) -> None:
    scenario, code, words, holds, names = ACTS[act]
    stage = Stage(tmp_path, scenario, code, *words, first=_FIRST.get(act, ()))
    places = stage.each(*names)
    assert {name for name, _ in places} == set(names)
    for place in places:
        stage.kill_at(*place)
        holds(stage)
    print(f"{len(places)} trials")


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("act", ACTS)
def test_a_kill_anywhere_in_an_act_is_made_good(tmp_path: Path, act: str) -> None:
    scenario, code, words, holds, _ = ACTS[act]
    stage = Stage(tmp_path, scenario, code, *words, first=_FIRST.get(act, ()))
    places = stage.each()
    for place in places:
        stage.kill_at(*place)
        holds(stage)
    print(f"{len(places)} trials")
