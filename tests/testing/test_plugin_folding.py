"""How the plugin folds several reports into one result, on reports made by hand."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import pytest

from autopack.testing.job import PLUGIN


class Sent(list):
    def send(self, kind, **fields):
        self.append((kind, fields))

    def result(self, fields):
        self.append(("result", fields))


@pytest.fixture
def reporter(tmp_path, monkeypatch):
    """Its modules find each other by the folder they lie in, and are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    for path in PLUGIN.glob("*.py"):
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
    known = set(sys.modules)
    layout = importlib.import_module("autopack_layout").Layout({"worktree": str(tmp_path), "roots": ["."]})
    yield importlib.import_module("autopack_reporter").Reporter(layout, Sent())
    for name in set(sys.modules) - known:
        del sys.modules[name]


def made(when: str, outcome: str, **more) -> SimpleNamespace:
    return SimpleNamespace(nodeid="t.py::a", when=when, outcome=outcome, duration=0.1, longrepr="said", **more)


FOLDS = {
    "passed": ([("setup", "passed"), ("call", "passed"), ("teardown", "passed")], "passed"),
    "failed in teardown too": ([("setup", "passed"), ("call", "failed"), ("teardown", "failed")], "failed"),
    "a rerun that passes": (
        [("setup", "passed"), ("call", "rerun"), ("teardown", "passed"),
         ("setup", "passed"), ("call", "passed"), ("teardown", "passed")], "passed"),
    "a rerun without teardown": (
        [("setup", "rerun"), ("setup", "passed"), ("call", "failed"), ("teardown", "passed")], "failed"),
    "a worker that died": ([("setup", "passed"), ("???", "failed")], "failed"),
    "only a teardown": ([("setup", "passed"), ("teardown", "passed")], "error"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDS)
def test_folding(reporter, name):
    steps, expected = FOLDS[name]
    for when, outcome in steps:
        reporter.add(made(when, outcome))
    assert [(kind, fields["outcome"]) for kind, fields in reporter.channel] == [("result", expected)]


def test_entries_select_by_whole_names(reporter):
    selected = reporter.add.__func__.__globals__["selected"]
    node = "tests/unit/test_a.py::TestX::test_y[a/b::c]"
    for entry in ("tests", "tests/unit", "tests/unit/test_a.py", "tests/unit/test_a.py::TestX", node, node[:-8], "."):
        assert selected(node, {entry}), entry
    for entry in ("test", "tests/unit/test_a", "tests/unit/test_a.py::Test", "tests/unit/test_a.py::TestX::test_y[a"):
        assert not selected(node, {entry}), entry
