from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEN = "".join(f"line {n}\n" for n in range(1, 11)).encode()


def ops(*operations, path="f.txt"):
    return {"files": [{"path": path, "action": "modify", "operations": list(operations)}]}


def rep(a, b, content, **more):
    return {"op": "replace", "start_line": a, "end_line": b, "content": content} | more


def ins(line, content, **more):
    return {"op": "insert", "line": line, "content": content} | more


def run(world, base, *operations):
    return world.after(ops(*operations), {"f.txt": base})["f.txt"]


def test_all_refer_to_the_base_and_keep_their_order(world):
    got = run(
        world,
        TEN,
        {"op": "append", "content": "end 1"},
        ins(3, "b\n"),
        ins(3, "c"),
        rep(3, 4, "three"),
        {"op": "delete", "start_line": 7, "end_line": 8},
        {"op": "prepend", "content": "top"},
        ins(1, "a"),
        {"op": "append", "content": "end 2\n"},
        ins(11, "last"),
    )
    assert got.decode().split("\n") == [
        "top",
        "a",
        "line 1",
        "line 2",
        "b",
        "c",
        "three",
        "line 5",
        "line 6",
        "line 9",
        "line 10",
        "last",
        "end 1",
        "end 2",
        "",
    ]


@pytest.mark.parametrize(
    ("base", "operation", "want"),
    [
        (b"a\r\nb\r\n", rep(2, 2, "c\nd\n"), b"a\r\nc\r\nd\r\n"),
        (b"a\nb", {"op": "append", "content": "c\n"}, b"a\nb\nc"),
        (b"a\nb", rep(2, 2, "x\n"), b"a\nx"),
        (b"a\nb\n", rep(2, 2, "x"), b"a\nx\n"),
        (b"\xef\xbb\xbfa\nb\n", rep(1, 1, "\ufeffx"), b"\xef\xbb\xbfx\nb\n"),
        (b"\xef\xbb\xbfa\n", {"op": "prepend", "content": "x"}, b"\xef\xbb\xbfx\na\n"),
        (b"a\r\nb\nc\r\nd\n", ins(3, "x"), b"a\r\nb\nx\nc\r\nd\n"),
        (b"a\r\nb\nc\r\nd\n", rep(2, 3, "b\nX\n"), b"a\r\nb\nX\r\nd\n"),
        (b"", {"op": "append", "content": "x\n"}, b"x\n"),
        (b"a\nb\n", {"op": "delete", "start_line": 1, "end_line": 2}, b""),
        (b"a\nb\nc\n", {"op": "delete", "old": "b"}, b"a\nc\n"),
        (b"a\nb = 1 + 2\nc\n", {"op": "replace", "old": "1 + 2", "content": "3"}, b"a\nb = 3\nc\n"),
        (b"a\nb\nc\n", {"op": "replace", "old": "a\nb\n", "content": "x\ny\nz\n"}, b"x\ny\nz\nc\n"),
        (b"a\nb\n", rep(1, 1, "x", old="a"), b"x\nb\n"),
        (b"a\nb\n", rep(2, 2, ""), b"a\n"),
        (b"a\n\tb\nc\n", rep(2, 2, "x", context_before="  a ", context_after="c"), b"a\nx\nc\n"),
    ],
)
def test_ends_marks_and_anchors(world, base, operation, want):
    assert run(world, base, operation) == want


@pytest.mark.parametrize(
    ("operations", "says"),
    [
        ([rep(3, 5, "x"), rep(5, 6, "y")], "falls into the lines"),
        ([rep(3, 5, "x"), ins(4, "y")], "falls into the lines"),
        ([rep(1, 9, "x"), rep(2, 3, "y"), rep(5, 6, "z")], "falls into the lines"),
        ([rep(9, 11, "x")], "the file has 10 lines"),
        ([rep(5, 4, "x")], "first line comes after the last"),
        ([ins(12, "x")], "insert takes 1 to 11"),
        ([{"op": "delete", "start_line": 11, "end_line": 11}], "the file has 10 lines"),
        ([rep(5, 5, "x", context_before="line 9")], "not in the 3 lines above"),
        ([rep(5, 5, "x", context_after="line 4")], "not in the 3 lines below"),
        ([ins(5, "x", context_after="line 9")], "not in the 3 lines below"),
        ([rep(5, 5, "x", old="line 6")], "not what these lines hold"),
        ([{"op": "replace", "old": "line", "content": "x"}], "lines 1 and 2"),
        ([{"op": "replace", "old": "absent", "content": "x"}], "does not occur"),
    ],
)
def test_places_that_are_not_certain_are_refused(world, operations, says):
    finding = world.refusals(ops(*operations), {"f.txt": TEN})[0]
    assert finding.code == "AP205"
    assert says in finding.message
    assert finding.path == "f.txt"


def test_a_refusal_shows_the_file_with_line_numbers(world):
    message = world.refusals(ops(rep(5, 5, "x", context_before="line 9")), {"f.txt": TEN})[0].message
    assert "     5 | line 5\n" in message
    assert "of 10 read" in message


def test_one_bad_operation_stops_every_file(world):
    answer = {"files": [{"path": "g.txt", "action": "create", "content": "x"}, ops(rep(99, 99, "x"))["files"][0]]}
    assert [f.code for f in world.refusals(answer, {"f.txt": TEN})] == ["AP205"]


bodies = st.lists(st.text(alphabet="ab \t=#é\x0b\x0c\x1c\x85\u2028😀", max_size=4), max_size=14)


def joined(lines: list[str], end: str, final: bool, bom: bool) -> bytes:
    if not lines:
        return b""
    text = end.join(lines) + (end if final else "")
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def edits_between(old: list[str], new: list[str]) -> list[dict]:
    """Operations made from difflib's opcodes, in the three kinds that name lines."""
    made = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        content = "".join(line + "\n" for line in new[j1:j2])
        if tag == "insert":
            made.append(ins(i1 + 1, content) if i1 < len(old) else {"op": "append", "content": content})
        elif tag == "delete":
            made.append({"op": "delete", "start_line": i1 + 1, "end_line": i2})
        elif tag == "replace":
            made.append(rep(i1 + 1, i2, content, old="".join(line + "\n" for line in old[i1:i2])))
    return made


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies, bodies, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_any_two_versions_round_trip_through_operations(world, old, new, end, final, bom):
    old = old or ["x"]
    if not final:
        old, new = [*old, "last"], [*new, "tail"]
    before, after = joined(old, end, final, bom), joined(new, end, final, bom)
    made = edits_between(old, new)
    if before == after or not made:
        return
    assert world.after(ops(*made), {"f.txt": before})["f.txt"] == after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies, bodies, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_whole_content_in_lf_comes_out_in_the_files_own_bytes(world, old, new, end, final, bom):
    old = old or ["x"]
    new = new or ["y"]
    if not final:
        old, new = [*old, "last"], [*new, "tail"]
    before, after = joined(old, end, final, bom), joined(new, end, final, bom)
    if before == after:
        return
    answer = {"files": [{"path": "f.txt", "action": "modify", "content": "\n".join(new) + "\n"}]}
    assert world.after(answer, {"f.txt": before})["f.txt"] == after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["\n", "\r\n"])), min_size=2, max_size=12), st.data())
def test_unchanged_lines_of_mixed_files_keep_their_bytes(world, lines, data):
    numbered = [(f"{body}{n}", end) for n, (body, end) in enumerate(lines)]
    before = "".join(body + end for body, end in numbered).encode()
    at = data.draw(st.integers(0, len(numbered) - 1))
    content = "\n".join("changed" if n == at else body for n, (body, _) in enumerate(numbered)) + "\n"
    want = "".join(("changed" if n == at else body) + end for n, (body, end) in enumerate(numbered)).encode()
    whole = {"files": [{"path": "f.txt", "action": "modify", "content": content}]}
    assert world.after(whole, {"f.txt": before})["f.txt"] == want
    assert run(world, before, rep(1, len(numbered), content)) == want


def lines_of(data: bytes) -> list[bytes]:
    return [part + b"\n" for part in data.split(b"\n")[:-1]] + [last for last in data.split(b"\n")[-1:] if last]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.text(alphabet="ab é😀", max_size=3), st.sampled_from(["\n", "\r\n"])), min_size=1, max_size=12
    ),
    st.lists(st.text(alphabet="ab é😀", max_size=3), min_size=1, max_size=12),
    st.booleans(),
    st.booleans(),
)
def test_operations_on_mixed_line_ends_touch_only_what_they_name(world, numbered, new, final, bom):
    """The bodies are the second version's; what stays keeps its bytes; mark and final newline are the file's."""
    mark = b"\xef\xbb\xbf" if bom else b""
    pairs = [(body, end) for body, end in numbered] + [("last", "\n" if final else "")]
    before = mark + "".join(body + end for body, end in pairs).encode()
    old, want = [body for body, _ in pairs], [*new, "last"]
    made = edits_between(old, want)
    if not made:
        return
    got = world.after(ops(*made), {"f.txt": before})["f.txt"]
    assert got.startswith(mark) and got.endswith(b"\n") == final
    raw = lines_of(got.removeprefix(mark))
    assert [line.decode().removesuffix("\n").removesuffix("\r") for line in raw] == want
    kept = lines_of(before.removeprefix(mark))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, want, autojunk=False).get_opcodes():
        if tag == "equal":
            assert raw[j1:j2] == kept[i1:i2]


def test_exact_content_is_taken_byte_for_byte(world):
    answer = {"files": [{"path": "f.txt", "action": "modify", "content": "a\nb", "exact": True}]}
    assert world.after(answer, {"f.txt": b"a\r\nc\r\n"})["f.txt"] == b"a\nb"
