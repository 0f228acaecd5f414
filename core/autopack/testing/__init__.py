"""Tests of the target: run under a plugin of ours, compared with the baseline, judged as evidence.

report = await run_tests(TestJob(tests, worktree, tree, python, scratch, sandbox, nonce, ...))
delta = await try_again(compare(baseline, report, changes), baseline, report, bench)
findings = delta_findings(delta, report, phase.tests.must_pass)
positive = positive_evidence(changes, report, delta, must_pass, category, runner, is_test)
findings = coverage_findings(coverage_of(changes, baseline, report, read, is_test), baseline, report, asked)
"""

from __future__ import annotations

from autopack.testing.baseline import baseline_findings, baseline_state
from autopack.testing.checks import CheckRun, check_findings, compare_checks, run_checks
from autopack.testing.codec import report_from_json, report_to_json
from autopack.testing.coverage import Asked, coverage_findings, coverage_of
from autopack.testing.crossed import cross_findings, rests_on_the_file
from autopack.testing.delta import GOOD, compare, fresh_tests, settled, with_passed
from autopack.testing.delta_findings import delta_findings
from autopack.testing.detect import detect_runner
from autopack.testing.evidence import Positive, positive_evidence
from autopack.testing.functions import called_fixtures, functions, names_with_helpers, parsed
from autopack.testing.ids import comparable, function_of
from autopack.testing.imports import imported, importers
from autopack.testing.imports_gone import Repaired, without_imports
from autopack.testing.interpreter import find_python, install_hint, interpreter_folders, interpreter_identity
from autopack.testing.invocation import file_part
from autopack.testing.job import TestJob, allowed_variable, argv_for, test_environment
from autopack.testing.key import test_key
from autopack.testing.licence import Licence
from autopack.testing.masked import Masked, masked, passing_functions, worth_crossing
from autopack.testing.meddling import meddling_findings, unconfirmed
from autopack.testing.operators import special_methods
from autopack.testing.other_form import other_form
from autopack.testing.promised import undefined, unwritten
from autopack.testing.removed import removed_names
from autopack.testing.report import EXIT_STATUS_ID, FAILING, belongs
from autopack.testing.roots import source_roots
from autopack.testing.runner import run_tests, run_tests_logged
from autopack.testing.selection import SELECTING, Selection, select_tests
from autopack.testing.sides import Sides, sides_of
from autopack.testing.sources import Sources
from autopack.testing.trials import MOST_TRIED, Bench, Remembered, try_again

__all__ = [
    "EXIT_STATUS_ID",
    "FAILING",
    "GOOD",
    "MOST_TRIED",
    "SELECTING",
    "Asked",
    "Bench",
    "CheckRun",
    "Licence",
    "Masked",
    "Positive",
    "Remembered",
    "Repaired",
    "Selection",
    "Sides",
    "Sources",
    "TestJob",
    "allowed_variable",
    "argv_for",
    "baseline_findings",
    "baseline_state",
    "belongs",
    "called_fixtures",
    "check_findings",
    "comparable",
    "compare",
    "compare_checks",
    "coverage_findings",
    "coverage_of",
    "cross_findings",
    "delta_findings",
    "detect_runner",
    "file_part",
    "find_python",
    "fresh_tests",
    "function_of",
    "functions",
    "imported",
    "importers",
    "install_hint",
    "interpreter_folders",
    "interpreter_identity",
    "masked",
    "meddling_findings",
    "names_with_helpers",
    "other_form",
    "parsed",
    "passing_functions",
    "positive_evidence",
    "removed_names",
    "report_from_json",
    "report_to_json",
    "rests_on_the_file",
    "run_checks",
    "run_tests",
    "run_tests_logged",
    "select_tests",
    "settled",
    "sides_of",
    "source_roots",
    "special_methods",
    "test_environment",
    "test_key",
    "try_again",
    "unconfirmed",
    "undefined",
    "unwritten",
    "with_passed",
    "without_imports",
    "worth_crossing",
]
