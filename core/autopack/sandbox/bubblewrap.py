"""Level 3: bubblewrap, its flags and the self-test that decides whether it is used."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from autopack.sandbox.confinement import Confinement, SelfTest
from autopack.sandbox.endings import end_hard, ending_of
from autopack.sandbox.environment import FIXED_PATH, scrubbed_environment
from autopack.sandbox.mounts import mount_arguments
from autopack.sandbox.process import ProcessSpec
from autopack.sandbox.spawn import read_now, spawn
from autopack.sandbox.syscalls import filter_for, this_architecture
from autopack.sandbox.view import ViewRefused

_FLAGS = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL"),
)
_NAMESPACES = ("pid", "net", "user", "mnt", "ipc")
_PROBE = """
echo made > "$1/made" || exit 40
( echo > /usr/autopack-probe ) 2>/dev/null && exit 41
[ -e "$2" ] && exit 42
[ -n "$(ls -A /tmp/. | grep -vxF "$3")" ] && exit 43
[ -w /proc/sys/kernel/core_pattern ] && exit 44
for name in {names}; do readlink "/proc/self/ns/$name"; done
""".replace("{names}", " ".join(_NAMESPACES))
_MEANING = {
    40: "the worktree is not writable in it",
    41: "/usr is writable in it",
    42: "a file that was not given is visible in it",
    43: "/tmp is not private in it",  # noqa: S108
    44: "kernel settings are writable in it",
}


def confinement(spec: ProcessSpec) -> Confinement:
    """The bubblewrap command, what it reads from a descriptor, and its system call filter where the machine's calls are
    known. Raises ViewRefused."""
    program = _program()
    if program is None:
        raise ViewRefused("bubblewrap is no longer installed")
    network = ["--share-net"] if spec.network else []
    architecture = this_architecture()
    calls = filter_for(architecture, namespaces=True) if architecture else b""
    return Confinement(3, [program, *_FLAGS, *network], mount_arguments(spec), program=calls)


@functools.cache
def self_test() -> SelfTest:
    """Run one real command in it, once per process (about 30 ms)."""
    if not sys.platform.startswith("linux"):
        return SelfTest(False, "bubblewrap works on Linux only")
    program = _program()
    if program is None:
        return SelfTest(False, "bubblewrap is not installed (apt install bubblewrap)")
    with tempfile.TemporaryDirectory(prefix="autopack-probe-") as folder:
        return _probe(program, Path(os.path.realpath(folder)))


def _program() -> str | None:
    """Never looked for on the user's PATH, which may name a workspace."""
    return shutil.which("bwrap", path=FIXED_PATH)


def _probe(program: str, folder: Path) -> SelfTest:
    given, secret = folder / "given", folder / "secret"
    given.mkdir()
    secret.write_text("x")
    spec = ProcessSpec(
        argv=(
            "/bin/sh",
            "-c",
            _PROBE,
            "probe",
            str(given),
            str(secret),
            folder.parts[2],
        ),
        cwd=given,
        env=scrubbed_environment({}),
        nonce="self-test",
        writable=(given,),
    )
    try:
        child = spawn(spec, False, confinement(spec))
    except (OSError, ViewRefused) as error:
        return SelfTest(False, f"bubblewrap cannot be started: {error}")
    try:
        child.popen.wait(10)
    except subprocess.TimeoutExpired:
        end_hard(child)
    output = read_now(child.pipes.output, 65536) or b""
    ending = ending_of(child, "bubblewrap", 3, output)
    child.pipes.close()
    if ending.exit_code != 0 or not ending.started:
        return SelfTest(False, f"bubblewrap does not work here: {_why(ending.exit_code, ending.error)}")
    seen = output.decode().split()
    shared = [name for name, there in zip(_NAMESPACES, seen, strict=False) if there == _namespace(name)]
    if shared or len(seen) != len(_NAMESPACES) or not (given / "made").exists():
        return SelfTest(False, f"bubblewrap does not confine here: shared {', '.join(shared) or 'worktree'}")
    return SelfTest(True, f"{_version(program)}, its self-test passed: files, processes and network are confined")


def _why(code: int | None, error: str) -> str:
    if code in _MEANING:
        return _MEANING[code]
    if any(word in error for word in ("uid map", "namespace", "NEWUSER", "Operation not permitted")):
        return f"{error} (user namespaces may be switched off for unprivileged users: AppArmor, sysctl, container)"
    return error or f"its probe ended with {code}"


def _namespace(name: str) -> str:
    return os.readlink(f"/proc/self/ns/{name}")  # noqa: PTH115


def _version(program: str) -> str:
    run = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False, env={})
    return run.stdout.strip() or "bubblewrap"
