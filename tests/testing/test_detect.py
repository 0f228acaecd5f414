"""Which repositories have pytest tests, by names first and by what configures pytest where no name speaks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autopack.testing import detect_runner


def detected(files: Mapping[str, str]) -> str:
    return detect_runner(files.keys(), files.get)


@pytest.mark.parametrize(
    "name", ["tests/test_a.py", "src/pkg/a_test.py", "tests/conftest.py", "pytest.ini", "sub/.pytest.toml"]
)
def test_a_name_speaks_and_nothing_is_read(name: str) -> None:
    def read(path: str) -> str | None:
        raise AssertionError(f"{path} was read")

    assert detect_runner(["src/a.py", "pyproject.toml", name], read) == "pytest"


PYTHON_FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\npython_files = "check_*.py"\n',
    "pyproject.toml, native": '[tool.pytest]\npython_files = ["check_*.py"]\n',
    "setup.cfg": "[metadata]\nname = x\n[tool:pytest]\npython_files = check_*.py\n",
    "tox.ini": "[tox]\nenvlist = py311\n[pytest]\npython_files =\n    check_*.py\n",
}


@pytest.mark.parametrize("where", PYTHON_FILES)
def test_test_modules_may_have_other_names(where: str) -> None:
    assert detected({"tests/check_a.py": "", where.partition(",")[0]: PYTHON_FILES[where]}) == "pytest"


@pytest.mark.parametrize(
    "files",
    [
        {"src/a.py": "", "test.js": "", "tests/data.json": ""},
        {"pyproject.toml": "[tool.ruff]\nline-length = 88\n", "setup.cfg": "[pytest]\n", "tox.ini": "[testenv]\n"},
        {"sub/pyproject.toml": PYTHON_FILES["pyproject.toml"], "tests/check_a.py": ""},
        {"pyproject.toml": "tool = 3\n"},
        {"pyproject.toml": "a = " + "[" * 100_000, "tox.ini": "no section\n", "setup.cfg": "[tool:pytest\n"},
    ],
    ids=["no Python tests", "sections of others", "not at the root", "no table", "broken"],
)
def test_nothing_speaks_for_pytest(files: dict[str, str]) -> None:
    assert detected(files) == "none"
