"""Mutants of a change: each parses, differs in its place alone, and is the same for the same change."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.mutation import Mutant, Operator, mutants_of
from autopack.mutation.source import Source

ROOT = Path(__file__).parents[2]
REAL = sorted((ROOT / "core/autopack").rglob("*.py"))


def created(path: str, text: str | bytes) -> FileChange:
    data = text.encode() if isinstance(text, str) else text
    return FileChange(path, ChangeKind.CREATED, None, data, None, REGULAR)


def made(text: str | bytes, most: int = 1000) -> tuple[Mutant, ...]:
    return mutants_of(ChangeSet("", (created("a.py", text),)), None, most)


def told(text: str) -> set[str]:
    return {f"{mutant.before} -> {mutant.after}" for mutant in made(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a):\n    return a >= 1\n", {">= -> >", "a >= 1 -> None", "1 -> 2"}),
        ("def f(a):\n    if a in b and not a.c:\n        g()\n",
         {"in -> not in", "and -> or", "a in b and not a.c -> not (a in b and not a.c)", "g() -> pass"}),
        ("def f(a):\n    if not a:\n        raise E('no')\n", {"not a -> a", "raise E('no') -> pass"}),
        ("def f(a):\n    return min(a, 2) * 3\n", {"min -> max", "* -> /", "2 -> 3", "3 -> 4", "min(a, 2) * 3 -> None"}),
        ("def f():\n    try:\n        return True\n    except (A, B):\n        return None\n",
         {"True -> False", "(A, B) -> ()"}),
        ("def f(a):\n    a.b = 1\n    a.n += 2\n",
         {"a.b = 1 -> pass", "1 -> 2", "a.n += 2 -> pass", "2 -> 3"}),
        ("X = 'text'\n", {"'text' -> \"\""}),
        ("def f(a):\n    return [b for b in a if b]\n", {"b -> not (b)", "[b for b in a if b] -> None"}),
    ],
)  # fmt: skip
def test_operators(text: str, expected: set[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import logging\n\nlog = logging.getLogger('a')\n\n\ndef f(a):\n    log.info('n %s', 1)\n    print(2)\n",
        'def f():\n    """Words."""\n',
        "class A:\n    __slots__ = ('a',)\n\n    def __repr__(self):\n        return f'{1}'\n",
        "def f(a: Literal[1] = None) -> Literal[2]:\n    pass\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    X = 1\n",
        "if __name__ == '__main__':\n    main(1)\n",
        "assert 1 < 2, 'words'\n",
        "def f(a):\n    import b\n    global c\n",
        "def f(a):\n    warn('x', stacklevel=2)\n",
        "def f(a, b):\n    a if a < b else b\n",
    ],
)
def test_nothing_in_arid_code(text: str) -> None:
    assert [mutant.before for mutant in made(text) if mutant.operator is not Operator.CONDITION] == []


def test_which_of_two_equal_values_is_chosen_cannot_be_seen() -> None:
    assert Operator.BOUNDARY not in {
        m.operator for m in made("def f(a, b):\n    if a < b:\n        a = b\n    return a\n")
    }
    assert Operator.BOUNDARY in {m.operator for m in made("def f(a, b):\n    if a < b:\n        a = 0\n    return a\n")}


def test_texts_are_not_subtracted() -> None:
    assert Operator.ARITHMETIC not in {m.operator for m in made("def f(a):\n    return 'n' + a + [1]\n")}


def test_only_changed_lines_and_only_executed_ones() -> None:
    before = "def f(a):\n    return a < 1\n\n\ndef g(a):\n    return a < 2\n"
    after = before.replace("a < 2", "a <= 2") + "\n\ndef h(a):\n    return a < 3\n"
    change = FileChange("a.py", ChangeKind.MODIFIED, before.encode(), after.encode(), REGULAR, REGULAR)
    changes = ChangeSet(
        "", (change, created("b.py", "X = 1\n"), created("tests/test_a.py", "X = 1\n"), created("c.js", "1 < 2"))
    )
    assert {(m.path, m.line) for m in mutants_of(changes, None, 100)} == {
        ("a.py", 6),
        ("a.py", 10),
        ("b.py", 1),
        ("tests/test_a.py", 1),
    }
    chosen = mutants_of(changes, {"a.py": [2, 10]}, 100, is_test=lambda path: path.startswith("tests/"))
    assert {(m.path, m.line) for m in chosen} == {("a.py", 10)}
    assert {m.function for m in chosen} == {"h"}


def test_functions_take_turns_and_lines_before_second_looks() -> None:
    text = "def f(a):\n    x = a < 1 and a > 2\n    return x or a\n\n\n"
    text += "class A:\n    def g(self, a):\n        return a + 1\n"
    mutants = made(text)
    assert {m.function for m in mutants[:2]} == {"f", "A.g"}
    own = [m.line for m in mutants if m.function == "f"]
    assert set(own[:2]) == {2, 3}


def test_the_same_change_gives_the_same_mutants() -> None:
    text = REAL[0].read_bytes() + (ROOT / "core/autopack/text.py").read_bytes()
    assert made(text, 7) == made(text, 7) == made(text)[:7]
    assert made(text, 0) == ()


@pytest.mark.parametrize("text", [b"x = (\n", b"# coding: latin-1\nX = '\xe4'\n", b"X = 1\rY = 2\n", b"\xff", b""])
def test_what_cannot_be_changed_byte_by_byte_is_left_alone(text: bytes) -> None:
    assert made(text) == ()


def check(mutant: Mutant, data: bytes) -> None:
    """The mutant is another program, and differs from the file in its range alone."""
    assert ast.dump(ast.parse(mutant.content)) != ast.dump(ast.parse(data))
    text = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    start, end = mutant.range.start, mutant.range.end
    assert mutant.line == start.line and (start.line, start.column) < (end.line, end.column)
    head = "\n".join([*text[: start.line - 1], text[start.line - 1][: start.column - 1]])
    tail = "\n".join([text[end.line - 1][end.column - 1 :], *text[end.line :]])
    new = mutant.content.decode("utf-8-sig").replace("\r\n", "\n")
    assert new.startswith(head) and new.endswith(tail)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(REAL), st.booleans(), st.booleans())
def test_each_differs_in_its_place_alone(path: Path, returns: bool, marked: bool) -> None:
    data = path.read_bytes().replace(b"\n", b"\r\n") if returns else path.read_bytes()
    data = b"\xef\xbb\xbf" + data if marked else data
    mutants = made(data, 12)
    assert len({mutant.id for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        check(mutant, data)


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b.c", "0", "1.5", "'ä'", "True", "f(a)"]),
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["<", ">=", "==", "in", "not in", "is", "and", "or", "+", "*", "//", "%"]), inner
        ).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
        inner.map(lambda one: f"not ({one})"),
        inner.map(lambda one: f"-({one})"),
        inner.map(lambda one: f"max({one}, 'ü')"),
        inner.map(lambda one: f"(0 if {one} else 1)"),
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=4), st.sampled_from(["return", "x.y =", "if", "assert", "x +="]))
def test_any_expression(expressions: list[str], word: str) -> None:
    lines = [f"    {word} {one}{':' if word == 'if' else ''}" + (" g()" if word == "if" else "") for one in expressions]
    data = ("def f(a, b, x):\n" + "\n".join(lines) + "\n").encode()
    for mutant in made(data):
        check(mutant, data)
    order = [mutant.operator.rank // 4 for mutant in made(data) if mutant.line == 2]
    assert all(one <= other for one, other in pairwise(order))


def test_only_what_is_chosen_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"def f{n}(a, b):\n    return a + {n}\n\n\n" for n in range(200))
    made_files: list[int] = []
    changed = Source.changed

    def counted(self: Source, begin: int, end: int, new: str) -> bytes | None:
        made_files.append(begin)
        return changed(self, begin, end, new)

    monkeypatch.setattr(Source, "changed", counted)
    assert len(made(text, 4)) == 4
    assert len(made_files) == 4


def test_functions_that_are_named_come_before_all_others() -> None:
    text = "def a(n):\n    return n >= 1\n\n\nclass C:\n    def b(self, n):\n        return n >= 2\n"
    changes = ChangeSet("", (created("a.py", text),))
    every = mutants_of(changes, None, 100)
    first = mutants_of(changes, None, 100, near=[{"b"}])
    own = [m for m in every if m.function == "C.b"]
    assert [m.id for m in first] == [m.id for m in (*own, *(m for m in every if m not in own))]
    assert own and {m.function for m in mutants_of(changes, None, len(own), near=[{"b"}, {"a"}])} == {"C.b"}


@pytest.mark.parametrize(
    ("cause", "expected"), [("error", {"error -> None"}), ("None", set[str]())], ids=["with its cause", "without one"]
)
def test_a_close_look_sees_that_an_error_loses_its_cause(cause: str, expected: set[str]) -> None:
    text = f"def f(a):\n    try:\n        g(a)\n    except E as error:\n        raise F(a) from {cause}\n"
    found = mutants_of(ChangeSet("", (created("a.py", text),)), None, 1000, fine=True)
    assert {f"{m.before} -> {m.after}" for m in found if m.after == "None"} == expected


@pytest.mark.parametrize(
    ("said", "found"), [('f"no {name}"', True), ('"no name"', True), ("name", False), ("404", False)]
)
def test_a_close_look_sees_other_words_that_an_error_s_own_class_makes(said: str, found: bool) -> None:
    text = f"class E(Exception):\n    def __init__(self, name):\n        super().__init__({said})\n"
    plain, fine = (
        mutants_of(ChangeSet("", (created("a.py", text),)), None, 1000, fine=close) for close in (False, True)
    )
    assert [m.after for m in fine if m not in plain] == (['"?"'] if found else [])
