from __future__ import annotations

from tests.tampering.edits import PRODUCT, judge


def test_a_start_up_module_that_replaces_assertions_is_told_at_the_line_that_does() -> None:
    found = judge(PRODUCT, {"sitecustomize.py": "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n"})
    assert [(s.path, s.line) for s in found if s.sure] == [("sitecustomize.py", 3)]


def test_a_hook_that_was_there_is_no_matter() -> None:
    hook = "import pytest\n\n\ndef pytest_runtest_setup(item):\n    if 'x' in item.name:\n        pytest.skip('x')\n"
    assert judge(PRODUCT, {"tests/conftest.py": hook})
    assert not judge({**PRODUCT, "tests/conftest.py": hook}, {"tests/conftest.py": f"# Skips\n{hook}"})
