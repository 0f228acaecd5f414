"""A user at a terminal beside the editor: types git commands and reads what they print."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO


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

    def types_git(self, *words: str) -> Typed:
        """Run `git WORDS` and show what it prints."""
        self.say(f"\n$ {shlex.join(['git', *words])}")
        done = subprocess.run(
            ["git", *words], cwd=self._root, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        self._out.write(done.stdout)
        self._out.flush()
        return Typed(done.returncode, done.stdout)


def missing_for_tests() -> str:
    """Why the demo's tests cannot run here, or ""."""
    done = subprocess.run([sys.executable, "-c", "import pytest"], capture_output=True, check=False, env=os.environ)
    return "" if done.returncode == 0 else "pytest is not installed beside Autopack"
