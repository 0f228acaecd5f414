"""What of a tree reaches a prompt, and what never does."""

from __future__ import annotations

import pytest

from autopack.context import gather
from autopack.model.changes import GITLINK, SYMLINK, blob_id
from autopack.model.plan import Phase, ReadOnly, Scope, Tests
from autopack.redaction import MARKER, Redactor

KEY = "sk-ant-" + "a1B2c3D4e5F6g7H8i9"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIB\nAAAA\n-----END RSA " + "PRIVATE KEY-----\n"


def phase(*paths: str, read_only: list[ReadOnly | str] | None = None, **more) -> Phase:
    return Phase(id="index", goal="g", scope=Scope(paths=list(paths), read_only=read_only or []), **more)


def paths_of(context) -> list[str]:
    return [f.path for f in context.files]


def test_only_the_scope_is_read_writable_files_first(memory_trees, limits):
    trees = memory_trees({"src/b.py": b"b\n", "src/a.py": b"a\n", "app.py": b"x\n", "other.py": b"o\n", "m.py": b"m\n"})
    context = gather(phase("src/", "app.py", read_only=[ReadOnly(path="m.py", reason="shapes")]), "t", trees, limits(),
                     Redactor())  # fmt: skip
    assert paths_of(context) == ["app.py", "src/a.py", "src/b.py", "m.py"]
    assert [f.writable for f in context.files] == [True, True, True, False]
    assert context.files[-1].reason == "shapes"
    assert context.files[0].blob == blob_id(b"x\n") and not context.files[0].truncated
    assert "other.py" not in trees.reads


def test_folder_prefix_does_not_reach_its_neighbours(memory_trees, limits):
    trees = memory_trees({"src/a.py": b"", "src2/b.py": b"", "srcx.py": b""})
    assert paths_of(gather(phase("src/"), "t", trees, limits(), Redactor())) == ["src/a.py"]


def test_missing_writable_files_and_deliverables_are_flagged(memory_trees, limits):
    trees = memory_trees({"src/a.py": b"a\n"})
    wanted = phase("src/", "new.py", read_only=["gone.py"], deliverables=["src/x.py (the index)", "docs/y.md"])
    context = gather(wanted, "t", trees, limits(), Redactor())
    missing = {f.path for f in context.files if f.missing}
    assert missing == {"new.py", "src/x.py"}
    assert context.omitted == (("gone.py", "it does not exist"),)


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        (".env", b"K=1\n", "secrets"),
        ("keys/id_rsa", b"x\n", "secrets"),
        ("logo.bin", b"\x89PNG\0\0", "binary"),
        ("link.py", (b"/etc/passwd", SYMLINK), "symbolic link"),
        ("sub", (b"", GITLINK), "submodule"),
        ("data.csv", b"version https://git-lfs.example/spec/v1\noid sha256:0\nsize 3\n", "LFS"),
        ("huge.txt", b"x" * (5 * 1024 * 1024), "larger"),
    ],
)
def test_what_is_no_text_is_omitted_with_the_reason(memory_trees, limits, path, content, why):
    for scope in ((path,), ("./",)):
        context = gather(phase(*scope), "t", memory_trees({path: content, "a.py": b"a\n"}), limits(), Redactor())
        assert path not in paths_of(context)
        assert [why in reason for p, reason in context.omitted if p == path] == [True]


def test_a_folder_without_its_slash_is_not_taken_for_a_new_file(memory_trees, limits):
    context = gather(phase("src"), "t", memory_trees({"src/a.py": b"a\n", "src2.py": b""}), limits(), Redactor())
    assert not context.files and "folder" in context.omitted[0][1]


def test_a_secret_named_file_is_never_even_read(memory_trees, limits):
    trees = memory_trees({"src/.env": b"K=1\n", "src/.env.example": b"K=\n"})
    context = gather(phase("src/", ".netrc", read_only=["src/.env"]), "t", trees, limits(), Redactor())
    assert trees.reads == ["src/.env.example"]
    assert dict(context.omitted).keys() == {"src/.env", ".netrc"}


def test_redacted_files_keep_their_lines_and_are_not_given_back_whole(memory_trees, limits):
    data = f'KEY = "{KEY}"\nx = 1\n{PEM}last = 2\n'.encode()
    file = gather(phase("a.py"), "t", memory_trees({"a.py": data}), limits(), Redactor()).files[0]
    assert KEY not in file.text and "MIIB" not in file.text and MARKER in file.text
    assert file.truncated and "secret" in file.altered
    assert file.text.split("\n")[6] == "last = 2"
    assert file.total_lines == 7 and file.blob == blob_id(data)


def test_a_known_secret_over_several_lines_hides_the_file(memory_trees, limits):
    redactor = Redactor(["first line\nsecond line"])
    context = gather(phase("a.py"), "t", memory_trees({"a.py": b"x\nfirst line\nsecond line\ny\n"}), limits(), redactor)
    assert not context.files and "secret" in context.omitted[0][1]


@pytest.mark.parametrize(
    ("data", "altered"),
    [
        (b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", False),
        ("smile = '\u26a0\ufe0f \U0001f468\u200d\U0001f469'\n".encode(), False),
        ("x = 1 # \u202e evil\n".encode(), True),
        (b"name = 'caf\xe9'\n", True),
        (b"RED = '\x1b[31m'\n", True),
    ],
)
def test_altered_says_when_the_text_is_not_the_blob(memory_trees, limits, data, altered):
    file = gather(phase("a.py"), "t", memory_trees({"a.py": data}), limits(), Redactor()).files[0]
    assert (bool(file.altered), file.truncated) == (altered, altered)
    assert "\r" not in file.text and "\ufeff" not in file.text and "\u202e" not in file.text and "\x1b" not in file.text


def test_a_long_file_is_cut_at_a_line_and_says_so(memory_trees, limits):
    data = b"".join(b"line %d\n" % n for n in range(1000))
    file = gather(phase("a.py"), "t", memory_trees({"a.py": data}), limits(max_chars_per_file=500), Redactor()).files[0]
    assert file.truncated and file.total_lines == 1000
    assert file.text.endswith("\n") and len(file.text) <= 500 and data.decode().startswith(file.text)


def test_one_endless_line_is_cut_within_it(memory_trees, limits):
    trees = memory_trees({"a.js": b"x" * 9000})
    file = gather(phase("a.js"), "t", trees, limits(max_chars_per_file=1000), Redactor()).files[0]
    assert len(file.text) == 1000 and file.truncated and file.total_lines == 1


def test_what_the_phase_names_gets_room_before_what_lies_in_its_folders(memory_trees, limits):
    files: dict = {f"src/m{n:03}.py": b"x = 1\n" for n in range(100)} | {"src/z_goal.py": b"z\n", "ref.py": b"r\n"}
    wanted = phase("src/", read_only=["ref.py"], deliverables=["src/z_goal.py"],
                   tests=Tests(must_pass=["src/m099.py::test_x"]))  # fmt: skip
    trees = memory_trees(files)
    context = gather(wanted, "t", trees, limits(max_files=5), Redactor())
    assert len(context.files) == 5 == len(trees.reads)
    assert {"src/z_goal.py", "src/m099.py", "ref.py"} <= set(paths_of(context))
    assert "more than 5 files" in context.omitted[0][1] and len(context.omitted) == 97


def test_the_total_is_kept_and_long_lists_of_omitted_files_are_summed_up(memory_trees, limits):
    files: dict = {f"src/m{n:03}.py": b"y = 22\n" * 100 for n in range(300)}
    context = gather(phase("src/"), "t", memory_trees(files), limits(max_total_chars=3000, max_files=400), Redactor())
    assert sum(len(f.text) for f in context.files) <= 3000
    assert len(context.omitted) == 201 and "more files" in context.omitted[-1][0]


def test_a_path_both_writable_and_read_only_is_shown_once(memory_trees, limits):
    context = gather(
        phase("src/", read_only=["src/a.py"]), "t", memory_trees({"src/a.py": b"a\n"}), limits(), Redactor()
    )
    assert [(f.path, f.writable) for f in context.files] == [("src/a.py", True)]
