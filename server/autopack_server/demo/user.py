"""A user at a terminal: types commands, reads what they print, and now and then looks at the JSON."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Typed:
    """What one command printed (both streams, as on a screen) and its exit code."""

    code: int
    screen: str


class User:
    """Every command is a process of its own, started in the project's folder."""

    def __init__(self, root: Path, env: Mapping[str, str], out: IO[str]) -> None:
        self._root = root
        self._env = dict(env)
        self._out = out

    def say(self, text: str = "") -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    def types(self, *words: str) -> Typed:
        """Run `autopack WORDS`, its output on the screen as it comes."""
        return self._run(["autopack", *words], [sys.executable, "-m", "autopack_server.cli.main", *words])

    def types_git(self, *words: str) -> Typed:
        return self._run(["git", *words], ["git", *words])

    def asks(self, *words: str) -> Any:
        """The JSON that `autopack WORDS --json` prints, not shown. Raises ValueError when it is none."""
        done = subprocess.run(
            [sys.executable, "-m", "autopack_server.cli.main", *words, "--json"],
            cwd=self._root, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ValueError(f"autopack {shlex.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def _run(self, shown: list[str], argv: list[str]) -> Typed:
        self.say(f"\n$ {shlex.join(shown)}")
        lines: list[str] = []
        with subprocess.Popen(
            argv, cwd=self._root, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                self.say(line.rstrip("\n"))
        return Typed(process.returncode, "".join(lines))


def missing_for_tests() -> str:
    """Why the demo's tests cannot run here, or ""."""
    done = subprocess.run([sys.executable, "-c", "import pytest"], capture_output=True, check=False, env=os.environ)
    return "" if done.returncode == 0 else "pytest is not installed beside Autopack"
