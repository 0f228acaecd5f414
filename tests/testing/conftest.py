"""A tiny target project and the job that tests it in a real process."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.model.plan import Tests
from autopack.model.test_report import TestReport
from autopack.sandbox import Sandbox
from autopack.testing import TestJob, run_tests
from tests.kit.target import PYTEST, XDIST, make_environment, target_python

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


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture(scope="session")
def lean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("lean") / "venv", PYTEST)


@pytest.fixture(scope="session")
def xdist_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("xdist") / "venv", PYTEST + XDIST)


@pytest.fixture
def target(tmp_path: Path, lean_python: Path) -> Target:
    found = Target(tmp_path)
    found.python = lean_python
    return found


@pytest.fixture
def suite(target: Target) -> Target:
    return target.write(SUITE)


@pytest.fixture
def outcomes() -> Callable[[TestReport], dict[str, str]]:
    return lambda report: {r.id: r.outcome.value for r in report.results}
