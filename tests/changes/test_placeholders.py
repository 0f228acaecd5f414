from __future__ import annotations

import pytest

from autopack.changes.placeholders import placeholders


def found(line: str, path: str = "a.py", before: bytes = b"", previous: str = "x = 1\n") -> bool:
    return bool(placeholders(path, (previous + line + "\n").encode(), before))


@pytest.mark.parametrize(
    "line",
    [
        "...",
        "…",
        "# ...",
        "    # ...",
        "// ...",
        "/* ... */",
        "<!-- ... -->",
        "-- ...",
        "# ... rest of file unchanged ...",
        "# rest of the code unchanged",
        "// ... existing code ...",
        "# existing code",
        "/* rest of the file remains the same */",
        "<!-- existing content here -->",
        "{/* ... existing code ... */}",
        "# (rest of the function is unchanged)",
        "; rest of the configuration stays the same",
        "% ... remaining code ...",
        "# [... other methods unchanged ...]",
        "// ... more code here ...",
        "# ... etc ...",
        "... rest of the code ...",
        "# remaining methods omitted for brevity",
        "# keep the rest of the file as is",
        "// Rest of implementation",
        "# ... other imports ...",
        "# unchanged",
        "    # ... (existing code)",
        "# Previous code remains unchanged",
        "    # ... implementation here",
        "# code omitted",
        'KEY = "[REDACTED]"',
        "<%-- ... existing code ... --%>",
        "<%# rest of the template unchanged %>",
        "REM ... rest of the code ...",
        "@rem rest of the script unchanged",
        "' ... existing code ...",
        "' rest of the code unchanged",
        '" rest of the config unchanged',
        "dnl rest of the file unchanged",
        "{- ... rest of the module unchanged ... -}",
        "--[[ ... ]]",
        ".. rest of the document unchanged",
        "@* ... existing code ... *@",
        "%% rest of the code unchanged",
        "<# rest of the script unchanged #>",
        "(; rest of the module unchanged ;)",
        "(comment rest of the code unchanged)",
        "#| rest of the code unchanged |#",
        ";;; rest of the code unchanged",
        "{{-- rest of the code unchanged --}}",
        "{# rest of the template unchanged #}",
        "//- rest of the template unchanged",
        ":: rest of the script unchanged",
        "⋯",
        "// [...]",
        "<rest of code unchanged>",
        "[... rest of code unchanged ...]",
        "# --- rest of file unchanged ---",
        "// ===== rest of file unchanged =====",
        "# your existing code here",
        "# Add rest of the code here",
        "# The rest of the code remains the same as in the original file",
        "/* The remaining styles are unchanged. */",
        "# ... keep the other handlers",
    ],
)
def test_stand_ins_are_found(line):
    assert found(line)


@pytest.mark.parametrize(
    "line",
    [
        "x = [...]",
        "def f(*args): ...",
        "# the rest of the arguments are parsed below, see parse()",
        "value = data[..., 0]",
        "# existing rows keep their id",
        "# more than one match...",
        "print('...')",
        "# Code for the frobnicator",
        "# etc",
        "# remaining = total - used",
        "# other options are passed to the runner",
        "    # return the rest of the line",
        '"""Keep the original content type of the file."""',
        "const all = {...rest}",
        "// the same as above but reversed",
        "...rest,",
        "# NOTE: unchanged files are skipped",
        "# previous value, if any",
        "x = 1  # ...",
        '"unchanged",',
        "' unchanged'",
        "[unchanged]",
        "(omitted)",
        "<T extends unknown[]>",
        "# same as above",
        ":: cd build",
        "print(*rest)",
        "rem = total % 3",
        "// Components are kept in the registry",
        "% Styles of the remaining pages",
        '" ".join(rest)',
        "# other than the existing handlers, none is kept",
        ".. note:: the rest is generated",
        "{...rest}",
        "[...previous, item]",
        "(...)",
        "[...]",
        "f(...)",
        "{...}",
        "Callable[..., int]",
        "<...>",
        "# ...=...",
    ],
)
def test_ordinary_lines_pass(line):
    assert not found(line)


def test_a_line_of_the_base_is_no_placeholder():
    assert not found("# ...", before=b"y\n# ...\n")


@pytest.mark.parametrize(
    ("rows", "passes"),
    [
        (["*...", "....", "...*"], True),
        (["....", "#..#", "...."], True),
        (["+--+", "|..|", "+--+"], True),
        (["cells", "....", "walls"], False),
        (["x = 1", "...", "y = 2"], False),
        (["x = 1", "....", "....", "y = 2"], False),
        (["# ...", "# ---", "# ..."], False),
        (["}", "...", "{"], False),
    ],
)
def test_rows_of_a_drawing_stand_for_themselves(rows: list[str], passes: bool) -> None:
    text = "\n".join(['BOARD = """', *rows, '"""', ""])
    assert (not placeholders("a.py", text.encode(), b"")) is passes


def test_ellipsis_is_python():
    assert not found("    ...", previous="def f() -> int:\n")
    assert not found("        ...", previous='        """Doc."""\n')
    assert not found("    ...", previous="    @abstractmethod\n")
    assert not found("...", path="README.md")
    assert not found("...", path="data.yaml")
    assert found("    ...", previous="    x = 1\n")


def test_the_answer_is_refused_and_says_where(world):
    answer = {"files": [{"path": "a.py", "content": "def f():\n    return 1\n# ... rest of file unchanged ...\n"}]}
    finding = world.refusals(answer)[0]
    assert finding.code == "AP203"
    assert "new line 3" in finding.message
