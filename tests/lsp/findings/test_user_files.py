from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack_server.lsp.findings.text import MAX_BYTES, MAX_LINES, Text, TextCache
from autopack_server.lsp.findings.uris import file_uri
from autopack_server.lsp.findings.user_files import (
    DiskFiles,
    OpenDocument,
    OpenDocuments,
    UserFile,
    plan_file,
    user_copy,
)

NONE_OPEN = OpenDocuments([])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src/a.py").write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    (tmp_path / "secret.py").write_text("secret\n")
    return root


def content(file: UserFile) -> list[str] | None:
    return file.text.lines if file.text is not None else None


def test_a_file_is_read_from_disk_and_again_when_it_changed(root: Path) -> None:
    disk = DiskFiles()
    found = user_copy(root, "src/a.py", NONE_OPEN, disk)
    assert content(found) == ["one", "two", ""]
    assert (found.uri, found.version) == (file_uri(root / "src/a.py"), None)
    assert user_copy(root, "src/a.py", NONE_OPEN, disk).text is found.text
    (root / "src/a.py").write_text("other\n")
    assert content(user_copy(root, "src/a.py", NONE_OPEN, disk)) == ["other", ""]
    (root / "src/a.py").unlink()
    assert content(user_copy(root, "src/a.py", NONE_OPEN, disk)) is None


def test_an_open_document_is_the_truth_under_its_own_spelling(root: Path) -> None:
    (root / "src/b c@.py").write_text("disk\n")
    spelled = file_uri(root / "src").replace("/src", "/%73rc") + "/b%20c%40.py"
    found = user_copy(root, "src/b c@.py", OpenDocuments([OpenDocument(spelled, 7, "buffer")]), DiskFiles())
    assert (found.uri, found.version, content(found)) == (spelled, 7, ["buffer"])
    assert found.path_uri == file_uri(root / "src/b c@.py")


def test_a_document_opened_through_a_link_is_the_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    opened = OpenDocuments([OpenDocument(file_uri(tmp_path / "link/src/a.py"), 2, "buffer")])
    assert user_copy(root, "src/a.py", opened, DiskFiles()).version == 2
    assert user_copy(tmp_path / "link", "src/a.py", opened, DiskFiles()).version == 2


@pytest.mark.parametrize(
    "path",
    ["../secret.py", "src/../../secret.py", "src/../src/a.py", "/etc/hostname", ".", "out.py", "out/secret.py", "a\0b"],
)
def test_what_lies_outside_is_no_user_copy(root: Path, tmp_path: Path, path: str) -> None:
    (root / "out.py").symlink_to(tmp_path / "secret.py")
    (root / "out").symlink_to(tmp_path)
    opened = OpenDocuments([OpenDocument(file_uri(tmp_path / "secret.py"), 1, "secret\n")])
    assert user_copy(root, path, opened, DiskFiles()).text is None


def test_a_link_inside_is_the_file_it_names(root: Path) -> None:
    (root / "in.py").symlink_to(root / "src/a.py")
    assert content(user_copy(root, "in.py", NONE_OPEN, DiskFiles())) == ["one", "two", ""]


@pytest.mark.parametrize(
    "data",
    [b"a\0b", b"\xff\xfea", b"caf\xe9", b"x" * (MAX_BYTES + 1), b"\n" * MAX_LINES],
    ids=lambda data: str(len(data)),
)
def test_what_is_no_text_or_too_large_is_no_user_copy(root: Path, data: bytes) -> None:
    (root / "b").write_bytes(data)
    assert user_copy(root, "b", NONE_OPEN, DiskFiles()).text is None


@pytest.mark.parametrize("text", ["a\0b", "x" * (MAX_BYTES + 1), "\r" * MAX_LINES], ids=len)
def test_the_same_holds_for_open_documents(root: Path, text: str) -> None:
    opened = OpenDocuments([OpenDocument(file_uri(root / "src/a.py"), 1, text)])
    found = user_copy(root, "src/a.py", opened, DiskFiles())
    assert (found.text, found.version) == (None, 1)


def test_a_pipe_a_folder_and_a_device_are_no_user_copy(root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "null").symlink_to("/dev/null")
    for path in ("pipe", "src", "null"):
        assert user_copy(root, path, NONE_OPEN, DiskFiles()).text is None


def test_a_plan_is_read_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("a: 1\n")
    uri = file_uri(tmp_path / "p.yaml")
    assert content(plan_file(uri, NONE_OPEN, DiskFiles())) == ["a: 1", ""]
    assert plan_file(uri, OpenDocuments([OpenDocument(uri, 3, "b")]), DiskFiles()).version == 3
    assert plan_file("untitled:p.yaml", NONE_OPEN, DiskFiles()) == UserFile("untitled:p.yaml", None, None)


def test_what_was_read_is_kept_within_bounds() -> None:
    cache = TextCache(limit=25)
    for key in "abc":
        cache.put(key, Text("x" * 9))
        cache.get("a")
    assert [key for key in "abc" if key in cache] == ["a", "c"]
    cache.put("a", None)
    cache.put("d", Text("y" * 9))
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]
