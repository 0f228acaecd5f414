"""Tests of the target, run and judged by Autopack itself."""

from __future__ import annotations

from autopack.testing.interpreter import find_python
from autopack.testing.job import TestJob
from autopack.testing.key import test_key
from autopack.testing.roots import source_roots
from autopack.testing.runner import run_tests, run_tests_logged

__all__ = ["TestJob", "find_python", "run_tests", "run_tests_logged", "source_roots", "test_key"]
