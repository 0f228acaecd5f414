from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.languages import MOST_BYTES, Fault, Symbol, offered_names, read, read_by_grammar, used_of_module


def symbols(path: str, data: bytes) -> tuple[Symbol, ...]:
    return (read(path, data) or read_by_grammar(path, data)).symbols


def faults(path: str, data: bytes) -> tuple[Fault, ...]:
    return (read(path, data) or read_by_grammar(path, data)).faults


DEFINES = {
    "a.py": (
        "A = 1\nb = 2\nclass C:\n  def m(self): pass\n  def _p(self): pass\n  X = 1\ndef f():\n  def inner(): pass\n"
        "if A:\n  def g(): pass\ntry:\n  import x\nexcept E:\n  def h(): pass\n",
        ["A", "C", "C.m", "C._p", "f", "g", "h"],
    ),
    "a.ts": (
        "\ufeffexport const X = 1; export function f(a: number) { function inner() {} }\n"
        "export default class K extends B { m() { const q = 1 } #p() {} }\ninterface I { a(): void }\ntype T = {a: 1}\n"
        "enum E {A}\nconst {a, b} = c; const g = () => { const r = 1 }\nnamespace N { export function q() {} }",
        ["X", "f", "K", "K.m", "K.#p", "I", "T", "E", "g", "N", "N.q"],
    ),
    "a.tsx": ("export function View() { return <p>hi</p> }\n", ["View"]),
    "a.js": ("class A { b() {} }\nfunction f() {}\nfunction* g() {}\n", ["A", "A.b", "f", "g"]),
    "a.go": (
        "package a\nfunc F() {}\nfunc (r *R[T]) M() int { return 1 }\ntype R struct {}\nconst (A = 1; B = 2)\nvar V int\n",
        ["F", "R.M", "R", "A", "B", "V"],
    ),
    "a.rs": (
        "pub fn f() {}\nstruct S<T> {a:T}\nimpl<T> S<T> { fn m(&self) {} }\nmod k { fn z(){} }\n"
        "macro_rules! mm { () => {} }",
        ["f", "S", "S.m", "k", "k.z", "mm"],
    ),
    "A.java": (
        "package a; public class A<T> { int x; A() {} void m(int a) { int q; } static class B { void n() {} } }",
        ["A", "A.A", "A.m", "A.B", "A.B.n"],
    ),
    "a.c": (
        "int f(int a) { return 1; }\nstatic char *g(void) { return 0; }\nstruct S { int a; };\n"
        "typedef struct S T;\nint h(void);\n",
        ["f", "g", "S", "T"],
    ),
    "a.hpp": ("namespace n { class C { void m() {} ~C() {} }; void C::k() {} }", ["n", "n.C", "n.C.m", "n.C.~C", "n.C::k"]),
    "a.cs": ("namespace N { public class C { public int P { get; set; } void M() {} } }", ["C", "C.P", "C.M"]),
    "a.rb": ("module M\n class C\n  def m; end\n  def self.s; end\n end\nend\n", ["M", "M.C", "M.C.m", "M.C.s"]),
    "a.php": ("<?php\nfunction f() {}\nclass C { public function m() {} }\n", ["f", "C", "C.m"]),
    "a.sh": ("f() { echo 1; }\nfunction g { echo 2; }\n", ["f", "g"]),
}  # fmt: skip


@pytest.mark.parametrize("path", DEFINES)
def test_what_a_file_defines(path: str) -> None:
    text, names = DEFINES[path]
    assert [symbol.name for symbol in symbols(path, text.encode())] == names
    assert faults(path, text.encode()) == ()


def test_lines_and_what_is_public() -> None:
    found = {s.name: s for s in symbols("a.py", DEFINES["a.py"][0].encode())}
    assert (found["C.m"].line, found["C.m"].public, found["C._p"].public) == (4, True, False)
    assert symbols("a.py", b"class A:\n  def __init__(self): pass\n")[1].public


BROKEN = {
    "a.py": (b"def f():\n    x = (1,\n", 2, "was never closed"),
    "b.py": (b"def f():\nreturn 1\n", 2, "expected an indented block"),
    "a.ts": (b"const a = 1;\nfunction f( { return 1 }\n", 2, ""),
    "a.go": (b"package a\n\nfunc F( {\n", 3, ""),
    "a.rb": (b"def f\n  1\n", 1, ""),
    "a.css": (b"a { color: red;\n", 1, ""),
    "a.json": (b'{"a": 1,\n}\n', 2, "double quotes"),
    "a.toml": (b"b = 1\na = \n", 2, "Invalid value"),
    "a.yaml": (b"a: [1\nb: 2\n", 2, ""),
    "a.yml": (b"a: \xff\n", 1, "UTF-8"),
    "docker-compose.yml": (b"services:\n  web:\n    ports: [1]\n", 2, "neither image nor build"),
    "compose.prod.yaml": (b"services: {}\nservice: {}\n", 2, "no key `service`"),
}


@pytest.mark.parametrize("path", BROKEN)
def test_where_a_file_cannot_be_parsed(path: str) -> None:
    data, line, told = BROKEN[path]
    fault = faults(path, data)[0]
    assert fault.line == line and told in fault.message and not fault.doubtful


SOUND = {
    "docker-compose.yml": b"x-a: &a {image: x}\nservices:\n  web: {<<: *a}\n  db: {build: .}\nvolumes: {}\n",
    "chart/templates/a.yaml": b"{{- if .x }}\na: {{ .b }}\n{{ end }}\n",
    "many.yaml": b"a: 1\n---\nb: !Ref x\n",
    "tsconfig.json": b'{\n  // why\n  "a": 1,\n}\n',
    ".vscode/settings.json": b"{ /* why */ }\n",
    "empty.json": b"",
    "mark.json": b"\xef\xbb\xbf{}",
    "readme.md": b"# [(\n",
    "Makefile": b"a:\n\t(\n",
    "a.h": b"int f(void);\n",
    "noend.js": b"let a = 1",
}


@pytest.mark.parametrize("path", SOUND)
def test_what_is_sound_or_nobody_can_tell(path: str) -> None:
    assert faults(path, SOUND[path]) == ()


@pytest.mark.parametrize("text", [b"try:\n    pass\nexcept A, B:\n    pass\n"])
def test_what_a_newer_python_may_allow_is_doubtful(text: bytes) -> None:
    assert [fault.doubtful for fault in faults("a.py", text)] == [True]


@given(st.binary(max_size=300), st.sampled_from(["a.py", "a.ts", "a.rs", "a.json", "a.toml", "a.yaml"]))
def test_any_bytes_are_read(data: bytes, path: str) -> None:
    assert all(fault.line >= 1 for fault in faults(path, data))
    assert all(symbol.line >= 1 and symbol.name for symbol in symbols(path, data))


def test_large_files_are_not_looked_into() -> None:
    assert faults("a.json", b"[" + b" " * MOST_BYTES) == ()
    assert symbols("a.py", b"def f(): pass\n" + b"#" * MOST_BYTES) == ()


USES = {
    "by name": ("tests/test_a.py", "from src.a import add, no\n", {"add": 1}),
    "by the end of its place": ("x.py", "from a import add\n", {"add": 1}),
    "under another name": ("x.py", "from src.a import add as plus\n", {"add": 1}),
    "by module": ("x.py", "import src.a\nsrc.a.add(1)\n", {"add": 2}),
    "by module under another name": ("x.py", "import src.a as m\n\nm.add\n", {"add": 3}),
    "by package": ("x.py", "from src import a\na.add\n", {"add": 2}),
    "in its own package": ("src/b.py", "from .a import add\n", {"add": 1}),
    "from below": ("src/sub/b.py", "from .. import a\na.add\n", {"add": 2}),
    "of another package": ("other/b.py", "from .a import add\n", {}),
    "of another module": ("x.py", "from src.b import add\n", {}),
    "of a longer name": ("x.py", "from lib.src.aa import add\n", {}),
    "of an object": ("x.py", "a = 1\na.add\n", {}),
    "where it is expected to be missing": (
        "x.py",
        "import src.a\nwith pytest.raises(ImportError):\n    from src.a import add\n"
        "with self.assertRaises((AttributeError, ImportError)):\n    src.a.add(1)\n",
        {},
    ),
    "where something else is expected": (
        "x.py",
        "with pytest.raises((ImportError, ValueError)):\n    from src.a import add\n",
        {"add": 2},
    ),
    "after it was expected to be missing": (
        "x.py",
        "with raises(ImportError):\n    from src.a import add\nfrom src.a import add\n",
        {"add": 3},
    ),
    "twice": ("x.py", "import src.a\nsrc.a.add(1)\n\nsrc.a.add(2)\n", {"add": 2}),
    "in a long sum": ("x.py", "import src.a\n" + "1 + " * 400 + "src.a.add\n", {"add": 2}),
    "not at all": ("x.py", "add = 1\n", {}),
    "of what cannot be read": ("x.py", "from src.a import add\n(", {}),
}


@pytest.mark.parametrize("how", USES)
def test_what_is_taken_from_a_module(how: str) -> None:
    path, text, used = USES[how]
    assert used_of_module(path, text.encode(), "src/a.py", {"add"}) == used


def test_a_package_is_its_init_file() -> None:
    assert used_of_module("x.py", b"from pkg import f\n", "src/pkg/__init__.py", {"f"}) == {"f": 1}


def test_what_a_module_offers() -> None:
    assert offered_names(b"from a import b as c\nimport x.y\nd = 1\ndef e(): pass\n") == {"c", "x", "d", "e"}
    assert offered_names(b"from a import *\n") is None
    assert offered_names(b"def __getattr__(name): ...\n") is None
    assert offered_names(b"(") is None
