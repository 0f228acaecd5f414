"""Which runner a repository has: pytest by names first and by what configures it, others by a file at the root."""

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
        {"src/a.py": "", "test.js": "", "tests/data.json": "", "web/package.json": '{"scripts": {"test": "jest"}}'},
        {"pyproject.toml": "[tool.ruff]\nline-length = 88\n", "setup.cfg": "[pytest]\n", "tox.ini": "[testenv]\n"},
        {"sub/pyproject.toml": PYTHON_FILES["pyproject.toml"], "tests/check_a.py": ""},
        {"pyproject.toml": "tool = 3\n"},
        {"pyproject.toml": "a = " + "[" * 100_000, "tox.ini": "no section\n", "setup.cfg": "[tool:pytest\n"},
    ],
    ids=["no Python tests", "sections of others", "not at the root", "no table", "broken"],
)
def test_nothing_speaks_for_pytest(files: dict[str, str]) -> None:
    assert detected(files) == "none"


@pytest.mark.parametrize(
    ("files", "runner"),
    [
        ({"package.json": '{"scripts": {"test": "vitest run"}, "devDependencies": {"jest": "1"}}'}, "vitest"),
        ({"package.json": '{"scripts": {"test": "NODE_ENV=test jest --ci"}}'}, "jest"),
        ({"package.json": '{"scripts": {"test": "node --import tsx --test"}}'}, "node"),
        (
            {"package.json": '{"scripts": {"test": "make && node run.js"}, "devDependencies": {"vitest": "1"}}'},
            "vitest",
        ),
        ({"package.json": '{"dependencies": {"jest": "1"}}'}, "jest"),
        ({"package.json": '{"devDependencies": {"jest-junit": "1"}}', "go.mod": ""}, "go"),
        ({"package.json": "[" * 100_000, "Cargo.toml": ""}, "cargo"),
        ({"package.json": '{"scripts": ["jest"], "devDependencies": "jest"}'}, "none"),
        ({"pom.xml": "", "mvnw": ""}, "maven"),
        ({"settings.gradle.kts": "", "app/build.gradle.kts": ""}, "gradle"),
        ({"sub/go.mod": "", "sub/pom.xml": ""}, "none"),
        ({"go.mod": "", "tools/test_gen.py": ""}, "pytest"),
        ({"test_a.py": "import unittest\n"}, "pytest"),
    ],
)
def test_runners_of_other_ecosystems(files: dict[str, str], runner: str) -> None:
    assert detected(files) == runner
