"""Whole or not at all: what a write leaves when it goes well, is refused, or meets a link."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from autopack.durable import create, write_whole


def test_an_old_file_gives_way_with_the_mode_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o644)
    umask = os.umask(0o022)
    try:
        write_whole(path, b"new")
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
        write_whole(path, b"shared", mode=0o666, flush=False)
        assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"shared", 0o644)
    finally:
        os.umask(umask)
    assert os.listdir(tmp_path) == ["a"]


def test_a_disk_that_fills_up_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        write_whole(path, b"new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a"]


def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_text("theirs")
    ours.symlink_to(theirs)
    with pytest.raises(FileExistsError):
        create(ours, b"x")
    write_whole(ours, b"ours")
    assert (theirs.read_text(), ours.read_text(), ours.is_symlink()) == ("theirs", "ours", False)


def test_the_longest_name_there_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127)
    write_whole(path, b"x")
    assert path.read_bytes() == b"x"
