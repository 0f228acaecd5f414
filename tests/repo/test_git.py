"""The four invocations: what each process is given, and how it ends."""

from __future__ import annotations

import subprocess

import pytest

from autopack.errors import EnvironmentRefused
from autopack.repo import GitFailed, Mode, run_git
from autopack.repo.git import HARDENING, environment, git_binary


def config_of(env: dict[str, str]) -> dict[str, str]:
    count = int(env["GIT_CONFIG_COUNT"])
    return {env[f"GIT_CONFIG_KEY_{i}"]: env[f"GIT_CONFIG_VALUE_{i}"] for i in range(count)}


@pytest.mark.parametrize("mode", [Mode.RUN, Mode.OBSERVE, Mode.PUBLISH])
def test_nothing_is_inherited(mode, monkeypatch):
    for name in ("GIT_DIR", "GIT_TRACE", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "LD_PRELOAD", "MY_API_KEY"):
        monkeypatch.setenv(name, "evil")
    env = environment(mode)
    assert "evil" not in env.values() and env["GIT_CONFIG_GLOBAL"] == "/dev/null"
    assert dict(HARDENING).items() <= config_of(env).items()
    assert env["GIT_ALLOW_PROTOCOL"] == ("file" if mode is Mode.PUBLISH else "none")


def test_promote_is_the_users_git_without_a_foreign_repository(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/my/config")
    env = environment(Mode.PROMOTE)
    assert "GIT_DIR" not in env and env["GIT_SSH_COMMAND"] == "ssh -i key" and env["GIT_CONFIG_GLOBAL"] == "/my/config"
    assert config_of(env) == {}


def test_configuration_values_may_hold_anything(tmp_path):
    seen = run_git(Mode.RUN, ["config", "--get", "a.b=c d.e"], cwd=tmp_path, config=[("a.b=c d.e", "x\n=y")])
    assert seen.text == "x\n=y"


def test_failure_names_the_command_and_gits_words(tmp_path):
    with pytest.raises(GitFailed, match="git rev-parse failed: fatal: not a git repository") as caught:
        run_git(Mode.RUN, ["rev-parse", "HEAD"], cwd=tmp_path)
    assert caught.value.code == "AP901" and caught.value.exit_code == 4 and caught.value.hint


def test_disk_full_has_its_own_hint():
    assert "disk space" in GitFailed("fetch", 128, "fatal: write error: No space left on device").hint


def test_timeout_ends_the_process(repo):
    with pytest.raises(GitFailed, match="no end after"):
        run_git(Mode.RUN, ["-c", "alias.wait=!sleep 60", "wait"], cwd=repo.root, timeout=0.2)


def test_old_git_is_refused(tmp_path, monkeypatch):
    from autopack.repo import git

    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.30.1\n")
    old.chmod(0o755)
    monkeypatch.setattr(git, "_FOLDERS", (str(tmp_path),))
    git_binary.cache_clear()
    with pytest.raises(EnvironmentRefused, match=r"2\.38 or newer is needed, found: git version 2\.30\.1"):
        git_binary()
    git_binary.cache_clear()


def test_children_are_marked_with_the_runs_nonce(user, tmp_path):
    from autopack.repo import PrivateRepo

    private = PrivateRepo.ensure(tmp_path / "state", user, nonce="n0nce")
    seen = private.git("-c", "alias.show-nonce=!echo $AUTOPACK_NONCE", "show-nonce")
    assert seen.text == "n0nce"


def test_git_is_found_where_the_system_keeps_it():
    assert subprocess.run([git_binary(), "version"], capture_output=True).returncode == 0
