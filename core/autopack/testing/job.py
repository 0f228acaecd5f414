"""What is to be tested, where and by what: everything a test run needs, gathered in one value."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from autopack.model.plan import Tests
from autopack.sandbox import FIXED_PATH, Sandbox, scrubbed_environment
from autopack.testing.interpreter import environment_folder

PLUGIN = Path(__file__).with_name("plugin")
_REFUSED = {"PATH", "HOME", "SHELL", "BASH_ENV", "ENV", "NODE_OPTIONS", "TMPDIR", "COVERAGE_PROCESS_START"}
_REFUSED_PREFIXES = ("LD_", "DYLD_", "GIT_", "PYTEST_", "AUTOPACK_")
_REFUSED_SUFFIXES = ("_API_KEY", "_PROXY")
_PYTHON_NAMES = {"PYTHONPATH", "PYTHONHASHSEED", "PYTHONWARNINGS"}


@dataclass(frozen=True)
class TestJob:
    """One run of `tests` on the worktree, which holds exactly the git tree `tree` (and what was provisioned).

    `scratch` is a folder of ours outside the worktree; `nonce` the run's; `readable` and `hidden` go to the sandbox
    (git stores, linked folders); `user_root` is the user's checkout, which tests must not import from; `base_paths` the
    base's tracked paths, by which a project that pytest itself needs (pluggy, iniconfig) is recognised. `lines` asks for
    the lines executed; of the Python files among `changed` (32 KiB of names at most) also which test executed which.
    `patience` are the seconds to wait before each further try of a runner that could not be started just now.
    """

    __test__ = False

    tests: Tests
    worktree: Path
    tree: str
    python: Path
    scratch: Path
    sandbox: Sandbox
    nonce: str
    user_root: Path | None = None
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    base_paths: Collection[str] = frozenset()
    runner: str = ""
    output_bytes: int = 5 * 1024 * 1024
    memory_bytes: int = 4 * 1024**3
    lines: bool = False
    changed: tuple[str, ...] = ()
    patience: tuple[float, ...] = ()

    @property
    def runner_name(self) -> str:
        """`runner` where given (see `detect_runner`), else the plan's, else command when there is one, else pytest."""
        return self.runner or self.tests.runner or ("command" if self.tests.command else "pytest")

    @property
    def workdir(self) -> Path:
        """Where the runner starts."""
        return self.worktree / self.tests.workdir if self.tests.workdir else self.worktree


def allowed_variable(name: str) -> bool:
    """Whether a plan may set this variable for its tests (DESIGN §12)."""
    upper = name.upper()
    if upper in _REFUSED or upper.startswith(_REFUSED_PREFIXES) or upper.endswith(_REFUSED_SUFFIXES):
        return False
    return not upper.startswith("PYTHON") or upper in _PYTHON_NAMES


def python_path(worktree: Path, env: Mapping[str, str]) -> list[str]:
    """`tests.env` PYTHONPATH, each entry resolved against the worktree."""
    return [str((worktree / entry).resolve()) for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]


def test_environment(
    worktree: Path, python: Path, scratch: Path, env: Mapping[str, str], pythonpath: Collection[str]
) -> dict[str, str]:
    """The whole environment of a test process: scrubbed, the interpreter's folder first on PATH, bytecode unwritten."""
    environment = environment_folder(python)
    extra = {name: value for name, value in env.items() if allowed_variable(name) and name != "PYTHONPATH"}
    if environment is not None:
        extra["VIRTUAL_ENV"] = str(environment)
    extra |= {
        "PATH": f"{python.parent}{os.pathsep}{FIXED_PATH}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(pythonpath),
    }
    return scrubbed_environment(extra, scratch=scratch)


test_environment.__test__ = False  # type: ignore[attr-defined]


def argv_for(command: Collection[str], python: Path) -> tuple[str, ...]:
    """`command` with a leading `python` or `python3` made the target's interpreter."""
    first, *rest = command
    return (str(python) if first in ("python", "python3") else first, *rest)
