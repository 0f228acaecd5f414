"""Places in the text of stack traces, and names that stay the same between runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autopack.testing.formats import Places
from autopack.testing.formats.go_packages import GoPackages
from autopack.testing.formats.reading import stable_name

FILES = (
    "src/sum.js", "test/sum.test.js", "node_modules/lib/index.js", "src/lib.rs", "pkg/a.py", "tests/test_a.py",
    "core/src/main/java/org/example/Sum.java", "core/src/main/kotlin/Flat.kt", "web/src/main/java/org/other/Sum.java",
)  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Places(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    at fail (@/src/sum.js:2:30)\n    at @/test/sum.test.js:15:9", ("src/sum.js", 2)),
        ("    at async file://@/test/sum.test.js:15:9\n", ("test/sum.test.js", 15)),
        (" ❯ inner test/sum.test.js:9:21\n", ("test/sum.test.js", 9)),
        ("    at x (@/node_modules/lib/index.js:1:1)\n    at @/test/sum.test.js:3:1", ("test/sum.test.js", 3)),
        ("thread 't' panicked at src/lib.rs:12:5:\nindex out of bounds", ("src/lib.rs", 12)),
        ("thread 't' panicked at 'boom', src/lib.rs:12:5\nnote: run with", ("src/lib.rs", 12)),
        ("\tat org.example.Sum.add(Sum.java:9)\n\tat org.other.Sum.run(Sum.java:3)",
         ("core/src/main/java/org/example/Sum.java", 9)),
        ("\tat java.base/java.util.List.of(List.java:1)\n\tat org.other.Sum.run(Sum.java:3)",
         ("web/src/main/java/org/other/Sum.java", 3)),
        ("\tat app//org.example.FlatKt.f(Flat.kt:4)", ("core/src/main/kotlin/Flat.kt", 4)),
        ('  File "@/tests/test_a.py", line 3, in t\n  File "@/pkg/a.py", line 7, in f\nValueError', ("pkg/a.py", 7)),
        ("tests/test_a.py:3: in t\npkg/a.py:7: ValueError", ("pkg/a.py", 7)),
        ("Unexpected token\nAt file: /test/sum.test.js:1:6", ("test/sum.test.js", 1)),
        ("At file: /node_modules/lib/index.js:1:1", ("", 0)),
        ('  File "/pkg/a.py", line 7, in f\nValueError', ("", 0)),
        ("/etc/passwd:1:1 and ../outside.js:2:2 and absent.js:3:3", ("", 0)),
        ("", ("", 0)),
    ],
)  # fmt: skip
def test_the_innermost_frame_inside_the_worktree(places: Places, text: str, expected: tuple[str, int]) -> None:
    assert places.of(text.replace("@", str(places.top))) == expected


def test_a_link_does_not_lead_out(places: Places, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.js"
    outside.touch()
    (places.top / "link.js").symlink_to(outside)
    assert places.file("link.js") == places.file(str(outside)) == ""


@pytest.mark.parametrize("line", ["a" * 300_000, "at " * 100_000, "a." * 150_000, ":1" * 150_000, "/a.b:" * 60_000,
                                  "at " + "a.b" * 100_000 + "(", '"x' * 150_000])  # fmt: skip
def test_long_lines_take_no_longer_than_many_short_ones(places: Places, line: str) -> None:
    def seconds(text: str) -> float:
        begun = time.process_time()
        places.of(text)
        return time.process_time() - begun

    many = "\n".join(["    at f (/elsewhere/x.js:1:1)"] * 3000)
    assert seconds(line) < 20 * max(seconds(many), 0.01)


def test_packages_of_go_by_the_module_around_them(tmp_path: Path) -> None:
    for name, module in (("go.mod", "example.org/m"), ("tools/go.mod", "example.org/m/gen")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"// comment\nmodule {module} // and more\n\ngo 1.21\n")
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x_test.go").write_text("package b\n\nfunc TestOne(t *testing.T) {}\nfunc helper() {}\n")
    packages = GoPackages(Places(tmp_path))
    assert [packages.folder(p) for p in ("example.org/m", "example.org/m/a/b", "example.org/m/gen")] == [
        ".", "a/b", "tools"]  # fmt: skip
    assert [packages.folder(p) for p in ("example.org/mm", "fmt", "example.org/m/../..", "")] == [""] * 4
    assert packages.test_file("a/b", "TestOne/case") == "a/b/x_test.go"
    assert packages.test_file("a/b", "helper") == ""


@pytest.mark.parametrize(
    ("name", "stable"),
    [
        ("two\n lines", "two lines"),
        ("/build/tree/test/a.js", "test/a.js"),
        ("of Thing@6d06d69c", "of Thing@"),
        ("pointer 0xc000012345", "pointer @"),
        ("user@example.org #0xff", "user@example.org #0xff"),
    ],
)
def test_names_stay_the_same(name: str, stable: str) -> None:
    assert stable_name(name, "/build/tree") == stable


def test_long_names_are_told_apart() -> None:
    first, second = stable_name("x" * 400 + "1", "/t"), stable_name("x" * 400 + "2", "/t")
    assert first != second
    assert len(first) == len(second) == 300
