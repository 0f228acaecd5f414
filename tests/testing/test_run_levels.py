"""The same suite at each level of the sandbox, and what the network setting of a plan gives it there."""

from __future__ import annotations

import socket

import pytest

from autopack.model.test_report import RunnerEnd, TestOutcome
from autopack.sandbox import Sandbox

SYSTEM = """\
    import asyncio, concurrent.futures, os, shutil, subprocess, sys, tempfile, threading
    from pathlib import Path

    def test_files(tmp_path):
        script = tmp_path / "script"
        script.write_text("#!/bin/sh\\necho ran")
        script.chmod(0o755)
        shutil.copytree(tmp_path, tmp_path.parent / "copy")
        assert subprocess.check_output([tmp_path.parent / "copy" / "script"]) == b"ran\\n"
        with tempfile.NamedTemporaryFile() as file:
            assert Path(file.name).exists()
        (Path.home() / "mine").write_text("x")

    def test_processes():
        assert subprocess.check_output([sys.executable, "-c", "print(1)"]) == b"1\\n"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            assert list(pool.map(abs, [-1])) == [1]

    async def child():
        process = await asyncio.create_subprocess_exec("true")
        return await process.wait()

    def test_loop():
        assert asyncio.run(child()) == 0
    """
LOOPBACK = """\
    import socket
    def test_loopback():
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname(), 3)
        server.accept()[0].sendall(b"x")
        assert client.recv(1) == b"x"
    """
OUTWARD = """\
    import socket
    def test_outward():
        socket.create_connection(("127.0.0.1", {port}), 3)
    """


@pytest.fixture(params=[1, 2, 3], ids=["level1", "level2", "level3"])
def level(request, suite):
    report = Sandbox.levels()[request.param - 1]
    if not report.available:
        pytest.skip(f"level {request.param}: {report.reason}")
    suite.sandbox = Sandbox.at(request.param)
    return request.param


def test_an_ordinary_suite_passes(suite, level, outcomes):
    report = suite.write({"tests/test_system.py": SYSTEM}).run()
    assert report.end is RunnerEnd.FINISHED, report.detail
    assert report.sandbox_level == level
    assert set(outcomes(report).values()) == {"passed"}, [r.failure for r in report.results if r.failure]
    assert len(report.results) == 6


@pytest.mark.parametrize("network", [False, True])
def test_loopback_needs_a_namespace_or_consent(suite, level, network):
    report = suite.write({"tests/test_net.py": LOOPBACK}).run(network=network, paths=["tests/test_net.py"])
    (result,) = report.results
    assert (result.outcome is TestOutcome.PASSED) == (network or level != 2), result.failure


@pytest.mark.parametrize("network", [False, True])
def test_the_network_needs_consent_from_level_2_on(suite, level, network):
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = OUTWARD.format(port=server.getsockname()[1])
        report = suite.write({"tests/test_out.py": text}).run(network=network, paths=["tests/test_out.py"])
    (result,) = report.results
    assert (result.outcome is TestOutcome.PASSED) == (network or level == 1), result.failure
