"""The only place that spawns git: four invocations, each with a complete environment of its own (docs/repository.md).

RUN      private repository; no configuration but our constant one, nothing executable, no transport.
OBSERVE  the user's repository, reading; RUN's hardening, with what the user's ignore and line-end rules need passed in.
PUBLISH  the user's repository, writing the pin and the branch; OBSERVE's hardening with the local transport allowed.
PROMOTE  the user's own git with the user's configuration and hooks; only on a person's command.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MINIMUM = (2, 38)
DEFAULT_TIMEOUT = 600.0
_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")

Config = tuple[str, str]


class Mode(Enum):
    RUN = "run"
    OBSERVE = "observe"
    PUBLISH = "publish"
    PROMOTE = "promote"


HARDENING: tuple[Config, ...] = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("sequence.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.askPass", "false"),
    ("core.gitProxy", ""),
    ("core.alternateRefsCommand", "false"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.symlinks", "true"),
    ("core.quotePath", "false"),
    ("core.safecrlf", "false"),
    ("core.useReplaceRefs", "false"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("gpg.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
    ("log.showSignature", "false"),
    ("submodule.recurse", "false"),
    ("safe.bareRepository", "explicit"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
)
_PUBLISHING: tuple[Config, ...] = (
    ("protocol.file.allow", "always"),
    ("core.logAllRefUpdates", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fetch.fsckObjects", "false"),
    ("core.fsync", "committed,reference"),
)
_LOCAL_ENVIRONMENT = re.compile(
    r"GIT_(?!CONFIG_GLOBAL$|CONFIG_SYSTEM$|CONFIG_NOSYSTEM$|SSH|ASKPASS$|AUTHOR_|COMMITTER_|EXEC_PATH$)"
)


class GitFailed(EnvironmentRefused):
    """A git command of ours ended with an error nobody expected; `stderr` is git's own words."""

    def __init__(self, command: str, code: int, stderr: str) -> None:
        words = " ".join(stderr.split()) or f"exit code {code}"
        if _PACK_FULL in words:
            words = f"no space left ({words})"
        super().__init__(f"git {command} failed: {words}", hint=_hint(stderr))
        self.command = command
        self.returncode = code
        self.stderr = stderr


_PACK_FULL = "Out of diskspace"
"""What git says when it writes a pack to a full disk."""


def _hint(stderr: str) -> str:
    if "No space left" in stderr or _PACK_FULL in stderr:
        return "Free some disk space, then resume the run."
    if "Read-only file system" in stderr or "Permission denied" in stderr:
        return "Make the folder writable, then resume the run."
    return "Run `git fsck` in the repository; if it is clean, resume the run."


@dataclass(frozen=True, slots=True)
class GitResult:
    stdout: bytes
    stderr: str
    code: int

    @property
    def text(self) -> str:
        """Standard output as text, without the final line end; bytes that are no UTF-8 survive as surrogates."""
        return decode(self.stdout).rstrip("\n")

    def fields(self) -> list[str]:
        """NUL-separated output."""
        return decode(self.stdout).split("\0")[:-1]


def decode(data: bytes) -> str:
    """git's bytes as the text used everywhere for paths: UTF-8, foreign bytes kept as surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The inverse of `decode`."""
    return text.encode("utf-8", "surrogateescape")


@functools.cache
def git_binary() -> str:
    """git's absolute path: from fixed system folders, else from entries of PATH outside the current folder."""
    here = Path.cwd()
    entries = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p.startswith("/")]
    outside = [str(p) for p in entries if p.resolve() != here and here not in p.resolve().parents]
    found = shutil.which("git", path=os.pathsep.join(_FOLDERS)) or shutil.which("git", path=os.pathsep.join(outside))
    if not found:
        raise EnvironmentRefused("git is not installed", hint="Install it: apt install git")
    reply = subprocess.run([found, "version"], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    match = re.search(rb"(\d+)\.(\d+)", reply.stdout)
    if match is None or (int(match[1]), int(match[2])) < MINIMUM:
        seen = reply.stdout.decode("ascii", "replace").strip() or "unknown"
        raise EnvironmentRefused(f"git 2.38 or newer is needed, found: {seen}", hint="Upgrade it: apt install git")
    return found


def environment(mode: Mode, config: Iterable[Config] = (), extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The complete environment of one git process; configuration travels in it, so any character is safe in a value."""
    if mode is Mode.PROMOTE:
        env = {k: v for k, v in os.environ.items() if not _LOCAL_ENVIRONMENT.match(k)}
        env |= {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no", "LC_ALL": "C"}
        settings = list(config)
    else:
        env = {
            "PATH": os.pathsep.join(dict.fromkeys((str(Path(git_binary()).parent), *_FOLDERS))),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_ALLOW_PROTOCOL": "file" if mode is Mode.PUBLISH else "none",
        }
        if mode is Mode.OBSERVE:
            env["GIT_OPTIONAL_LOCKS"] = "0"
            env |= {k: os.environ[k] for k in ("HOME", "XDG_CONFIG_HOME") if os.environ.get(k)}
        settings = [*HARDENING, ("protocol.allow", "never"), *(_PUBLISHING if mode is Mode.PUBLISH else ()), *config]
    env["GIT_CONFIG_COUNT"] = str(len(settings))
    for i, (key, value) in enumerate(settings):
        env[f"GIT_CONFIG_KEY_{i}"] = key
        env[f"GIT_CONFIG_VALUE_{i}"] = value
    return env | dict(extra or {})


def run_git(
    mode: Mode,
    args: Sequence[str],
    *,
    cwd: Path,
    config: Iterable[Config] = (),
    input: bytes = b"",
    env: Mapping[str, str] | None = None,
    ok: Iterable[int] = (0,),
    timeout: float = DEFAULT_TIMEOUT,
) -> GitResult:
    """Run git once and wait. Raises GitFailed when its exit code is not in `ok`, or on time-out."""
    with subprocess.Popen(
        [git_binary(), *args],
        cwd=cwd,
        env=environment(mode, config, env),
        stdin=subprocess.PIPE if input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    ) as process:
        try:
            out, err = process.communicate(input or None, timeout=timeout)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitFailed(args[0], -1, f"no end after {timeout:.0f} s") from error
            raise
    result = GitResult(out, err.decode("utf-8", "replace"), process.returncode)
    if result.code not in tuple(ok):
        raise GitFailed(args[0], result.code, result.stderr)
    return result
