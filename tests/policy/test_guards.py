"""Size, preservation and syntax: what a change must not do by oversight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from autopack.languages import Reading, read, read_by_grammar
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Finding, Severity, Tree
from autopack.model.plan import Phase
from autopack.policy.preservation import judge_preservation
from autopack.policy.size import judge_size
from autopack.policy.syntax import judge_syntax
from autopack.settings import load_settings

POLICY = load_settings(None, env={}).settings.policy


def read_here(path: str, data: bytes) -> Reading:
    """Grammars too: the texts here are friendly."""
    return read(path, data) or read_by_grammar(path, data)


def change(path: str, before: bytes | None, after: bytes | None, old: str | None = None) -> FileChange:
    kind = (ChangeKind.RENAMED if old else ChangeKind.CREATED if before is None else ChangeKind.DELETED if after is None
            else ChangeKind.MODIFIED)  # fmt: skip
    return FileChange(path, kind, before, after, REGULAR if before else None, REGULAR if after else None, old)


def phase(**more: Any) -> Phase:
    return Phase.model_validate({"id": "p", "goal": "g", **more})


def lines(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % n for n in range(first, last))


def size(*changes: FileChange, again: bool = False, **more: Any) -> list[Finding]:
    return judge_size(ChangeSet("", changes), POLICY, phase(**more), again)


def told(found: list[Finding]) -> list[tuple[str, bool]]:
    return [(f.code, f.blocking) for f in found]


@pytest.mark.parametrize(("net", "expected"), [(100, []), (101, [False]), (200, [False]), (201, [True])])
def test_net_deletion_is_summed_over_the_change(net: int, expected: list[bool]) -> None:
    changes = [
        change("a.txt", lines(0, net), None),
        change("b.txt", lines(500, 530), None),
        change("c.txt", None, lines(600, 630)),
    ]
    assert told(size(*changes)) == [("AP303", blocking) for blocking in expected]
    meant = size(*changes, allow={"mass_deletion": True})
    assert not any(f.blocking for f in meant), "it is said, not asked"
    assert bool(meant) == bool(expected)


@pytest.mark.parametrize(("gone", "asked"), [(400, False), (401, True)])
def test_lines_that_are_nowhere_any_more_are_asked_about_whatever_is_added(gone: int, asked: bool) -> None:
    changes = [
        change(f"{n}.txt", lines(n * 100, n * 100 + 100), lines(9000 + n * 100, 9100 + n * 100)) for n in range(4)
    ]
    changes.append(change("5.txt", lines(800, 800 + gone - 400), lines(3000, 3001)))
    assert told(size(*changes)) == ([("AP303", True)] if asked else [])


def test_moved_lines_are_not_lost() -> None:
    moved = lines(0, 900)
    assert size(change("a", moved, None), change("b", None, moved)) == []
    assert size(change("b", moved, moved[:-1], "a")) == []
    assert size(change("a", b"\0" + moved, None)) == [], "binary files have no lines"


def test_one_file_that_loses_too_much_is_asked_about_though_the_change_does_not() -> None:
    found = size(change("a.txt", lines(0, 900), lines(0, 690)), change("b.txt", None, lines(2000, 2100)))
    assert [(f.code, f.path, f.blocking) for f in found if f.blocking] == [("AP303", "a.txt", True)]


def test_a_file_that_shrinks_or_grows_too_much() -> None:
    old = lines(0, 100)
    assert told(size(change("a.py", old, lines(0, 40)))) == []
    assert told(size(change("a.py", old, lines(0, 39)))) == [("AP305", True)]
    assert told(size(change("a.py", old, lines(0, 39)), allow={"mass_deletion": True})) == []
    assert told(size(change("a.py", old, lines(0, 9)), change("b.py", None, lines(9, 90)))) == [], "it was split"
    assert told(size(change("a.py", old, lines(0, 300)))) == []
    assert told(size(change("a.py", old, lines(0, 301)))) == [("AP305", True)]
    assert told(size(change("a.py", old, lines(0, 301)), allow={"mass_addition": True})) == []
    assert told(size(change("a.py", lines(0, 99), lines(0, 400)))) == [], "a short file may become a real one"


def test_a_small_fix_may_not_churn() -> None:
    def churned(changed: int) -> FileChange:
        return change("a.py", lines(0, 100), lines(1000, 1000 + changed) + lines(changed, 100))

    assert told(size(churned(30), change_size="small_fix")) == []
    assert told(size(churned(31), change_size="small_fix")) == [("AP305", True)]
    assert told(size(churned(31))) == []
    assert told(size(churned(60), change_size="small_fix", again=True)) == []
    assert told(size(churned(61), change_size="small_fix", again=True)) == [("AP305", True)]
    yaml = change("a.yaml", lines(0, 100), lines(1000, 1100))
    assert told(size(yaml, change_size="small_fix")) == []


def test_a_long_file_that_is_rewritten() -> None:
    def rewritten(kept: int, total: int = 300) -> FileChange:
        return change("a.py", lines(0, total), lines(0, kept) + lines(5000, 5000 + total - kept))

    assert told(size(rewritten(180))) == []
    assert told(size(rewritten(179))) == [("AP305", True)]
    assert told(size(rewritten(100, 299))) == []
    assert told(size(rewritten(179), change_size="large_refactor")) == []
    assert told(size(change("a.py", lines(0, 300), lines(0, 890)))) == [], "what is added rewrites nothing"
    assert told(size(rewritten(100), change("b.py", None, lines(90, 300)))) == [], "what moves is left"
    indented = change("a.py", lines(0, 300), b"".join(b"    " + line for line in lines(0, 300).splitlines(True)))
    assert told(size(indented)) == [], "white space at the ends does not count"


@pytest.mark.parametrize("path", ["package-lock.json", "a/uv.lock", "x.min.js", "api_pb2.py"])
def test_what_programs_write_may_change_as_it_likes(path: str) -> None:
    assert told(size(change(path, lines(0, 300), lines(5000, 5020)), allow={"mass_deletion": False})) == [
        ("AP303", True)
    ]
    assert told(size(change(path, lines(0, 350), lines(5000, 5350)))) == []


def test_a_change_cannot_call_itself_generated() -> None:
    mark = b"# @generated\n"
    assert told(size(change("a.py", lines(0, 350), mark + lines(5000, 5350)))) == [("AP305", True)]
    assert told(size(change("a.py", mark + lines(0, 350), mark + lines(5000, 5350)))) == []


def functions(*names: str) -> bytes:
    return "\n\n".join(f"def {name}():\n    return 1" for name in names).encode() + b"\n"


def kept(*changes: FileChange, files: Mapping[str, bytes] | None = None, **more: Any) -> list[Finding]:
    asked: list[Collection[str]] = []

    def elsewhere(words: Collection[str]) -> Mapping[str, bytes]:
        asked.append(words)
        return files or {}

    found = judge_preservation(ChangeSet("", changes), POLICY, phase(**more), read_here, elsewhere)
    assert all(asked), "no one is asked about nothing"
    return found


TEN = tuple("abcdefghij")


def test_definitions_that_are_lost() -> None:
    def losing(count: int, path: str = "m.py") -> FileChange:
        return change(path, functions(*TEN), functions(*TEN[count:]))

    assert kept(losing(3)) == []
    (found,) = kept(losing(4))
    assert (found.code, found.path, found.tree, found.range and found.range.start.line) == (
        "AP304",
        "m.py",
        Tree.BASE,
        1,
    )
    assert "4 of 10 definitions" in found.message and "a, b, c, d" in found.message
    assert kept(losing(4), change_size="large_refactor") == []
    assert kept(losing(4), allow={"mass_deletion": True}) == []
    assert kept(change("m.py", functions("a", "b", "c"), functions("c"))) == [], "two are too few to be an oversight"
    assert kept(change("m.py", functions(*TEN), None)) == [], "a file that goes is a deletion"


def test_definitions_that_moved_are_kept() -> None:
    split = change("m.py", functions(*TEN), functions(*TEN[5:])), change("n.py", None, functions(*TEN[:5]))
    assert kept(*split) == []
    assert kept(change("n.py", functions(*TEN), functions(*TEN), "m.py")) == []


def test_other_languages_have_definitions_too() -> None:
    old = "".join(f"export function {n}() {{}}\n" for n in TEN).encode()
    new = "".join(f"export function {n}() {{}}\n" for n in TEN[5:]).encode()
    assert [f.code for f in kept(change("m.ts", old, new))] == ["AP304"]


def test_a_public_name_that_others_still_take() -> None:
    lost = change("src/m.py", functions("a", "_b", "c"), functions("c"))
    users = {"src/m.py": b"a\n", "x.py": b"\nfrom src.m import a, _b\n", "y.py": b"from other import a\n"}
    (found,) = kept(lost, files=users, change_size="large_refactor")
    assert "no longer offers a, which 'x.py', line 2, still takes" in found.message
    assert (found.path, found.tree, found.blocking, found.severity) == ("src/m.py", Tree.BASE, True, Severity.WARNING)
    gone = change("src/m.py", functions("a"), None)
    assert len(kept(gone, files=users)) == 1
    (moved,) = kept(change("src/n.py", functions("a"), functions("a"), "src/m.py"), files=users)
    assert (moved.blocking, moved.severity) == (False, Severity.INFORMATION), "it moved away, which tests judge"


@pytest.mark.parametrize(
    "after", [b"from other import a\n", b"a = 1\n", b"from other import *\n", b"import x\ndef __getattr__(n): ...\n"]
)
def test_a_name_that_is_still_offered(after: bytes) -> None:
    assert kept(change("src/m.py", functions("a"), after), files={"x.py": b"from src.m import a\n"}) == []


def syntax(*changes: FileChange) -> list[tuple[str, bool, int]]:
    found = judge_syntax(ChangeSet("", changes), read_here)
    return [(f.code, f.blocking, f.range.start.line if f.range else 0) for f in found]


def test_only_new_errors_count() -> None:
    broken, more = b"x = 1\ny = (\n", b"y = [\n"
    assert syntax(change("a.py", b"x = 1\n", broken)) == [("AP308", True, 2)]
    assert syntax(change("a.py", None, broken)) == [("AP308", True, 2)]
    assert syntax(change("a.py", more, broken)) == []
    assert syntax(change("a.py", broken, b"x = 1\n")) == []
    assert syntax(change("a.py", broken, None)) == []
    one = b"a {\n"
    assert syntax(change("a.js", b"let a = ;\n", b"let b = ;\n")) == []
    assert syntax(change("a.js", b"let a = ;\n", b"let a = ;\nlet c = ;\n")) == [("AP308", True, 2)]
    assert syntax(change("b.css", one, None)) == []


def test_what_may_be_newer_is_only_said() -> None:
    assert syntax(change("a.py", None, b"try:\n    pass\nexcept A, B:\n    pass\n")) == [("AP308", False, 3)]


def test_markers_of_a_conflict() -> None:
    left = b"a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n"
    assert syntax(change("notes.md", b"a\n", left)) == [("AP308", True, 2)]
    assert syntax(change("notes.md", left, left + b"d\n")) == [], "a text about conflicts may stay one"
    assert syntax(change("notes.md", b"a\n", b"Heading\n=======\n")) == []


def test_a_broken_file_that_only_moved_is_as_it_was() -> None:
    broken = b"def f(:\n"
    gone, come = change("a/x.py", broken, None), change("b/x.py", None, broken)
    assert judge_syntax(ChangeSet("", (gone, come)), read_here) == []
    worse = change("b/x.py", None, b"def g(:\n")
    assert [f.code for f in judge_syntax(ChangeSet("", (gone, worse)), read_here)] == ["AP308"]
