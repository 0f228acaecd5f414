# ruff: noqa: PTH109, PTH118
# pyright: basic
"""The hooks of a pytest session whose records are sent (`autopack_pytest`). PYTEST_DONT_REWRITE"""

import json
import os

import pytest
from autopack_failures import failure, locate, text_of
from autopack_integrity import internals, provenance, replaced
from autopack_layout import selected
from autopack_lines import send_lines
from autopack_records import RANKS, chunks

_MOST_TOLD = 2000
_RANK = {outcome: height for height, outcome in enumerate(RANKS)}


class Timed:
    """The hooks that hold a test to its time-out; registered only where there is one."""

    def __init__(self, clock):
        self.clock = clock

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self):
        self.clock.left = self.clock.seconds
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self):
        yield from self.clock.run()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self):
        yield from self.clock.run()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self):
        yield from self.clock.run()


class Lines:
    """The hooks of a measurement of lines; registered only where there is one."""

    def __init__(self, measurement):
        self.measurement = measurement

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config):
        asked = early_config.known_args_namespace
        if getattr(asked, "cov_source", None) and not getattr(asked, "no_cov", False):
            self.measurement.leave("pytest-cov measures this session")
        yield

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self.measurement.begin(item.nodeid)
        yield


class Reporter:
    """The hooks of one process. `channel` is None in xdist workers, which answer through workeroutput instead.
    `measurement` of lines is None where nobody asked for one."""

    def __init__(self, layout, channel, measurement=None):
        self.layout = layout
        self.channel = channel
        self.measurement = measurement
        self.rootdir = os.getcwd()
        self.tests = {}
        self.subtests = {}
        self.raised = {}
        self.overruled = set()
        self.internals = internals()
        self.sent = set()
        self.collected = set()
        self.errors = set()
        self.ran_in = set()
        self.reported = set()
        self.seen = set()
        self.failures = 0
        self.ended = False

    def send(self, kind, **fields):
        if self.channel is not None:
            self.channel.send(kind, **fields)

    def end(self, status):
        if not self.ended:
            self.ended = True
            left = sorted(self.collected - self.sent)
            counts = {"results": len(self.sent), "errors": len(self.errors), "collected": len(self.collected)}
            self.send("end", status=int(status), not_run=left[:20], unfinished=len(left), **counts)

    def collect_error(self, nodeid, data):
        if nodeid not in self.errors:
            self.errors.add(nodeid)
            self.send("collect_error", id=nodeid, failure=data)

    def provenance(self):
        record = provenance(self.layout)
        record["imported"] = sorted(self.seen.union(record["imported"]))
        return record

    def send_provenance(self, worker, record):
        self.reported.add(worker)
        for part in chunks(record):
            self.send("provenance", worker=worker, **part)

    def add(self, report):
        """Fold one setup, call or teardown report into its test; the teardown closes it."""
        nodeid, when, said = report.nodeid, report.when, report.outcome
        kind = report.__class__
        part = self.subtests.get(kind)
        if part is None:
            part = self.subtests[kind] = kind.__name__.lower() == "subtestreport"
        if part and said != "failed":
            return
        if said == "rerun":
            self.tests[nodeid] = None
            return
        state = self.tests.get(nodeid, self)
        if state is None:
            del self.tests[nodeid]
            if when == "teardown":
                return
        if state is None or state is self:
            state = self.tests[nodeid] = {"outcome": "", "duration": 0.0, "failure": None}
        state["duration"] += getattr(report, "duration", 0.0) or 0.0
        outcome = ""
        if said == "failed":
            outcome = "failed" if when in ("call", "???") else "error"
        elif said == "skipped":
            outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        elif when == "call":
            outcome = "xpassed" if hasattr(report, "wasxfail") else "passed"
        if outcome and _RANK[outcome] > _RANK[state["outcome"]]:
            state["outcome"] = outcome
            if said == "failed":
                state["failure"] = getattr(report, "autopack_failure", None) or self.plain_failure(report)
        if when == "teardown" or when == "???":
            self.finish(nodeid)

    def finish(self, nodeid):
        state = self.tests.pop(nodeid)
        self.sent.add(nodeid)
        state["outcome"] = state["outcome"] or "error"
        if state["failure"] is not None:
            self.failures += 1
            if self.failures > _MOST_TOLD:
                state["failure"].update(excerpt="", message=state["failure"]["message"][:200], frames=[])
        if self.channel is not None:
            state["id"] = nodeid
            self.channel.result(state)

    def plain_failure(self, report):
        return failure(self.layout, None, self.at_item(report), text_of(getattr(report, "longrepr", "") or "failed"))

    def at_item(self, report):
        """(path, line) of the test itself; ("", 0) when its file is not in the worktree."""
        place = getattr(report, "location", None) or (report.nodeid.split("::")[0], None, "")
        path = self.layout.known(os.path.join(self.rootdir, place[0]))
        return path, place[1] + 1 if path and place[1] is not None else 0

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self):
        outcome = yield
        if outcome.excinfo is None:
            return
        error = outcome.excinfo[1]
        cause = getattr(error, "cause", None) or error.__cause__ or error
        if cause is error and hasattr(error, "excinfo"):
            cause = error.excinfo[1]
        path = self.layout.known(str(getattr(error, "path", ""))) or "conftest.py"
        nodeid = os.path.relpath(os.path.join(self.layout.worktree, path), os.getcwd())
        self.collect_error(nodeid, failure(self.layout, cause, (path, 0)))
        self.end(4)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        self.rootdir = str(config.rootpath) if hasattr(config, "rootpath") else str(config.rootdir)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        wanted = self.layout.select
        drop = [item for item in items if not selected(item.nodeid, wanted)] if wanted else []
        if drop:
            items[:] = [item for item in items if selected(item.nodeid, wanted)]
            config.hook.pytest_deselected(items=drop)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self.collected.update(item.nodeid for item in getattr(session, "items", ()))
        self.seen.update(provenance(self.layout)["imported"])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector):
        outcome = yield
        report = outcome.get_result()
        call = report.__dict__.get("call")
        if report.outcome != "failed" or call is None or call.excinfo is None:
            return
        error = call.excinfo.value
        cause = error.__cause__ or error.__context__
        place = self.layout.known(str(getattr(collector, "path", None) or getattr(collector, "fspath", "")))
        use = cause if cause is not None and locate(self.layout, cause) else error
        report.autopack_failure = failure(self.layout, use, (place, 0))

    def pytest_collectreport(self, report):
        if report.outcome == "failed":
            data = getattr(report, "autopack_failure", None) or self.plain_failure(report)
            self.collect_error(report.nodeid, data)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        """Keep what was raised until its report is told; the report itself is made by others."""
        if call.excinfo is not None:
            self.raised[item.nodeid, call.when] = call.excinfo.value
        elif self.raised:
            self.raised.pop((item.nodeid, call.when), None)

    def explain(self, report, error):
        """The failure of a report that this error made."""
        path, line = self.at_item(report)
        doctest = getattr(report.longrepr, "reprlocation_lines", None)
        if doctest:
            where, lines = doctest[0]
            path = self.layout.known(os.path.join(self.rootdir, str(where.path))) or path
            return failure(self.layout, None, (path, where.lineno or line), text_of("\n".join(lines[-8:])))
        said = str(getattr(report.longrepr, "errorstring", "")).strip().split("\n")[0]
        return failure(self.layout, error, (path, line), said)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        if self.channel is not None:
            self.channel.begin(nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report):
        error = self.raised.pop((report.nodeid, report.when), None) if self.raised else None
        if error is not None:
            if report.outcome == "failed":
                report.autopack_failure = self.explain(report, error)
            elif report.outcome == "passed":
                report.autopack_overruled = True
        if self.channel is not None:
            node = getattr(report, "node", None)
            self.ran_in.add("" if node is None else getattr(getattr(node, "gateway", None), "id", ""))
            if report.outcome == "passed" and hasattr(report, "autopack_overruled"):
                self.overruled.add(report.nodeid)
            self.add(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        self.collected.update(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        output = getattr(node, "workeroutput", None)
        text = output.get("autopack_provenance") if isinstance(output, dict) else None
        if isinstance(text, str):
            self.send_provenance(node.gateway.id, json.loads(text))
        lines = output.get("autopack_lines") if isinstance(output, dict) else None
        if isinstance(lines, str) and self.channel is not None:
            send_lines(self.channel, json.loads(lines))

    def pytest_internalerror(self, excinfo):
        self.send("internal", failure=failure(self.layout, excinfo.value, ("", 0)))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["autopack_provenance"] = json.dumps(self.provenance())
            if self.measurement is not None:
                session.config.workeroutput["autopack_lines"] = json.dumps(self.measurement.finish())
            yield
            return
        yield
        for nodeid in [n for n, state in self.tests.items() if state is not None]:
            self.finish(nodeid)
        self.send_provenance("", self.provenance())
        if self.measurement is not None and self.channel is not None:
            send_lines(self.channel, self.measurement.finish())
        patched = replaced(self.layout, self.internals)
        if patched or self.overruled:
            self.send("meddling", patched=patched[:50], overruled=sorted(self.overruled)[:200])
        silent = sorted(self.ran_in - self.reported)
        if silent:
            self.send("silent", workers=silent)
        self.end(session.exitstatus)
