"""What a worker process does by itself."""

from __future__ import annotations

import signal
import subprocess
import sys

STUCK = """
import time
from autopack_server.worker import __main__ as worker

class Stuck:
    def stop(self, run, by):
        time.sleep(600)

worker.STOP_SECONDS = 1
worker._Tie(Stuck(), "t", "park").stop()
"""


def test_a_stop_that_hangs_does_not_leave_a_process_behind() -> None:
    assert subprocess.run([sys.executable, "-c", STUCK], check=False, timeout=60).returncode == -signal.SIGALRM
