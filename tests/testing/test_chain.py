"""A file that cannot be collected: the imports that lead to the error, in words and as places, from every runner."""

from __future__ import annotations

from autopack.model.findings import Tree
from autopack.model.test_report import Failure, TestReport
from autopack.testing import baseline_findings, compare, delta_findings
from autopack.testing.chain import chain_of, chain_places
from autopack.testing.formats import Places
from tests.testing.conftest import Target

DEEP = {
    "src/pkg/__init__.py": "from pkg.b import start\n",
    "src/pkg/b.py": '"""B."""\n\nimport not_there\n\n\ndef start():\n    return 1\n',
    "tests/test_a.py": "import pkg\n\n\ndef test_a():\n    assert pkg.start() == 1\n",
    "tests/test_other.py": "def test_other():\n    assert True\n",
}
CIRCLE = {
    **DEEP,
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "from pkg.b import start\n\n\ndef first():\n    return 0\n",
    "src/pkg/b.py": "from pkg.a import first\n\n\ndef start():\n    return first()\n",
    "tests/test_a.py": "from pkg.a import first\n\n\ndef test_a():\n    assert first() == 0\n",
}


def told(report: TestReport) -> tuple[str, str, list[str]]:
    """Message, place and related places of the AP402 in a report whose base collected everything."""
    base = TestReport("k", "t", "pytest", (), report.end, 0)
    (found,) = [f for f in delta_findings(compare(base, report), report) if f.code == "AP402"]
    assert found.blocking
    return found.message, found.where(), [each.where() for each in found.related]


def test_the_chain_stands_in_the_message_and_its_links_beside_it(target: Target) -> None:
    report = target.write(DEEP).run()
    assert told(report) == (
        "tests/test_a.py cannot be collected: tests/test_a.py:1 -> src/pkg/__init__.py:1 -> src/pkg/b.py:3: "
        "ModuleNotFoundError: No module named 'not_there'",
        "src/pkg/b.py:3:1",
        ["src/pkg/__init__.py:1", "tests/test_a.py:1"],
    )
    assert {r.id for r in report.results} == {"tests/test_other.py::test_other"}, "the others are judged"


def test_unittest_tells_the_same(target: Target) -> None:
    files = {name.replace("src/", ""): text for name, text in DEEP.items()}
    message, where, links = told(target.write(files).run(runner="unittest", paths=["tests/test_a.py"]))
    assert "tests/test_a.py:1 -> pkg/__init__.py:1 -> pkg/b.py:3: ModuleNotFoundError" in message
    assert (where, links) == ("pkg/b.py:3:1", ["pkg/__init__.py:1", "tests/test_a.py:1"])


def test_imports_that_go_round_are_told_as_such(target: Target) -> None:
    message, where, links = told(target.write(CIRCLE).run())
    assert message.startswith(
        "tests/test_a.py cannot be collected: tests/test_a.py:1 -> src/pkg/a.py:1 -> src/pkg/b.py:1: a circular import, "
        "src/pkg/a.py is not loaded to its end there: ImportError: cannot import name 'first' from partially "
    )
    assert str(target.root) not in message
    assert (where, links) == ("src/pkg/b.py:1:1", ["src/pkg/a.py:1", "tests/test_a.py:1"])


def test_a_syntax_error_is_the_last_link(target: Target) -> None:
    message, where, links = told(target.write(DEEP | {"src/pkg/b.py": "x = 1\ndef (\n"}).run())
    assert "tests/test_a.py:1 -> src/pkg/__init__.py:1 -> src/pkg/b.py:2: SyntaxError" in message
    assert (where, links) == ("src/pkg/b.py:2:1", ["src/pkg/__init__.py:1", "tests/test_a.py:1"])


def test_what_is_no_file_of_the_worktree_is_counted(target: Target) -> None:
    lazy = "import runpy\nimport pathlib\nrunpy.run_path(str(pathlib.Path(__file__).with_name('b.py')))\n"
    message, *_ = told(target.write(DEEP | {"src/pkg/__init__.py": lazy}).run())
    assert "src/pkg/__init__.py:3 -> (3 elsewhere) -> src/pkg/b.py:3: " in message


def test_a_conftest_that_cannot_be_loaded_shows_its_way(target: Target) -> None:
    report = target.write(DEEP | {"tests/conftest.py": "import pkg\n"}).run(paths=["tests/"])
    (error,) = report.collection_errors
    assert chain_of(error.failure) == "tests/conftest.py:1 -> src/pkg/__init__.py:1 -> src/pkg/b.py:3: "


def test_a_long_chain_is_shortened_in_the_middle(target: Target) -> None:
    links = {f"src/pkg/m{n}.py": f"import pkg.m{n + 1}\n" for n in range(40)}
    files = DEEP | links | {"src/pkg/__init__.py": "", "tests/test_a.py": "import pkg.m0\n"}
    report = target.write(files).run()
    (error,) = report.collection_errors
    assert len(error.failure.frames) <= 17
    said = chain_of(error.failure)
    assert said.startswith("tests/test_a.py:1 -> src/pkg/m0.py:1 -> ") and said.endswith("src/pkg/m39.py:1: ")
    assert " more) -> " in said and said.count("->") == 12
    assert len(chain_places(error.failure)) <= 12


def test_one_link_is_no_chain() -> None:
    assert chain_of(Failure("t.py", 3, "no", frames=(("t.py", 3),))) == ""
    assert chain_of(Failure("", 0, "no")) == ""
    assert chain_places(Failure("t.py", 3, "no", frames=(("t.py", 3),))) == ()


def test_the_base_says_it_too(target: Target) -> None:
    (found,) = [f for f in baseline_findings(target.write(DEEP).run()) if f.code == "AP402"]
    assert "tests/test_a.py:1 -> src/pkg/__init__.py:1 -> src/pkg/b.py:3: " in found.message
    assert {each.tree for each in (found, *found.related)} == {Tree.BASE} and len(found.related) == 2


def test_traces_of_other_reports_give_the_way_too(target: Target) -> None:
    target.write({**DEEP, "lib/a.js": "", "lib/b.js": "", "test/a.test.js": ""})
    places = Places(target.root)
    junit = (
        "ImportError while importing test module 'tests/test_a.py'.\ntests/test_a.py:1: in <module>\n    import pkg\n"
        "src/pkg/__init__.py:1: in <module>\n    from pkg.b import start\nsrc/pkg/b.py:3: in <module>\n"
        "    import not_there\nE   ModuleNotFoundError: No module named 'not_there'\n"
    )
    assert places.way(junit) == (("tests/test_a.py", 1), ("src/pkg/__init__.py", 1), ("src/pkg/b.py", 3))
    jest = "Cannot find module './x' from 'lib/b.js'\n\nRequire stack:\n  lib/b.js\n  lib/a.js\n  test/a.test.js\n"
    assert places.way(jest) == (("test/a.test.js", 0), ("lib/a.js", 0), ("lib/b.js", 0))
    node = (
        "Error: no\n    at load (lib/b.js:7:1)\n    at Object.<anonymous> (lib/a.js:2:3)\n    at node:internal/x:1:2\n"
    )
    assert places.way(node) == (("lib/a.js", 2), ("lib/b.js", 7))
