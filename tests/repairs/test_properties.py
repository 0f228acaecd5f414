"""Whatever is proposed: a command or a refusal; and what is carried out stays within what the run may change."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autopack.paths import canonical
from autopack.repairs import CommandRefused, Family, Ground, family, perform, read_command, writes
from autopack.repairs.commands import Command
from tests.repairs.conftest import CHANGED, TRACKED, Field, made, names, rules

WORDS = [
    *("git", "rm", "cp", "mv", "mkdir", "pytest", "pip", "python", "checkout", "reset", "merge", "clean", "status", "diff"),
    *("--", "-q", "-f", "-r", "-rf", "-p", "-n", "-m", "--abort", "--ours", "--cached", "--stat", "HEAD", "install", "-x"),
    *sorted(CHANGED), *TRACKED, "src", "src/fresh", "src/gen/", ".", "..", "/", "-", "@x", ".git", "a:b",
    *("src/x.py", "docs/x", "reqs==2.0", "tests/test_app.py::test_one[1]"),
    *("'", '"', ";", "$(x)", "`", "*", "\\", "\n", "\u200b", "é", "|", "&&", "~"),
]  # fmt: skip
LINES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
ARGUMENTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)), max_size=7)
VERBS = {
    **dict.fromkeys(("git checkout --", "git checkout HEAD --", "git reset -q --", "git checkout --ours --"), 2),
    **dict.fromkeys(("git merge --abort", "git clean -n", "git status", "git diff"), 0),
    **dict.fromkeys(("rm", "rm -f --", "rm -r", "rm -rf", "mkdir", "mkdir -p"), 2),
    **dict.fromkeys(("cp", "mv"), 2),
}


def paths_of(command: Command) -> Iterator[str]:
    for name in (f.name for f in dataclasses.fields(command)):
        value: Any = getattr(command, name)
        if name in ("source", "target") and value not in ("index", "head"):
            yield value
        elif name == "paths":
            yield from value


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(LINES, ARGUMENTS, st.none(), st.integers(), st.dictionaries(st.text(max_size=3), st.text(max_size=3))))
def test_reading_is_total_and_what_is_taken_touches_only_what_the_run_changed(proposed: object) -> None:
    ground: Ground = names()
    try:
        command = read_command(proposed, ground)
    except CommandRefused as refused:
        assert refused.code and refused.message and refused.hint
        return
    assert family(command) in Family
    for path in paths_of(command):
        assert canonical(path) == path
        assert not ground.rules.forbidden(path)
    for path in writes(command):
        assert not ground.rules.outside(path + "/") or not ground.rules.outside(path)
        assert not ground.rules.sensitive(path)
        existing = path in ground.tracked
        assert not existing or path in CHANGED, f"{path} was there before"


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), st.integers(0, 20))
def test_one_foreign_character_makes_it_no_command_or_a_name(foreign: str, at: int) -> None:
    """Put anywhere into a command, text may become part of a name the run changed; it never becomes another command."""
    line = "rm src/new.py"
    said = line[:at] + foreign + line[at:]
    try:
        command = read_command(said, names())
    except CommandRefused:
        return
    assert set(writes(command)) <= CHANGED


PLACES = [
    "src/app.py", "src/new.py", "src/lib.py", "src/fresh", "src/fresh/a.py", "src/fresh/link", "src/way", "src/way/x.py",
    "src/x.py", "src/gen/one.py", "src/gen", "build/out.txt", "src/deep/er", "src/victim.txt", "data.txt",
]  # fmt: skip
KINDS = ["file", "gone", "folder", "link", "link to folder", "fifo", "hard link"]
OURS = frozenset(
    {"src/app.py", "src/new.py", "src/fresh/a.py", "src/fresh/link", "src/way/x.py", "src/victim.txt", "src/gen/one.py"}
)
SHAPES = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(KINDS)), max_size=5)
COMMANDS = st.lists(
    st.tuples(st.sampled_from(sorted(VERBS)), st.sampled_from(PLACES), st.sampled_from(PLACES)), min_size=1, max_size=5
)  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    built = made(tmp_path_factory.mktemp("template"), TRACKED, OURS)
    if built.bench.job.sandbox.level < 2:
        pytest.skip(built.bench.job.sandbox.reason)
    yield built
    built.bench.private.close()


def put(field: Field, path: str, kind: str) -> None:
    """Make the worktree hostile in one place."""
    place = field.root / path
    try:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        match kind:
            case "file":
                place.write_text("planted\n")
            case "folder":
                place.mkdir()
            case "link":
                place.symlink_to(field.outside / "victim.txt")
            case "link to folder":
                place.symlink_to(field.outside)
            case "fifo":
                os.mkfifo(place)
            case "hard link":
                os.link(field.outside / "victim.txt", place)
            case _:
                pass
    except (NotADirectoryError, FileExistsError):
        return


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHAPES, COMMANDS)
def test_what_is_carried_out_changes_nothing_but_what_the_run_may(
    template: Field, shapes: list[tuple[str, str]], commands: list[tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name, "outside")
        shutil.copytree(template.outside, outside)
        shutil.rmtree(template.root)
        template.root.mkdir()
        template.bench.worktree.index.unlink(missing_ok=True)
        template.bench.worktree.checkout(template.bench.head)
        field = Field(
            dataclasses.replace(template.bench, ground=dataclasses.replace(template.bench.ground, changed=OURS)),
            outside,
        )
        for path, kind in shapes:
            put(field, path, kind)
        start = field.everything()
        may_change = set(OURS)
        for verb, one, two in commands:
            said = " ".join((verb, *(one, two)[: VERBS[verb]]))
            before = field.everything()
            try:
                command = read_command(said, field.bench.ground)
                done = asyncio.run(perform(command, field.bench))
            except CommandRefused:
                assert field.everything() == before
                continue
            after = field.everything()
            differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
            restored = {parent for path in done.changed for parent in map(str, Path(path).parents)} - before.keys()
            assert differing <= set(done.changed) | restored, said
            may_change |= differing
            field.with_changed(*done.changed)
        left = field.everything()
        for path, what in start.items():
            if path.startswith("outside:"):
                assert left[path] == what
            elif path in TRACKED and path not in OURS:
                assert left.get(path) == what


def test_the_rules_of_these_properties_are_those_of_the_shipped_policy() -> None:
    assert rules().sensitive("Makefile") and rules().forbidden(".git/config") and rules().outside("docs/x.py")
