# ruff: noqa: UP031
# pyright: basic
"""Which lines of the worktree a test process executes, by the target's own coverage.py (5.0 or newer), kept in memory.

Loaded by its two neighbours, and only when they are asked for lines. Where another measurement is under way it stays
out and says so. Of the files of the change (`layout.lines`) it says too which test executed which line.
"""

import contextlib
import importlib.util
import os
import sys
import warnings

_MOST_TESTS = 10000
_MOST_BY_LINE = 50
_MOST_RANGES = 500000
_CHUNK = 400


def _ranges(lines):
    """[first, last] of each run of neighbouring numbers."""
    found = []
    for number in sorted(lines):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        elif number > 0:
            found.append([number, number])
    return found


@contextlib.contextmanager
def _with_core(name):
    """coverage.py's choice of its core, made for it; its warnings are not the project's."""
    before = os.environ.get("COVERAGE_CORE")
    os.environ["COVERAGE_CORE"] = name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ["COVERAGE_CORE"]
        else:
            os.environ["COVERAGE_CORE"] = before


def _core(by_test):
    """sys.monitoring costs least and cannot tell tests apart."""
    if not by_test and getattr(sys, "monitoring", None) is not None:
        return "sysmon"
    try:
        import coverage.tracer
    except ImportError:
        return "pytrace"
    del coverage
    return "ctrace"


class Measurement:
    """Measures from its making on. `why` says why it does not, "" while it does."""

    def __init__(self, layout):
        self.layout = layout
        self.coverage = None
        self.tracer = None
        self.tests = 0
        try:
            self.why = self._start()
        except Exception as error:
            self.leave("coverage.py cannot measure here: %s: %s" % (type(error).__name__, error))

    def _start(self):
        if self.layout.provides("coverage"):
            return "the worktree holds a package named coverage"
        monitoring = getattr(sys, "monitoring", None)
        if sys.gettrace() is not None or (monitoring is not None and monitoring.get_tool(monitoring.COVERAGE_ID)):
            return "another tracer is set"
        try:
            import coverage
        except ImportError:
            return "%s has no coverage.py" % sys.executable
        version = tuple(int(part) for part in getattr(coverage, "version_info", (0, 0))[:2])
        if version < (5, 0):
            return "coverage.py %s is older than 5.0" % getattr(coverage, "__version__", "")
        core = _core(self.layout.lines)
        options = {}
        if core != "sysmon" and version >= (6, 2) and importlib.util.find_spec("greenlet") is not None:
            options["concurrency"] = ["greenlet", "thread"]
        with _with_core(core):
            self.coverage = coverage.Coverage(
                data_file=None, config_file=False, source=[self.layout.worktree],
                omit=["*/site-packages/*", "*/node_modules/*"], **options
            )  # fmt: skip
            self.coverage.start()
        self.tracer = sys.gettrace()
        return ""

    def leave(self, why):
        """Stop, and let go of what was measured."""
        self.why = why
        measured, self.coverage = self.coverage, None
        if measured is not None:
            with contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                measured.stop()

    def begin(self, nodeid):
        """What is executed from here on belongs to this test; beyond a number of tests, to its file."""
        if self.coverage is None or not self.layout.lines:
            return
        self.tests += 1
        name = nodeid if self.tests <= _MOST_TESTS else nodeid.partition("::")[0]
        try:
            self.coverage.switch_context(name.encode("utf-8", "backslashreplace").decode())
        except Exception as error:
            self.leave("coverage.py gave up in a test: %s: %s" % (type(error).__name__, error))

    def finish(self):
        """{"why"} or {"why": "", "files": {path: ranges}, "covering": [[path, test, ranges]]}; ends the measurement."""
        if self.coverage is not None and sys.gettrace() is not self.tracer:
            self.leave("a test took the place of the tracer")
        if self.coverage is None:
            return {"why": self.why}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.coverage.stop()
                data = self.coverage.get_data()
            found = {"why": "", "files": self._files(data), "covering": self._covering(data)}
        except Exception as error:
            return {"why": "coverage.py lost what it measured: %s: %s" % (type(error).__name__, error)}
        count = sum(map(len, found["files"].values())) + sum(len(entry[2]) for entry in found["covering"])
        return found if count <= _MOST_RANGES else {"why": "the lines executed are more than can be told"}

    def _files(self, data):
        found = {}
        for file in sorted(data.measured_files()):
            path = self.layout.known(file)
            ranges = _ranges(data.lines(file) or ()) if path else []
            if ranges:
                found[path] = ranges
        return found

    def _covering(self, data):
        wanted = set(self.layout.lines)
        found = []
        for file in sorted(data.measured_files()):
            path = self.layout.known(file)
            if path not in wanted:
                continue
            by_test = {}
            for line, tests in data.contexts_by_lineno(file).items():
                for test in sorted(filter(None, tests))[:_MOST_BY_LINE]:
                    by_test.setdefault(test, []).append(line)
            found.extend([path, test, _ranges(lines)] for test, lines in sorted(by_test.items()))
        return found


def records(found):
    """What `finish` gave, as (kind, fields) of records small enough for one write each."""
    if found["why"]:
        yield "lines", {"why": found["why"][:500], "files": {}}
        return
    part, held = {}, 0
    for path, ranges in found["files"].items():
        for at in range(0, len(ranges), _CHUNK):
            part[path] = ranges[at : at + _CHUNK]
            held += 20 + len(part[path])
            if held >= _CHUNK:
                yield "lines", {"why": "", "files": part}
                part, held = {}, 0
    yield "lines", {"why": "", "files": part}
    many, held = [], 0
    for path, test, ranges in found["covering"]:
        for at in range(0, len(ranges), _CHUNK):
            many.append([path, test, ranges[at : at + _CHUNK]])
            held += 20 + len(many[-1][2])
            if held >= _CHUNK:
                yield "covering", {"tests": many}
                many, held = [], 0
    if many:
        yield "covering", {"tests": many}


def measure(layout):
    """The measurement of lines, begun; None where nobody asks for one."""
    return None if layout.lines is None else Measurement(layout)


def send_lines(channel, found):
    """What a process measured, in records."""
    for kind, fields in records(found):
        channel.send(kind, **fields)
