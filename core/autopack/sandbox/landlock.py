"""Level 2: Landlock and seccomp without any program besides Python, and the self-test that decides whether it is used.

There is no file system of its own here, so the private temporary folder and home are made for each command outside of
it and named in its environment.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.sandbox.confinement import Confinement, SelfTest
from autopack.sandbox.endings import end_hard, ending_of
from autopack.sandbox.environment import scrubbed_environment
from autopack.sandbox.process import ProcessSpec
from autopack.sandbox.ruleset import LEAST_ABI, SIGNALS_ABI, landlock_abi, ruleset_of
from autopack.sandbox.spawn import read_now, spawn
from autopack.sandbox.syscalls import filter_for, this_architecture
from autopack.sandbox.view import ViewRefused

if TYPE_CHECKING:
    from collections.abc import Generator

PROBE = Path(__file__).with_name("landlock_probe.py")
_OPEN_SIGNALS = "; signals to other processes are not confined (Linux 6.12 would)"


@contextlib.contextmanager
def with_private_folders(spec: ProcessSpec) -> Generator[ProcessSpec]:
    """`spec` with a home and a temporary folder it may write, where its own are none; they are gone afterwards.

    git's system configuration lies outside of what is shown; git ends when it sees that file and cannot read it.
    """
    env = {"GIT_CONFIG_NOSYSTEM": "1", **spec.env}
    lacking = [name for name in ("HOME", "TMPDIR") if not _writable(env.get(name, ""), spec)]
    if not lacking:
        yield replace(spec, env=env)
        return
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="autopack-")))
    made = {name: folder / name.lower() for name in lacking}
    try:
        for path in made.values():
            path.mkdir(mode=0o700)
        named = {name: str(path) for name, path in made.items()}
        yield replace(spec, env=env | named, writable=(*spec.writable, *made.values()))
    finally:
        with contextlib.suppress(OSError):
            _remove(folder)


def confinement(spec: ProcessSpec) -> Confinement:
    """What the launcher takes upon the command. Raises ViewRefused."""
    architecture = this_architecture()
    if architecture is None:
        raise ViewRefused("the system calls of this machine are not known")
    program = filter_for(architecture, namespaces=False, network=spec.network)
    return Confinement(2, ruleset=ruleset_of(spec, landlock_abi()), program=program)


@functools.cache
def self_test() -> SelfTest:
    """Try to get out of it with one real command, once per process (about 70 ms)."""
    abi = landlock_abi()
    if abi == 0:
        return SelfTest(False, "this kernel has no Landlock, or has it switched off")
    if abi < LEAST_ABI:
        return SelfTest(False, f"Landlock version {abi} of this kernel does not keep files from being emptied")
    if this_architecture() is None:
        return SelfTest(False, f"no system call filter for {os.uname().machine}")
    with tempfile.TemporaryDirectory(prefix="autopack-probe-") as folder:
        return _probe(Path(os.path.realpath(folder)), abi)


def _probe(folder: Path, abi: int) -> SelfTest:
    given, outside = folder / "given", folder / "outside"
    given.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("x")
    (given / "link").symlink_to(outside)
    spec = ProcessSpec(
        argv=(sys.executable, "-I", "-S", str(PROBE), str(given), str(outside), str(abi >= SIGNALS_ABI)),
        cwd=given,
        env=scrubbed_environment({}),
        nonce="self-test",
        writable=(given,),
        readable=(PROBE,),
    )
    with with_private_folders(spec) as own:
        try:
            child = spawn(own, False, confinement(own))
        except (OSError, ViewRefused) as error:
            return SelfTest(False, f"Landlock cannot be used: {error}")
        try:
            child.popen.wait(10)
        except subprocess.TimeoutExpired:
            end_hard(child)
    output = read_now(child.pipes.output, 65536) or b""
    ending = ending_of(child, "the probe", 2, output)
    child.pipes.close()
    if not ending.started or ending.exit_code != 0 or not (given / "made").exists():
        said = ending.error or output.decode("utf-8", "replace").strip() or f"its probe ended with {ending.exit_code}"
        return SelfTest(False, f"Landlock and seccomp do not confine here: {said}")
    return SelfTest(
        True,
        f"Landlock version {abi} and seccomp, their self-test passed: files and network are confined, sockets are only"
        f" for tests that may use the network{'' if abi >= SIGNALS_ABI else _OPEN_SIGNALS}",
    )


def _writable(folder: str, spec: ProcessSpec) -> bool:
    return any(Path(folder).is_relative_to(path) for path in spec.writable) and Path(folder).is_dir()


def _remove(folder: Path) -> None:
    """However deep the command built and whatever it closed to itself: each folder is brought to the top, then emptied.
    No process of it is left, so no folder turns into a link meanwhile."""
    left, number = [folder], 0
    while left:
        current = left.pop()
        with os.scandir(current) as entries:
            inner = list(entries)
        for entry in inner:
            if not entry.is_dir(follow_symlinks=False):
                Path(entry).unlink()
                continue
            number += 1
            Path(entry).chmod(0o700)
            left.append(Path(entry).rename(folder / str(number)))
        if current != folder:
            current.rmdir()
    folder.rmdir()
