"""Real runs of `node --test`, vitest and jest, the last two from npm, pinned, installed once into .cache/javascript."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from autopack.model.test_report import RunnerEnd
from autopack.testing import run_tests

HERE = Path(__file__).parent
RECORDED = HERE / "formats" / "recorded"
CACHE = HERE.parents[1] / ".cache" / "javascript"
INNER = "test/sum.test.js::outer <group>::inner::case 1"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    files = [HERE / "javascript" / name for name in ("package.json", "package-lock.json")]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    ready = CACHE / ".ready"
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_text() != key:
            for path in files:
                shutil.copy(path, CACHE)
            flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=5"]
            subprocess.run(["npm", "ci", *flags], cwd=CACHE, check=True, timeout=100)
            ready.write_text(key)
    return CACHE / "node_modules"


def project(target, tool: str) -> None:
    shutil.copytree(RECORDED / tool / "project", target.root, dirs_exist_ok=True)


def test_node(target, outcomes) -> None:
    project(target, "node")
    report = target.run(runner="node")
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {
        "test/exits.test.js": "passed",
        "test/sum.test.js::adds": "passed",
        "test/sum.test.js::is wrong": "failed",
        "test/sum.test.js::outer <group>::passes": "passed",
        "test/sum.test.js::outer <group>::throws in the product": "failed",
        INNER: "passed",
        "test/sum.test.js::outer <group>::inner::case 2": "passed",
        "test/sum.test.js::skipped": "skipped",
        "test/sum.test.js::to do": "xfailed",
        "test/sum.test.js::with subtests": "failed",
        "test/sum.test.js::with subtests::first": "passed",
        "test/sum.test.js::with subtests::second": "failed",
    }
    places = {r.id.rpartition("::")[2]: (r.failure.path, r.failure.line) for r in report.results if r.failure}
    assert places["is wrong"] == ("test/sum.test.js", 10)
    assert places["throws in the product"] == ("src/sum.js", 6)
    assert [e.id for e in report.collection_errors] == ["test/broken.test.js", "test/syntax.test.js"]


def test_node_collects_what_is_asked_for(target, outcomes) -> None:
    project(target, "node")
    target.write(
        {"other/b.test.mjs": "import {test} from 'node:test';\ntest('other', () => {});\n", "other/b.mjs": "x"}
    )
    assert outcomes(target.run(runner="node", paths=["other/"])) == {"other/b.test.mjs::other": "passed"}
    assert outcomes(asyncio.run(run_tests(target.job(runner="node"), [INNER]))) == {INNER: "passed"}
    whole = asyncio.run(run_tests(target.job(runner="node"), ["other/b.test.mjs", INNER]))
    assert outcomes(whole) == {"other/b.test.mjs::other": "passed", INNER: "passed"}
    within = target.run(runner="node", workdir="other")
    assert outcomes(within) == {"other/b.test.mjs::other": "passed"}


def test_node_that_ends_its_own_runner_gives_no_report(target) -> None:
    target.write({"a.test.mjs": "process.kill(process.ppid, 'SIGKILL');\n"})
    assert target.run(runner="node").end is RunnerEnd.KILLED


@pytest.mark.parametrize("tool", ["jest", "vitest"])
def test_jest_and_vitest(target, outcomes, node_modules: Path, tool: str) -> None:
    project(target, tool)
    (target.root / "node_modules").symlink_to(node_modules)
    target.readable = (*target.readable, node_modules)
    report = target.run(runner=tool, timeout_seconds=90)
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert outcomes(report) == {
        "test/sum.test.js::adds": "passed",
        "test/sum.test.js::is wrong": "failed",
        "test/sum.test.js::outer <group>::passes": "passed",
        "test/sum.test.js::outer <group>::throws in the product": "failed",
        INNER: "passed",
        "test/sum.test.js::outer <group>::inner::case 2": "passed",
        "test/sum.test.js::skipped": "skipped",
        "test/sum.test.js::to do": "skipped",
    }
    assert {r.id.rpartition("::")[2]: r.failure.path for r in report.results if r.failure} == {
        "is wrong": "test/sum.test.js", "throws in the product": "src/sum.js"}  # fmt: skip
    assert [e.id for e in report.collection_errors] == ["test/broken.test.js", "test/syntax.test.js"]
    job = target.job(runner=tool, timeout_seconds=90)
    assert outcomes(asyncio.run(run_tests(job, [INNER]))) == {INNER: "passed"}


def test_a_test_that_jest_is_told_will_fail_is_no_test_that_passed(target, outcomes, node_modules: Path) -> None:
    target.write({
        "package.json": '{"name": "a"}',
        "a.test.js": 'test.failing("adds", () => { expect(1).toBe(2); });\ntest.failing("holds", () => {});\n',
    })  # fmt: skip
    (target.root / "node_modules").symlink_to(node_modules)
    target.readable = (*target.readable, node_modules)
    assert outcomes(target.run(runner="jest", timeout_seconds=90)) == {
        "a.test.js::adds": "xfailed", "a.test.js::holds": "failed"}  # fmt: skip
