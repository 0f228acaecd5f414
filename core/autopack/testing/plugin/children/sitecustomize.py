# ruff: noqa: PTH100, PTH118, PTH120
# pyright: basic
"""Start-up of the target's child processes where an editable install redirects imports before sys.path is asked.

On PYTHONPATH only then (see `install` in autopack_layout.py): it puts the worktree first again and hands over to the
sitecustomize that would have run without it.
"""

import importlib.machinery
import importlib.util
import json
import os
import sys


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _main():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != here]
    if "AUTOPACK_LAYOUT" in os.environ:
        plugin = _load("_autopack_redirect", os.path.join(os.path.dirname(here), "autopack_layout.py"))
        del sys.modules["_autopack_redirect"]
        plugin.place_finder(plugin.Layout(json.loads(os.environ["AUTOPACK_LAYOUT"])))
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if found is not None and found.origin:
        _load("sitecustomize", found.origin)


_main()
