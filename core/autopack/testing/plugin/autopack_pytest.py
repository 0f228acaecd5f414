# ruff: noqa: PTH100, PTH109, PTH112, PTH113, PTH117, PTH118, PTH119, PTH120, PTH206, PTH208, UP031, C414, PTH114
# pyright: basic
"""Reports a pytest session, record by record, to the process that started it. PYTEST_DONT_REWRITE

Run as a file it is `python -m pytest` without the current folder on sys.path; `-p autopack_pytest` then loads it again
as the plugin, before any conftest, entry point or ini option. Needs Python 3.7, pytest 6.2 and nothing else; an older
pytest is asked for JUnit XML instead. It is fed by the environment: AUTOPACK_CHANNEL_FD and AUTOPACK_REPORT
(`nonce:key`), both removed at load, and AUTOPACK_LAYOUT (JSON: worktree, roots, pythonpath, user_root, select,
per_test, early, junit, lines; kept, because xdist workers read it too). A record is one line, `<code> <json>`, numbered
from 0; `@<id>` says which test begins. A passing test's record leaves with the next line, in one os.write.
"""

import faulthandler
import hashlib
import importlib.machinery
import json
import linecache
import os
import signal
import sys
import threading
import time

_LIMIT = 4000
_CHUNK = 400
_MOST_TOLD = 2000
_MOST_HELD = 8192
_OUTER_FRAMES, _INNER_FRAMES = 4, 12
_REAL = {}
_quoted = json.encoder.encode_basestring_ascii
_BUILT_IN = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter)
_RANKS = ["", "passed", "xpassed", "xfailed", "skipped", "error", "failed"]
_RANK = {outcome: height for height, outcome in enumerate(_RANKS)}


def _hook(**options):
    """pytest.hookimpl where this is the plugin; run as a file or in a child, pytest must not be imported yet."""
    if __name__ != "autopack_pytest":
        return lambda function: function
    import pytest

    return pytest.hookimpl(**options)


def _real(path):
    """As os.path.realpath; folders are resolved once."""
    known = _REAL.get(path)
    if known is None:
        folder, name = os.path.split(path)
        if not name or name in (os.curdir, os.pardir) or not os.path.isabs(path):
            known = os.path.realpath(path)
        else:
            known = os.path.join(folder if folder == os.sep else _real(folder), name)
            known = os.path.realpath(known) if os.path.islink(known) else known
        _REAL[path] = known
    return known


def _below(path, folder):
    return bool(folder) and (path == folder or path.startswith(folder.rstrip(os.sep) + os.sep))


class Layout:
    """Where things are: the worktree, its source roots, and the checkout of the user that must not be imported."""

    def __init__(self, data):
        self.worktree = _real(data["worktree"])
        self.roots = [_real(os.path.join(self.worktree, r)) for r in data["roots"]]
        self.extra = list(data.get("pythonpath") or [])
        self.user_root = _real(data["user_root"]) if data.get("user_root") else ""
        self.select = {entry.rstrip("/") or "." for entry in data.get("select") or []}
        self.per_test = float(data.get("per_test") or 0)
        self.lines = data.get("lines")
        self.prefixes = [_real(p) for p in {sys.prefix, sys.base_prefix, sys.exec_prefix}]
        stdlib = os.path.dirname(_real(os.__file__))
        self.stdlib = [stdlib, os.path.join(stdlib, "lib-dynload")]
        self.tops = {}
        for root in self.roots:
            for name, regular in _top_level(root):
                self.tops[name] = self.tops.get(name, False) or regular

    def inside(self, path):
        return _below(_real(path), self.worktree)

    def relative(self, path):
        return os.path.relpath(_real(path), self.worktree).replace(os.sep, "/")

    def known(self, path):
        """The relative path of a file in the worktree, "" for any other."""
        return self.relative(path) if path and self.inside(path) else ""

    def foreign(self, path):
        """In the user's checkout, and neither in the worktree nor in the interpreter's own folders."""
        if not self.user_root or not path:
            return False
        real = os.path.join(_real(os.path.dirname(path)), os.path.basename(path))
        if not _below(real, self.user_root) or _below(real, self.worktree):
            return False
        return not any(_below(real, p) for p in self.prefixes if p != self.user_root)

    def standard(self, path):
        real = _real(path)
        return any(os.path.dirname(real) == s or _below(real, s) for s in self.stdlib) and not any(
            part in ("site-packages", "dist-packages") for part in real.split(os.sep)
        )

    def provides(self, module):
        """The worktree holds the regular top-level package (or module) of `module`, or a file of that dotted name."""
        parts = module.split(".")
        if parts[0] not in self.tops:
            return False
        if self.tops[parts[0]]:
            return True
        for root in self.roots:
            base = os.path.join(root, *parts)
            if os.path.isfile(base + ".py") or os.path.isfile(os.path.join(base, "__init__.py")):
                return True
        return False


def _top_level(root):
    """(name, regular) of each importable top-level name in a folder; a folder without __init__ is not regular."""
    suffixes = importlib.machinery.all_suffixes()
    try:
        names = os.listdir(root)
    except OSError:
        return
    for name in names:
        path = os.path.join(root, name)
        if name.isidentifier() and os.path.isdir(path):
            yield name, os.path.isfile(os.path.join(path, "__init__.py"))
            continue
        for suffix in suffixes:
            if name.endswith(suffix) and name[: -len(suffix)].isidentifier():
                yield name[: -len(suffix)], True
                break


class WorktreeFinder:
    """Answers imports from the worktree before any editable install's finder does, and hides the user's checkout."""

    def __init__(self, layout):
        self.layout = layout

    def find_spec(self, fullname, path=None, target=None):
        find = importlib.machinery.PathFinder.find_spec
        places = []
        if path is None:
            if fullname in sys.builtin_module_names:
                return None
            if fullname in self.layout.tops:
                places = [None, self.layout.roots]
        else:
            places = [[p for p in path if isinstance(p, str) and self.layout.inside(p)]]
        for place in places:
            if place is not None and not place:
                continue
            spec = find(fullname, place, target)
            if spec is not None and spec.loader is not None and spec.origin and self.layout.inside(spec.origin):
                return spec
        return self._others(fullname, path, target)

    def _others(self, fullname, path, target):
        hidden = False
        chain = sys.meta_path
        start = chain.index(self) + 1 if self in chain else len(chain)
        for finder in chain[start:]:
            find = getattr(finder, "find_spec", None)
            if find is None:
                continue
            spec = find(fullname, path, target)
            if spec is None:
                continue
            if spec.has_location and self.layout.foreign(spec.origin):
                hidden = True
                continue
            return spec
        if hidden:
            raise ModuleNotFoundError("No module named %r" % fullname, name=fullname)
        return None

    def invalidate_caches(self):
        pass


def place_finder(layout):
    """Forget what was imported or is to be found in the user's checkout, and answer before every other finder."""
    sys.path[:] = [p for p in sys.path if not layout.foreign(os.path.join(p, "x"))]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and name != "__main__" and layout.foreign(file):
            del sys.modules[name]
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "WorktreeFinder"]
    rewriting = [i for i, f in enumerate(sys.meta_path) if type(f).__name__ == "AssertionRewritingHook"]
    sys.meta_path.insert(rewriting[-1] + 1 if rewriting else 0, WorktreeFinder(layout))


def redirected(layout):
    """Whether a finder that comes before sys.path takes a name of the worktree elsewhere."""
    for finder in sys.meta_path:
        if finder is importlib.machinery.PathFinder:
            return False
        if type(finder).__name__ in ("WorktreeFinder", "AssertionRewritingHook") or finder in _BUILT_IN:
            continue
        for name in layout.tops if hasattr(finder, "find_spec") else ():
            spec = finder.find_spec(name, None, None)
            if spec is not None and spec.has_location and not layout.inside(spec.origin):
                return True
    return False


def install(layout):
    """Put the roots at the head of sys.path and into PYTHONPATH for children, and the finder before the others."""
    here = os.path.dirname(os.path.abspath(__file__))
    roots = layout.roots + layout.extra
    children = [os.path.join(here, "children")] if redirected(layout) else []
    sys.path[:] = [here, *roots, *(p for p in sys.path if p not in roots and p != here)]
    os.environ["PYTHONPATH"] = os.pathsep.join(children + roots)
    os.environ.pop("PYTHONSAFEPATH", None)
    place_finder(layout)


class Channel:
    """The write end: whole lines; silent in forked children and once the reader is gone. What is `held` leaves with the
    next line: a passing test's result with the beginning of the next test."""

    def __init__(self, fd, text):
        self.nonce, key = text.split(":")
        self.fd = int(fd)
        self.key = key.encode()
        self.encode = json.JSONEncoder(separators=(",", ":")).encode
        self.pid = os.getpid()
        self.seq = 0
        self.held = b""
        os.set_inheritable(self.fd, False)

    def send(self, kind, **fields):
        if self.alive():
            fields["t"] = kind
            self.add(fields)
            self.flush()

    def result(self, fields):
        """A test's result; of one that did not fail it waits for the next write."""
        if self.alive():
            told = (
                self.seq,
                _quoted(fields["id"]),
                fields["outcome"],
                fields["duration"],
                self.encode(fields["failure"]),
            )
            self.line('{"t":"result","n":%d,"id":%s,"outcome":"%s","duration":%.6f,"failure":%s}' % told)
            if fields["failure"] is not None or len(self.held) > _MOST_HELD:
                self.flush()

    def begin(self, nodeid):
        """Which test runs from here on: a line without a code, for a message should the process end in it."""
        if self.alive():
            self.held += b"@" + nodeid.encode("ascii", "backslashreplace").replace(b"\n", b"\\n") + b"\n"
            self.flush()

    def alive(self):
        return self.fd >= 0 and os.getpid() == self.pid

    def add(self, fields):
        fields["n"] = self.seq
        self.line(self.encode(fields))

    def line(self, text):
        body = text.encode("ascii")
        code = hashlib.blake2b(body, key=self.key, digest_size=16).hexdigest()
        self.held += code.encode() + b" " + body + b"\n"
        self.seq += 1

    def flush(self):
        line, self.held = self.held, b""
        try:
            while line:
                line = line[os.write(self.fd, line) :]
        except OSError:
            self.fd = -1


def _text(value, limit=_LIMIT):
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception as error:
        text = "<unprintable %s: %s>" % (type(value).__name__, type(error).__name__)
    return text if len(text) <= limit else text[: limit - 20] + "\n[... cut ...]"


def _frames(exc):
    tb = exc.__traceback__
    while tb is not None:
        hidden = tb.tb_frame.f_locals.get("__tracebackhide__", False)
        yield tb.tb_frame.f_code.co_filename, tb.tb_lineno, hidden is True
        tb = tb.tb_next


def locate(layout, exc):
    """(relative path, line) of the innermost frame inside the worktree, or None."""
    if isinstance(exc, SyntaxError) and exc.filename and layout.inside(exc.filename):
        return layout.relative(exc.filename), exc.lineno or 0
    found = [f for f in _frames(exc) if os.path.isabs(f[0]) and layout.inside(f[0])]
    shown = [f for f in found if not f[2]] or found
    return (layout.relative(shown[-1][0]), shown[-1][1]) if shown else None


def frames(layout, exc):
    """The way to an exception, outermost first: [path, line] of each frame in the worktree, a place told once; ["", n] for
    n frames between them that are neither the worktree's nor the import machinery's, or that are left out."""
    found, others = [], 0
    for file, line, _ in _frames(exc):
        known = layout.known(file) if os.path.isabs(file) else ""
        if not known:
            others += not (file.startswith("<frozen importlib") or _is_runner(file))
        elif not found or found[-1] != [known, line]:
            found += [["", others], [known, line]] if others and found else [[known, line]]
            others = 0
    if isinstance(exc, SyntaxError) and exc.filename and layout.inside(exc.filename):
        found.append([layout.relative(exc.filename), exc.lineno or 0])
    cut = found[_OUTER_FRAMES:-_INNER_FRAMES]
    if cut:
        found[_OUTER_FRAMES:-_INNER_FRAMES] = [["", sum(1 if path else line for path, line in cut)]]
    return found


def _is_runner(file):
    """A frame of this file, or of pytest's own import hook."""
    return file == __file__ or os.path.join("_pytest", "assertion", "rewrite.py") in file


def _statement(layout, path, line):
    """The statement at `line`: up to 12 source lines, taken by bracket depth."""
    full = os.path.join(layout.worktree, path)
    lines = []
    depth = 0
    for number in range(line, line + 12):
        text = linecache.getline(full, number).rstrip()
        if not text:
            break
        lines.append(text)
        depth += sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")
        if depth <= 0 and not text.endswith("\\"):
            break
    return "\n".join(("> " if i == 0 else "  ") + text for i, text in enumerate(lines))


def _say(exc):
    text = _text(exc).strip()
    name = type(exc).__name__
    if isinstance(exc, AssertionError):
        return text or name
    if name in ("Failed", "XFailed", "Skipped", "CollectError", "UsageError"):
        return text or name
    return "%s: %s" % (name, text) if text else name


def failure(layout, exc, fallback, message=""):
    """{path, line, message, excerpt, frames} of an exception; `fallback` is (path, line) when no frame is in the
    worktree."""
    place = locate(layout, exc) if exc is not None else None
    path, line = place or fallback
    message = message or (_say(exc) if exc is not None else "failed")
    message = message.replace(layout.worktree + os.sep, "")
    source = _statement(layout, path, line) if line else ""
    said = "\n".join("E " + part for part in message.splitlines()[:30])
    return {
        "path": path,
        "line": line,
        "message": message,
        "excerpt": _text(source + "\n" + said if source else said),
        "frames": frames(layout, exc) if exc is not None else [],
    }


def _origin(module):
    """The file a module came from. A suite may have replaced or deleted its `__file__`, and it may be any object."""
    try:
        file = module.__file__
    except Exception:
        file = None
    try:
        spec = module.__spec__
        return file if isinstance(file, str) or not spec.has_location else spec.origin
    except Exception:
        return file


def provenance(layout):
    """What this process imported: (worktree files, outside modules, compiled modules the worktree cannot provide)."""
    imported, outside, prebuilt = set(), [], []
    binary = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    for name, module in sorted(list(sys.modules.items())):
        file = _origin(module)
        if not isinstance(file, str) or name == "__main__":
            continue
        if layout.inside(file):
            imported.add(layout.relative(file))
        elif layout.foreign(file):
            outside.append((name, file))
        elif layout.provides(name) and not layout.standard(file):
            (prebuilt if "." in name and file.endswith(binary) else outside).append((name, file))
    return {"imported": sorted(imported), "outside": outside, "prebuilt": prebuilt}


_INTERNALS = (
    (
        "_pytest.runner",
        "",
        ("call_and_report", "runtestprotocol", "pytest_runtest_makereport", "check_interactive_exception"),
    ),
    ("_pytest.runner", "CallInfo", ("from_call",)),
    ("_pytest.reports", "TestReport", ("__init__", "from_item_and_call")),
    ("_pytest.reports", "CollectReport", ("__init__",)),
    ("_pytest.python", "", ("pytest_pyfunc_call",)),
    ("_pytest.python", "Function", ("runtest", "setup")),
    ("_pytest.unittest", "TestCaseFunction", ("runtest", "addFailure", "addError")),
    ("_pytest.main", "Session", ("perform_collect", "genitems")),
    (
        "unittest.case",
        "TestCase",
        ("run", "fail", "assertEqual", "assertTrue", "assertFalse", "assertIn", "assertRaises"),
    ),
)


def internals():
    """(owner, name, what it is) of the parts of pytest and unittest that decide on outcomes."""
    found = []
    for module, cls, names in _INTERNALS:
        owner = sys.modules.get(module)
        owner = getattr(owner, cls, None) if cls else owner
        found.extend((owner, name, owner.__dict__.get(name)) for name in names if owner is not None)
    return found


def replaced(layout, before):
    """[name, file] of each of them that something in the worktree has replaced since."""
    found = []
    for owner, name, was in before:
        now = owner.__dict__.get(name)
        if now is was:
            continue
        function = getattr(now, "__func__", now)
        code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
        places = {
            code.co_filename if code is not None else "",
            getattr(getattr(function, "__code__", None), "co_filename", ""),
        }
        file = next((layout.known(p) for p in places if layout.known(p)), "")
        if file or code is None:
            found.append(["%s.%s" % (getattr(owner, "__name__", ""), name), file])
    return found


def _selected(nodeid, wanted):
    """Whether a test, its class, its file or a folder above it is among the wanted entries."""
    test = nodeid.partition("[")[0]
    path = test.partition("::")[0]
    names = {nodeid, "."}
    while test != path:
        names.add(test)
        test = test.rpartition("::")[0]
    while path:
        names.add(path)
        path = path.rpartition("/")[0]
    return not names.isdisjoint(wanted)


def chunks(record):
    """A provenance record in parts small enough for one write each."""
    for at in range(0, max([len(part) for part in record.values()] + [1]), _CHUNK):
        yield {name: part[at : at + _CHUNK] for name, part in record.items()}


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


class Timed:
    """The hooks that hold a test to its time-out; registered only where there is one."""

    def __init__(self, clock):
        self.clock = clock

    @_hook(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self):
        self.clock.left = self.clock.seconds
        yield

    @_hook(hookwrapper=True)
    def pytest_runtest_setup(self):
        yield from self.clock.run()

    @_hook(hookwrapper=True)
    def pytest_runtest_call(self):
        yield from self.clock.run()

    @_hook(hookwrapper=True)
    def pytest_runtest_teardown(self):
        yield from self.clock.run()


class Lines:
    """The hooks of a measurement of lines; registered only where there is one."""

    def __init__(self, measurement):
        self.measurement = measurement

    @_hook(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config):
        asked = early_config.known_args_namespace
        if getattr(asked, "cov_source", None) and not getattr(asked, "no_cov", False):
            self.measurement.leave("pytest-cov measures this session")
        yield

    @_hook(hookwrapper=True, tryfirst=True)
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
        if kind not in self.subtests:
            self.subtests[kind] = kind.__name__.lower() == "subtestreport"
        if self.subtests[kind] and said != "failed":
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
        if _RANK[outcome] > _RANK[state["outcome"]]:
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
        return failure(self.layout, None, self.at_item(report), _text(getattr(report, "longrepr", "") or "failed"))

    def at_item(self, report):
        """(path, line) of the test itself; ("", 0) when its file is not in the worktree."""
        place = getattr(report, "location", None) or (report.nodeid.split("::")[0], None, "")
        path = self.layout.known(os.path.join(self.rootdir, place[0]))
        return path, place[1] + 1 if path and place[1] is not None else 0

    @_hook(hookwrapper=True, tryfirst=True)
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

    @_hook(trylast=True)
    def pytest_configure(self, config):
        self.rootdir = str(config.rootpath) if hasattr(config, "rootpath") else str(config.rootdir)

    @_hook(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        wanted = self.layout.select
        drop = [item for item in items if not _selected(item.nodeid, wanted)] if wanted else []
        if drop:
            items[:] = [item for item in items if _selected(item.nodeid, wanted)]
            config.hook.pytest_deselected(items=drop)

    @_hook(trylast=True)
    def pytest_collection_finish(self, session):
        self.collected.update(item.nodeid for item in getattr(session, "items", ()))
        self.seen.update(provenance(self.layout)["imported"])

    @_hook(hookwrapper=True)
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

    @_hook(tryfirst=True)
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
            return failure(self.layout, None, (path, where.lineno or line), _text("\n".join(lines[-8:])))
        said = str(getattr(report.longrepr, "errorstring", "")).strip().split("\n")[0]
        return failure(self.layout, error, (path, line), said)

    @_hook(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid):
        if self.channel is not None:
            self.channel.begin(nodeid)

    @_hook(tryfirst=True)
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

    @_hook(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        self.collected.update(ids)

    @_hook(optionalhook=True)
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

    @_hook(hookwrapper=True, tryfirst=True)
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


def measure(layout):
    """The measurement of lines, begun; None where nobody asks for one."""
    if layout.lines is None:
        return None
    import autopack_lines  # type: ignore[import-not-found]

    return autopack_lines.Measurement(layout)


def send_lines(channel, found):
    """What a process measured, in records."""
    import autopack_lines  # type: ignore[import-not-found]

    for kind, fields in autopack_lines.records(found):
        channel.send(kind, **fields)


def _open(mode, version):
    """The channel, its first record sent, or None; the variables that named it are gone afterwards."""
    fd = os.environ.pop("AUTOPACK_CHANNEL_FD", "")
    text = os.environ.pop("AUTOPACK_REPORT", "")
    if not fd or not text:
        return None
    channel = Channel(fd, text)
    about = {"python": "%d.%d.%d" % sys.version_info[:3], "pytest": version, "executable": sys.executable}
    channel.send("start", mode=mode, nonce=channel.nonce, path=list(sys.path), **about)
    return channel


def _run_pytest():
    """Start pytest: with the plugin, or for an older one with JUnit XML; 3 when there is none."""
    data = json.loads(os.environ["AUTOPACK_LAYOUT"])
    layout = Layout(data)
    if data["early"]:
        install(layout)
    try:
        import pytest
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        _open("absent", "")
        sys.stderr.write("%s has no pytest\n" % sys.executable)
        return 3
    sys.argv[0] = os.path.join(os.path.dirname(pytest.__file__), "__main__.py")
    numbers = tuple(int("0" + "".join(c for c in part if c.isdigit())) for part in pytest.__version__.split(".")[:2])
    if sys.version_info >= (3, 7) and numbers >= (6, 2):
        return int(pytest.main())
    install(layout)
    channel = _open("junit", pytest.__version__)
    at = sys.argv.index("-p")
    sys.argv[at : at + 2] = ["--junitxml=" + data["junit"], "-o", "junit_family=xunit1"]
    status = int(pytest.main())
    if channel is not None:
        for part in chunks(provenance(layout)):
            channel.send("provenance", worker="", **part)
        channel.send("end", status=status, results=0, errors=0, collected=0, not_run=[], unfinished=0)
    return status


def pytest_addoption(pluginmanager):
    """The first hook a plugin gets, at its registration: everything is put in place here."""
    import pytest

    if "AUTOPACK_LAYOUT" in os.environ:
        layout = Layout(json.loads(os.environ["AUTOPACK_LAYOUT"]))
        measurement = measure(layout)
        install(layout)
        channel = _open("plugin", pytest.__version__)
        pluginmanager.register(Reporter(layout, channel, measurement), "autopack-reporter")
        if measurement is not None:
            pluginmanager.register(Lines(measurement), "autopack-lines")
        if layout.per_test:
            pluginmanager.register(Timed(Clock(layout.per_test)), "autopack-time-out")


if __name__ == "__main__":
    sys.exit(_run_pytest())
