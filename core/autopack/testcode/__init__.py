"""Tests read as code: what each test of a change asserts, and whether it could fail at all.

Pure functions of a change and the files round it; nothing here runs a test or a grammar.
"""

from autopack.testcode.findings import doubt_findings
from autopack.testcode.python_tests import Assertion, Form, Mark, TestFunction, read_tests
from autopack.testcode.vacuity import Doubt, Facts, Kind, changed_test_files, fresh_tests, project_of, vacuous_tests

__all__ = [
    "Assertion",
    "Doubt",
    "Facts",
    "Form",
    "Kind",
    "Mark",
    "TestFunction",
    "changed_test_files",
    "doubt_findings",
    "fresh_tests",
    "project_of",
    "read_tests",
    "vacuous_tests",
]
