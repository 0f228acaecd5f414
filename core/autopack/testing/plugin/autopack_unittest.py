# ruff: noqa: PTH100, PTH112, PTH113, PTH118, PTH119, PTH120, PTH122, PTH208, UP031
# pyright: basic
"""Runs the standard library's unittest and reports record by record, as autopack_pytest.py beside it does for pytest.

Needs Python 3.7 and nothing else. Fed by the same environment; arguments are -k PATTERN, -p PATTERN, -b and, after --,
files and folders to collect from. Without any: the workdir as `python -m unittest` does, and its folders tests and test.
A test's id is `path::Class::method`, the path relative to the workdir.
"""

import argparse
import fnmatch
import importlib
import importlib.util
import json
import os
import sys
import time
import typing
import unittest

import autopack_clock
from autopack_failures import failure, told
from autopack_integrity import provenance
from autopack_layout import Layout, install, load, selected
from autopack_lines import measure, send_lines
from autopack_records import RANKS, chunks, opened


class Clock(autopack_clock.Clock):
    def _ring(self, *_):
        self.left += 5.0
        raise AssertionError("the test ran longer than its time-out of %g s" % self.seconds)


def _files(start, pattern):
    """Files of a folder that match, and those of the packages below it."""
    for name in sorted(os.listdir(start)):
        path = os.path.join(start, name)
        if os.path.isfile(path):
            if name.endswith(".py") and name[:-3].isidentifier() and fnmatch.fnmatch(name, pattern):
                yield path
        elif name.isidentifier() and os.path.isfile(os.path.join(path, "__init__.py")):
            yield from _files(path, pattern)


def _collect(targets, pattern):
    """Paths of test modules in order, each once."""
    if not targets:
        targets = ["."] + [name for name in ("tests", "test") if os.path.isdir(name)]
    found = []
    for target in targets:
        path = os.path.abspath(target)
        found += [path] if os.path.isfile(path) else _files(path, pattern)
    return list(dict.fromkeys(found))


def _import(path):
    """The module of a file, by its dotted name below the outermost package; two of one name get another one."""
    folder = os.path.dirname(path)
    parts = [os.path.splitext(os.path.basename(path))[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        parts.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    if folder not in sys.path:
        sys.path.insert(1, folder)
    name = ".".join(parts)
    module = importlib.import_module(name)
    if os.path.realpath(getattr(module, "__file__", None) or "") == os.path.realpath(path):
        return module
    return load("%s_%d" % (name, len(sys.modules)), path)


def _flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        else:
            yield test


class Session:
    """What was collected, and the records sent. Ids are by the object of the test: a class may be loaded twice."""

    def __init__(self, layout, channel):
        self.layout = layout
        self.channel = channel
        self.ids = {}
        self.tests = []
        self.classes = {}
        self.sent = {}
        self.errors = set()

    def collect_error(self, path, error):
        nodeid = os.path.relpath(path)
        if nodeid not in self.errors:
            self.errors.add(nodeid)
            data = failure(self.layout, error, (self.layout.known(path), 0))
            self.channel.send("collect_error", id=nodeid, failure=data)

    def add(self, path, suite, patterns):
        """The tests of one module that are wanted, as a suite."""
        kept = []
        for test in _flat(suite):
            if type(test).__name__ in ("_FailedTest", "ModuleImportFailure", "LoadTestsFailure"):
                self.collect_error(path, getattr(test, "_exception", None) or ImportError(str(test)))
                continue
            method = getattr(test, "_testMethodName", "")
            names = [type(test).__qualname__.replace(".", "::"), method] if method else [test.id()]
            if type(test).__module__ in ("unittest.case", "doctest"):
                names = [test.id()]
            nodeid = "::".join([os.path.relpath(path), *names])
            chosen = not patterns or any(fnmatch.fnmatchcase(test.id(), p) for p in patterns)
            if chosen and (not self.layout.select or selected(nodeid, self.layout.select)):
                self.ids[id(test)] = nodeid
                self.classes.setdefault("%s.%s" % (type(test).__module__, type(test).__qualname__), []).append(nodeid)
                self.tests.append(test)
                kept.append(test)
        return unittest.TestSuite(kept)

    def of(self, holder):
        """Ids behind what is no test: `setUpClass (module.Class)` or `setUpModule (module)`."""
        inside = str(holder).partition("(")[2].rstrip(")")
        return [i for name, ids in self.classes.items() if name == inside or name.startswith(inside + ".") for i in ids]

    def send(self, nodeid, outcome, duration=0.0, failure=None):
        self.sent[nodeid] = outcome
        self.channel.send("result", id=nodeid, outcome=outcome, duration=duration, failure=failure)

    def end(self, status):
        self.channel.send(
            "end", status=status, results=len(self.sent), errors=len(self.errors),
            collected=len(self.ids), unfinished=len(set(self.ids.values()) - set(self.sent)),
            not_run=sorted(set(self.ids.values()) - set(self.sent))[:20],
        )  # fmt: skip


class Result(unittest.TextTestResult):
    """One record for each test when it stops; of its outcomes, subtests included, the worst one."""

    session: "Session"
    clock: "Clock"
    measurement: typing.Any = None

    def startTest(self, test):
        super().startTest(test)
        if self.measurement is not None and id(test) in self.session.ids:
            self.measurement.begin(self.session.ids[id(test)])
        self._state = {"outcome": "", "failure": None}
        self._begun = time.monotonic()
        self.session.channel.begin(self.session.ids.get(id(test), test.id()))
        self.clock.left = self.clock.seconds
        self._timer = self.clock.run()
        next(self._timer, None)

    def stopTest(self, test):
        next(self._timer, None)
        nodeid = self.session.ids.get(id(test))
        if nodeid is not None:
            took = time.monotonic() - self._begun
            outcome = self._state["outcome"] or "error"
            data = self._state["failure"]
            if outcome == "error" and data is None:
                data = failure(self.session.layout, None, (self._path(nodeid), 0), "the test had no outcome")
            self.session.send(nodeid, outcome, took, data)
        super().stopTest(test)

    def _path(self, nodeid):
        return self.session.layout.known(nodeid.partition("::")[0])

    def _told(self, test, outcome, error=None, message=""):
        nodeid = self.session.ids.get(id(test))
        if nodeid is None:
            self._of_many(test, outcome, error)
            return
        ranks = RANKS
        if ranks.index(outcome) > ranks.index(self._state["outcome"]):
            failed = outcome in ("failed", "error")
            place = self._path(nodeid), 0
            data = failure(self.session.layout, error, place, message) if failed else None
            self._state.update(outcome=outcome, failure=data)

    def _of_many(self, holder, outcome, error):
        """setUpClass and setUpModule decide for tests that will not run, tearDown… for the last one that did."""
        ids = self.session.of(holder)
        waiting = [i for i in ids if i not in self.session.sent]
        for nodeid in waiting or ids[-1:]:
            failed = outcome in ("failed", "error")
            data = failure(self.session.layout, error, (self._path(nodeid), 0)) if failed else None
            self.session.send(nodeid, outcome, 0.0, data)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._told(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._told(test, "failed", err[1])

    def addError(self, test, err):
        super().addError(test, err)
        self._told(test, "error" if id(test) not in self.session.ids else "failed", err[1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        parent = getattr(test, "test_case", test)
        self._told(parent, "skipped")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._told(test, "xfailed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._told(test, "failed", None, "the test passed although it is marked as an expected failure")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            said = "%s %s" % (typing.cast("typing.Any", subtest)._subDescription(), told(err[1]))
            self._told(test, "failed", err[1], said)


def _arguments():
    parser = argparse.ArgumentParser(prog="unittest", allow_abbrev=False)
    parser.add_argument("-b", "--buffer", action="store_true")
    parser.add_argument("-k", action="append", default=[], dest="patterns")
    parser.add_argument("-p", "--pattern", default="test*.py")
    parser.add_argument("targets", nargs="*")
    try:
        return parser.parse_args()
    except SystemExit as stop:
        raise SystemExit(4 if stop.code else 0) from None


def main():
    layout = Layout(json.loads(os.environ["AUTOPACK_LAYOUT"]))
    measurement = measure(layout)
    install(layout)
    channel = opened("plugin", "")
    assert channel is not None, "started without AUTOPACK_CHANNEL_FD and AUTOPACK_REPORT"
    arguments = _arguments()
    patterns = [p if "*" in p else "*%s*" % p for p in arguments.patterns]
    session = Session(layout, channel)
    whole = unittest.TestSuite()
    for path in _collect(arguments.targets, arguments.pattern):
        try:
            module = _import(path)
        except unittest.SkipTest:
            continue
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            session.collect_error(path, error)
            continue
        whole.addTest(session.add(path, unittest.defaultTestLoader.loadTestsFromModule(module), patterns))
    Result.session = session
    Result.clock = Clock(layout.per_test)
    Result.measurement = measurement
    sys.argv[1:] = []
    runner = unittest.TextTestRunner(
        resultclass=typing.cast("typing.Any", Result), buffer=arguments.buffer, verbosity=2
    )
    result = runner.run(whole)
    status = 0 if result.wasSuccessful() and not session.errors else 1
    if not session.ids and not session.errors:
        status = 5
    for part in chunks(provenance(layout)):
        channel.send("provenance", worker="", **part)
    if measurement is not None:
        send_lines(channel, measurement.finish())
    session.end(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
