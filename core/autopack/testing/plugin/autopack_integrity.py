# ruff: noqa: C414, UP031
# pyright: basic
"""What a process that runs tests imported, and which parts of the runner the code under test replaced.
PYTEST_DONT_REWRITE"""

import importlib.machinery
import sys
import unittest.case  # noqa: F401  older pytest leaves it to the code under test, which could replace its parts unseen


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
