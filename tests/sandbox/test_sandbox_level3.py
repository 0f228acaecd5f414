"""What bubblewrap adds: nothing is visible, writable or reachable that was not given."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autopack.sandbox.mounts import mount_arguments
from autopack.sandbox.view import ViewRefused


def text(result):
    return result.output.decode()


def test_only_what_was_given_is_visible(confined, bench):
    (bench.outside / "file").write_text("secret")
    home = Path.home()
    result = bench.run(
        confined, bench.sh(f"ls -A {bench.worktree.parent}; ls {home}/.ssh {home}/.bashrc; ls /work; cat /etc/shadow")
    )
    assert text(result).splitlines()[0] == "wt"
    assert "outside" not in text(result)
    assert text(result).count("No such file") >= 3


def test_the_rest_is_read_only(confined, bench):
    places = "/probe /usr/probe /etc/probe /run/probe /dev/probe /var/probe /root/probe /proc/sys/kernel/domainname"
    script = f"for p in {places}; do ( echo x > $p ) 2>/dev/null && echo wrote $p; done; mkdir /new; echo end"
    result = bench.run(confined, bench.sh(script))
    assert "wrote" not in text(result)
    assert "Read-only" in text(result)
    assert text(result).endswith("end\n")


def test_no_kernel_setting_can_be_written_even_by_root(confined, bench):
    """Found here: with --disable-userns bubblewrap leaves /proc/sys writable for root, core_pattern included."""
    find = "find /proc -path '/proc/[0-9]*' -prune -o -path '/proc/*self' -prune -o -type f -writable -print"
    result = bench.run(confined, bench.sh(f"{find} 2>/dev/null; test -r /proc/sys/kernel/core_pattern && echo seen"))
    assert text(result) == "seen\n"


def test_a_readable_folder_cannot_be_written(confined, bench):
    (bench.outside / "file").write_text("shown")
    result = bench.run(
        confined, bench.sh(f"cat {bench.outside}/file; echo x > {bench.outside}/file", readable=(bench.outside,))
    )
    assert text(result).startswith("shown")
    assert (bench.outside / "file").read_text() == "shown"


def test_a_readable_part_of_a_writable_tree_holds_against_rename(confined, bench):
    git = bench.worktree / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref")
    script = "echo x > .git/HEAD; rm -rf .git; mv .git other; echo free > other-file; cat .git/HEAD"
    result = bench.run(confined, bench.sh(script, readable=(git,)))
    assert text(result).endswith("ref")
    assert (git / "HEAD").read_text() == "ref"
    assert (bench.worktree / "other-file").exists()


def test_hidden_things_are_empty(confined, bench):
    for name in ("keys", "state"):
        (bench.outside / name).mkdir()
        (bench.outside / name / "file").write_text("secret")
    (bench.outside / "token").write_text("secret")
    inner = bench.outside / "state" / "wt2"
    inner.mkdir()
    result = bench.run(
        confined,
        bench.sh(
            f"cd {bench.outside}; ls keys state; cat token; echo in > state/wt2/made; echo x > keys/made; echo end",
            readable=(bench.outside,),
            writable=(bench.worktree, inner),
            hidden=(bench.outside / "keys", bench.outside / "state", bench.outside / "token"),
        ),
    )
    assert "secret" not in text(result)
    assert text(result).endswith("end\n")
    assert (inner / "made").read_text() == "in\n"
    assert not (bench.outside / "keys" / "made").exists()


@pytest.mark.parametrize("kind", ["readable", "writable", "hidden"])
@pytest.mark.parametrize("link", [".git", "sub"])
def test_a_link_inside_the_worktree_is_never_a_mount_target(confined, bench, kind, link):
    (bench.worktree / link).symlink_to(bench.outside)
    target = bench.worktree / link if link == ".git" else bench.worktree / link / "deep"
    given = (bench.worktree, target) if kind == "writable" else (target,)
    before = sorted(os.walk(bench.outside))
    result = bench.run(confined, bench.sh("echo ran > ran", **{kind: given}))
    assert not result.started
    assert "symbolic link" in result.error
    assert link in result.error
    assert not (bench.worktree / "ran").exists()
    assert sorted(os.walk(bench.outside)) == before


def test_nothing_is_made_in_the_worktree_for_a_missing_path(confined, bench):
    missing = bench.worktree / "not" / "there"
    result = bench.run(confined, bench.sh("ls -A", readable=(missing,), hidden=(missing,)))
    assert result.ok
    assert result.output == b""
    assert list(bench.worktree.iterdir()) == []
    assert not bench.run(confined, bench.sh("true", writable=(bench.worktree, missing))).started


def test_a_worktree_reached_through_a_link_is_there_under_both_names(confined, bench):
    name = bench.outside / "link"
    name.symlink_to(bench.worktree)
    result = bench.run(confined, bench.sh(f"pwd; echo made > {bench.worktree}/made", cwd=name, writable=(name,)))
    assert result.ok, result.output
    assert (bench.worktree / "made").exists()


@pytest.mark.parametrize("path", ["/", "/proc", "/etc", "/usr", "relative", "/tmp/../etc"])
def test_whole_systems_and_unclear_paths_are_refused(bench, path):
    with pytest.raises(ViewRefused):
        mount_arguments(bench.sh("true", readable=(Path(path),)))


def test_other_processes_and_their_environment_are_invisible(confined, bench, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-secret")
    secret = subprocess.Popen(["sleep", "60"])
    script = "ls /proc | grep -c '^[0-9]'; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline"
    result = bench.run(confined, bench.sh(script))
    secret.kill()
    secret.wait()
    assert int(text(result).split()[0]) < 10
    assert "sk-secret" not in text(result)
    assert "ro-bind" not in text(result)


def test_network_is_out_of_reach_unless_given(confined, bench):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)"
        apart = bench.run(confined, bench.spec(sys.executable, "-c", connect))
        given = bench.run(confined, bench.spec(sys.executable, "-c", connect, network=True))
    own = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(s.getsockname(), 3); print('loopback')"
    )
    assert b"ConnectionRefused" in apart.output
    assert given.ok, given.output
    assert bench.run(confined, bench.spec(sys.executable, "-c", own)).output == b"loopback\n"


def test_no_capabilities_and_no_nested_user_namespace(confined, bench):
    result = bench.run(confined, bench.sh("grep -E '^Cap|^NoNew' /proc/self/status; unshare -U true && echo nested"))
    lines = dict(line.split(":") for line in text(result).splitlines() if line.startswith(("Cap", "NoNew")))
    assert {int(value, 16) for name, value in lines.items() if name.startswith("Cap")} == {0}
    assert lines["NoNewPrivs"].strip() == "1"
    assert "nested" not in text(result)


def test_temporary_folders_are_private_and_writable(confined, bench):
    name = f"autopack-{bench.nonce}"
    result = bench.run(confined, bench.sh(f"for d in /tmp /var/tmp /dev/shm; do echo x > $d/{name} || exit 1; done"))
    assert result.ok, result.output
    assert not Path("/tmp", name).exists()
    assert not Path("/dev/shm", name).exists()


def test_the_report_channel_cannot_be_reached_from_the_status_side(confined, bench):
    """bubblewrap's status pipe, by which we learn the exit code, is not among the command's descriptors."""
    script = "for f in /proc/self/fd/*; do echo '{ \"exit-code\": 0 }' > $f; done 2>/dev/null; exit 9"
    assert bench.run(confined, bench.sh(script)).exit_code == 9


def test_the_interpreter_of_a_virtual_environment_runs_with_its_packages(confined, bench):
    venv = bench.outside / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    package = next((venv / "lib").glob("python3*")) / "site-packages" / "only_here.py"
    package.write_text("VALUE = 'from the venv'")
    result = bench.run(
        confined, bench.spec(str(venv / "bin" / "python"), "-c", "import only_here, ssl; print(only_here.VALUE)")
    )
    assert text(result) == "from the venv\n"


def test_links_of_the_worktree_open_no_door(confined, bench):
    """A program in the worktree that is a link, an environment there that names a home: neither shows what it names."""
    (bench.outside / "lib").mkdir()
    (bench.outside / "lib" / "secret").write_text("secret")
    (bench.worktree / "bin").mkdir()
    (bench.worktree / "bin" / "tool").symlink_to(bench.outside / "lib" / "secret")
    (bench.worktree / "bin" / "shell").write_text(f"#!/bin/sh\nls -R {bench.outside}\n")
    (bench.worktree / "bin" / "shell").chmod(0o755)
    (bench.worktree / "pyvenv.cfg").write_text(f"home = {bench.outside}/lib\n")
    through_link = bench.run(confined, bench.spec(str(bench.worktree / "bin" / "tool")))
    through_home = bench.run(confined, bench.spec(str(bench.worktree / "bin" / "shell")))
    assert not through_link.started
    assert "secret" not in text(through_home)


def test_an_inner_loop_ends_with_a_finished_thread(confined, bench):
    """The thread that started a sandbox ends only after the sandbox: its death signal hits nobody."""
    results = []

    def work():
        results.append(bench.run(confined, bench.sh("sleep 0.05; exit 3")))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results[0].exit_code == 3
