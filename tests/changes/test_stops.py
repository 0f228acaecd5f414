"""Whole content that was written out only in part."""

from __future__ import annotations

import pytest

from autopack.changes.stops import stops_in

BASE = "".join(f"def f{n}():\n    return {n} + g({n})\n\n\n" for n in range(20))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (BASE[: BASE.index("+ g(7)")], 30),
        (BASE.replace("f0", "renamed")[: BASE.index("+ g(15)") + 5], 62),
        (BASE[: BASE.index("def f3")].rstrip("\n"), 10),
        (BASE[: BASE.index("def f3")].replace("f1", "h"), 0),
        (BASE, 0),
        (BASE.rstrip("\n"), 0),
        (BASE[: BASE.index("def f18")].rstrip("\n"), 0),
        (BASE.replace("return 19 + g(19)\n\n\n", "return 19"), 0),
        ("X = 1", 0),
        ("", 0),
    ],
    ids=["mid-line", "mid-line-after-edit", "shrunk", "with-line-end", "whole", "no-last-line-end", "little-gone",
         "last-line", "another-file", "empty"],
)  # fmt: skip
def test_content_that_stops_in_the_middle_is_known(content: str, line: int) -> None:
    assert stops_in(BASE.encode(), content) == line


def test_short_files_and_files_without_a_last_line_end_may_end_as_they_like() -> None:
    short = "".join(BASE.splitlines(keepends=True)[:16])
    assert stops_in(short.encode(), short[:60]) == 0
    assert stops_in(BASE.rstrip("\n").encode(), BASE[: BASE.index("+ g(7)")]) == 0


def test_it_is_refused_with_the_line_and_what_to_do(world) -> None:
    content = BASE[: BASE.index("+ g(7)")]
    (found,) = world.refusals({"files": [{"path": "a.py", "content": content}]}, {"a.py": BASE.encode()})
    assert (found.code, found.path) == ("AP202", "a.py")
    assert "line 30 of 80" in found.message and "return 7 + g(7)" in found.message and "operations" in found.message
    exact = {"files": [{"path": "a.py", "content": content, "exact": True}]}
    assert world.after(exact, {"a.py": BASE.encode()}) == {"a.py": content.encode()}
    cut = {"files": [{"path": "a.py", "operations": [{"op": "delete", "start_line": 30, "end_line": 80}]}]}
    assert len(world.after(cut, {"a.py": BASE.encode()})["a.py"].splitlines()) == 29
