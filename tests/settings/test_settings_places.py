from __future__ import annotations

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autopack.errors import UsageError
from autopack.settings import config_file, remember_trust, state_dir, state_root, trusted


def test_places_follow_the_environment(tmp_path: Path) -> None:
    home = {"HOME": "/h"}
    assert config_file(home) == Path("/h/.config/autopack/config.yaml")
    assert config_file(home | {"XDG_CONFIG_HOME": "/c"}) == Path("/c/autopack/config.yaml")
    assert config_file(home | {"XDG_CONFIG_HOME": "relative"}) == Path("/h/.config/autopack/config.yaml")
    assert state_root(home) == Path("/h/.local/state/autopack")
    assert state_root(home | {"XDG_STATE_HOME": "/s"}) == Path("/s/autopack")
    assert state_root(home | {"AUTOPACK_STATE_DIR": str(tmp_path)}) == tmp_path


def test_state_is_private(tmp_path: Path) -> None:
    env = {"AUTOPACK_STATE_DIR": str(tmp_path / "a/b")}
    folder = state_dir(env, "repo1")
    assert folder == tmp_path / "a/b/repo1"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    folder.chmod(0o755)
    assert stat.S_IMODE(state_dir(env, "repo1").stat().st_mode) == 0o700


def test_a_state_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="AUTOPACK_STATE_DIR"):
        state_dir({"AUTOPACK_STATE_DIR": str(tmp_path / "file")}, "repo1")


def test_trust_is_remembered_also_when_many_agree_at_once(tmp_path: Path) -> None:
    env = {"AUTOPACK_STATE_DIR": str(tmp_path)}
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(24)]
    assert not trusted(env, digests[0])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda digest: remember_trust(env, digest), digests * 2))
    assert all(trusted(env, digest) for digest in digests)
    assert len((tmp_path / "trusted").read_text().split()) == len(digests)
    assert not trusted(env, "0" * 64)
    with pytest.raises(ValueError, match="not a digest"):
        remember_trust(env, "anything\n" + digests[0])


def test_a_damaged_trust_file_trusts_nothing_it_does_not_say(tmp_path: Path) -> None:
    env = {"AUTOPACK_STATE_DIR": str(tmp_path)}
    digest = "ab" * 32
    (tmp_path / "trusted").write_bytes(b"\xff\x00 garbage\n" + digest[:40].encode())
    assert not trusted(env, digest)
    remember_trust(env, digest)
    assert trusted(env, digest)
