"""What an import loads: the lower floors are light, and no vendor SDK or GitPython comes before it is called."""

from __future__ import annotations

import subprocess
import sys

import pytest

SDKS = {"anthropic", "openai", "git", "genai_prices", "httpx"}
EVERYTHING = SDKS | {"pydantic", "yaml", "sqlite_utils", "sqlite3", "asyncio", "psutil", "stamina", "pygls", "click"}


def loaded(module: str) -> set[str]:
    code = f"import {module}, sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", [
    "autopack", "autopack.errors", "autopack.model", "autopack.model.states", "autopack.model.findings",
    "autopack.model.rules", "autopack.model.changes", "autopack.model.evidence", "autopack.events", "autopack.fault",
    "autopack.text", "autopack.paths", "autopack.redaction", "autopack.durable", "autopack.lazily",
])  # fmt: skip
def test_the_lower_floors_need_the_standard_library_alone(module: str) -> None:
    assert loaded(module) & EVERYTHING == set()


@pytest.mark.parametrize(
    "module", ["autopack.llm", "autopack.repo", "autopack.engine.run_loop", "autopack.service.facade"]
)
def test_no_sdk_is_loaded_before_it_is_called(module: str) -> None:
    assert loaded(module) & SDKS == set()


def test_gates_and_approvals_load_neither_store_nor_processes() -> None:
    for module in ("autopack.gates", "autopack.approvals"):
        assert loaded(module) & {"sqlite3", "asyncio", "psutil", "yaml"} == set(), module


@pytest.mark.parametrize("package", ["autopack.engine", "autopack.service", "autopack.settings"])
def test_a_package_loads_each_of_its_names_when_it_is_asked_for(package: str) -> None:
    code = (
        f"import {package} as p, sys; held = set(sys.modules)\n"
        f"assert not [m for m in held if m.startswith({package!r} + '.')], held\n"
        "assert all(getattr(p, name) is getattr(p, name) for name in p.__all__)\n"
        f"from {package} import *\n"
        "try:\n    p.nothing\nexcept AttributeError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"module {package!r} has no attribute 'nothing'\n"
