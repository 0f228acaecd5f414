"""A tiny target project and the job that tests it in a real process."""

from __future__ import annotations

import asyncio
import textwrap
import venv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.model.evidence import TestReport
from autopack.model.plan import Tests
from autopack.sandbox import Sandbox
from autopack.testing import TestJob, run_tests
from tests.kit.target import target_python

SUITE = {
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "def add(a, b):\n    return a + b\n",
    "tests/test_a.py": """\
        import pytest
        from pkg.a import add

        def test_add():
            assert add(2, 3) == 5

        @pytest.mark.parametrize("n", [1, 2])
        def test_many(n):
            assert add(n, 0) == n
        """,
}


class Target:
    """Files written below `root`; `run` tests them."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "worktree"
        self.root.mkdir()
        self.python = target_python()
        self.sandbox = Sandbox.best()
        self.readable: tuple[Path, ...] = ()

    def write(self, files: Mapping[str, str]) -> Target:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return self

    def job(self, **tests: Any) -> TestJob:
        extra = {k: tests.pop(k) for k in list(tests) if k not in Tests.model_fields}
        job = TestJob(Tests(**{"timeout_seconds": 30, **tests}), self.root, "t" * 40, self.python,
                      self.base / "scratch", self.sandbox, "nonce-of-tests", readable=self.readable)  # fmt: skip
        return replace(job, **extra)

    def run(self, **tests: Any) -> TestReport:
        return asyncio.run(run_tests(self.job(**tests)))


_LENT = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py.py")


def make_environment(folder: Path, *, with_pytest: bool, more: tuple[str, ...] = ()) -> Path:
    """The interpreter of a small virtual environment; pytest, without any plugin but `more`, is lent to it by links."""
    venv.create(folder, symlinks=True, with_pip=False)
    (site,) = folder.glob("lib/python3*/site-packages")
    ours = Path(pytest.__file__).parent.parent
    for pattern in (*_LENT, "pluggy-*.dist-info", *more) if with_pytest else ():
        for path in ours.glob(pattern):
            (site / path.name).symlink_to(path)
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("bare") / "venv", with_pytest=False)


@pytest.fixture(scope="session")
def lean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("lean") / "venv", with_pytest=True)


@pytest.fixture(scope="session")
def xdist_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    more = ("xdist", "execnet", "pytest_xdist-*.dist-info")
    return make_environment(tmp_path_factory.mktemp("xdist") / "venv", with_pytest=True, more=more)


@pytest.fixture
def target(tmp_path: Path, lean_python: Path) -> Target:
    found = Target(tmp_path)
    found.python = lean_python
    found.readable = (Path(pytest.__file__).parent.parent,)
    return found


@pytest.fixture
def suite(target: Target) -> Target:
    return target.write(SUITE)


@pytest.fixture
def outcomes() -> Callable[[TestReport], dict[str, str]]:
    return lambda report: {r.id: r.outcome.value for r in report.results}
