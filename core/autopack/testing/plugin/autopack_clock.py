# ruff: noqa: UP031
# pyright: basic
"""The per-test time-out, whatever runs the tests. PYTEST_DONT_REWRITE"""

import faulthandler
import signal
import sys
import threading
import time


class Clock:
    """The per-test time-out: an alarm that fails the test, and 5 s later faulthandler that ends the process."""

    def __init__(self, seconds):
        self.seconds = self.left = seconds

    def run(self):
        """A generator around one phase of a test; what is left goes to the next phase."""
        if not self.seconds or threading.current_thread() is not threading.main_thread():
            yield
            return
        begun = time.monotonic()
        before = signal.signal(signal.SIGALRM, self._ring)
        other = signal.setitimer(signal.ITIMER_REAL, max(self.left, 0.001))
        faulthandler.dump_traceback_later(max(self.left, 0.001) + 5, exit=True, file=sys.__stderr__ or 2)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
            signal.signal(signal.SIGALRM, before)
            spent = time.monotonic() - begun
            self.left -= spent
            if other[0]:
                signal.setitimer(signal.ITIMER_REAL, max(other[0] - spent, 0.001), other[1])

    def _ring(self, *_):
        import pytest

        self.left += 5.0
        pytest.fail("the test ran longer than its time-out of %g s" % self.seconds)
