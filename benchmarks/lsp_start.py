"""Cold start of the language server to its answer to initialize, beside a server of pygls alone, turn by turn.

python -m benchmarks.lsp_start [--pairs N]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure
from benchmarks.start import cpu_of
from tests.kit.lsp_client import CAPABILITIES, SERVER, message

BARE = (sys.executable, "-c", "from pygls.lsp.server import LanguageServer\nLanguageServer('bare', '1').start_io()")
GOAL = 1.5


def until_initialized(argv: Sequence[str], cwd: Path) -> measure.Cost:
    """A process from its start until the whole answer to initialize is read; then it is killed."""
    params = {"processId": None, "rootUri": cwd.as_uri(), "capabilities": CAPABILITIES}
    began = time.monotonic()
    with subprocess.Popen(
        argv, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin is not None and server.stdout is not None and server.stderr is not None
        server.stdin.write(message(id=1, method="initialize", params=params))
        server.stdin.flush()
        header = re.match(rb"Content-Length: (\d+)", server.stdout.readline())
        if header is None:
            server.kill()
            raise RuntimeError(f"{argv} did not answer:\n{server.stderr.read().decode()[-3000:]}")
        while server.stdout.readline() != b"\r\n":
            continue
        answer = json.loads(server.stdout.read(int(header[1])))
        wall, cpu = time.monotonic() - began, cpu_of(server.pid)
        server.kill()
        _, _, usage = os.wait4(server.pid, 0)
        server.returncode = 0
    assert "capabilities" in answer["result"], answer
    return measure.Cost(cpu, usage.ru_maxrss / 1024, wall, 0)


def main(argv: list[str] | None = None) -> int:
    """Print and save the ratios; 0 when CPU and wall time are within the goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15)
    pairs = parser.parse_args(argv).pairs
    here = Path.cwd()
    ours, bare = measure.alternating(
        pairs, lambda: until_initialized(SERVER, here), lambda: until_initialized(BARE, here)
    )  # fmt: skip
    ratios = {part: round(measure.ratio(ours, bare, part), 2) for part in ("cpu", "wall", "peak_mib")}
    measure.save("lsp-start", {
        "baseline": "a server of pygls alone, to its answer to the same initialize",
        "ratios": ratios, "goal": {"cpu": GOAL, "wall": GOAL},
        "samples": {"ours": measure.rows(ours), "bare": measure.rows(bare)},
    })  # fmt: skip
    print(
        f"initialize beside bare pygls: CPU x{ratios['cpu']}, wall x{ratios['wall']}, peak memory x{ratios['peak_mib']}"
    )
    return 0 if max(ratios["cpu"], ratios["wall"]) <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
