# ruff: noqa: PTH118, PTH120, UP031
# pyright: basic
"""Reports a pytest session, record by record, to the process that started it. PYTEST_DONT_REWRITE

Run as a file it is `python -m pytest` without the current folder on sys.path; `-p autopack_pytest` then takes it for a
plugin, before any conftest, entry point or ini option. Needs Python 3.7, pytest 6.2 and nothing else; an older
pytest is asked for JUnit XML instead. It is fed by the environment: AUTOPACK_CHANNEL_FD and AUTOPACK_REPORT
(`nonce:key`), both removed at load, and AUTOPACK_LAYOUT (JSON: worktree, roots, pythonpath, user_root, select,
per_test, early, junit, lines; kept, because xdist workers read it too). What it loads lies beside it; but for the hooks,
which need pytest, before the worktree's own names can be found.
"""

import json
import os
import sys

import autopack_failures  # noqa: F401  for the hooks, which come when the worktree's names are found first
from autopack_clock import Clock
from autopack_integrity import provenance
from autopack_layout import Layout, beside, install
from autopack_lines import measure
from autopack_records import chunks, opened


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
        opened("absent", "")
        sys.stderr.write("%s has no pytest\n" % sys.executable)
        return 3
    sys.argv[0] = os.path.join(os.path.dirname(pytest.__file__), "__main__.py")
    numbers = tuple(int("0" + "".join(c for c in part if c.isdigit())) for part in pytest.__version__.split(".")[:2])
    if sys.version_info >= (3, 7) and numbers >= (6, 2):
        return int(pytest.main())
    install(layout)
    channel = opened("junit", pytest.__version__)
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
        hooks = beside("autopack_reporter")
        channel = opened("plugin", pytest.__version__)
        pluginmanager.register(hooks.Reporter(layout, channel, measurement), "autopack-reporter")
        if measurement is not None:
            pluginmanager.register(hooks.Lines(measurement), "autopack-lines")
        if layout.per_test:
            pluginmanager.register(hooks.Timed(Clock(layout.per_test)), "autopack-time-out")


if __name__ == "__main__":
    # The plugin is this file, whatever the worktree has under its name.
    sys.modules["autopack_pytest"] = sys.modules[__name__]
    sys.exit(_run_pytest())
