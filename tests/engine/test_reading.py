"""Grammars in a child under limits: what it reads, and what becomes of a text that drives it beyond them."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autopack.engine import reading
from autopack.languages import Reader
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.sandbox import Sandbox

BOMB = b"<a" * 100_000
"""A grammar that took 24 GB for it."""


@pytest.fixture(params=[1, 2, 3])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    sandbox = Sandbox.best(at_most=request.param)
    if sandbox.level != request.param:
        pytest.skip(sandbox.reason)
    doors = SimpleNamespace(sandbox=sandbox, scratch=lambda run: tmp_path)
    return SimpleNamespace(doors=doors, run="r", config=SimpleNamespace(nonce="n"))


def largest_child_kib() -> int:
    """What the largest child of this process that has ended ever held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def read_all(work: Any, files: dict[str, bytes], before: bytes | None = None) -> Reader:
    kind = ChangeKind.MODIFIED if before else ChangeKind.CREATED
    changes = tuple(FileChange(p, kind, before, d, REGULAR if before else None, REGULAR) for p, d in files.items())
    return asyncio.run(reading.reader_of(work, ChangeSet("", changes)))


def test_each_version_is_read_by_its_language(work: Any, tmp_path: Path) -> None:
    files = {"a.ts": b"function f() {}\n", "b.py": b"def g(: pass\n", "c.go": b"package c\n\nfunc {\n", "d.txt": b"("}
    read = read_all(work, files, before=b"function old() {}\n")
    assert [s.name for s in read("a.ts", files["a.ts"]).symbols] == ["f"]
    assert [s.name for s in read("a.ts", b"function old() {}\n").symbols] == ["old"]
    assert [(f.line, f.doubtful) for f in read("b.py", files["b.py"]).faults] == [(1, False)]
    assert read("c.go", files["c.go"]).faults[0].line == 3
    assert read("d.txt", b"(").faults == ()
    assert list(tmp_path.iterdir()) == []


def test_a_text_beyond_the_bounds_costs_itself_alone(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEMORY_BYTES", 256 * 1024**2)
    files = {"a.cs": b"class A {}\n", "b.cs": BOMB, "c.cs": b"class C {}\n"}
    before = largest_child_kib()
    read = read_all(work, files)
    assert [s.name for s in read("a.cs", files["a.cs"]).symbols] == ["A"]
    assert read("b.cs", BOMB) == reading.UNREAD
    assert [s.name for s in read("c.cs", files["c.cs"]).symbols] == ["C"]
    assert largest_child_kib() <= max(before, 1024**2)


def test_no_child_is_made_for_what_can_be_read_here(work: Any) -> None:
    work.doors.sandbox = None
    read = read_all(work, {"a.py": b"def f(): pass\n", "b.json": b"{", "c.yaml": b"a: 1\n"})
    assert [s.name for s in read("a.py", b"def f(): pass\n").symbols] == ["f"]
    assert read("b.json", b"{").faults
