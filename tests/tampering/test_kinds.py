"""Many forms of each kind of tampering with Python tests and what runs them, and edits beside them that take nothing."""

from __future__ import annotations

import pytest

from tests.tampering.edits import Form, files, forms, judge, kinds

FORMS = ("doubles.yaml", "waits.yaml", "values.yaml", "builds.yaml")


def held(key: str) -> list[tuple[str, Form]]:
    return [(name, form) for name in FORMS for form in forms(name, key)]


@pytest.mark.parametrize(("name", "form"), held("loses"))
def test_less_is_found(name: str, form: Form) -> None:
    assert kinds(judge(files(name), form.of(files(name))))


@pytest.mark.parametrize(("name", "form"), held("keeps"))
def test_as_much_is_not_suspicious(name: str, form: Form) -> None:
    found = judge(files(name), form.of(files(name)))
    assert kinds(found) == set(), [s.message for s in found]


SETTINGS = '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\nxfail_strict = true\n'


@pytest.mark.parametrize(
    ("path", "text", "hides"),
    [
        ("pytest.ini", "[pytest]\n", True),
        ("tests/pytest.ini", "[pytest]\n", True),
        ("pytest.ini", "[pytest]\nfilterwarnings = error\nxfail_strict = true\n", False),
        ("setup.cfg", "[tool:pytest]\naddopts = -q\n", False),
        ("tox.ini", "[tox]\nenvlist = py312\n", False),
    ],
)
def test_a_new_file_of_settings_that_pytest_reads_first_puts_the_others_aside(
    path: str, text: str, hides: bool
) -> None:
    base = {"pyproject.toml": SETTINGS, "tests/test_a.py": "def test_a():\n    assert 1 + 1 == 2\n"}
    assert bool(kinds(judge(base, {path: text}))) is hides
