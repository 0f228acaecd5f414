"""Every fault point in the code is registered under its name, and `autopack health --fault-points` can list them all."""

from __future__ import annotations

import ast
import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import autopack

CORE = Path(autopack.__file__).parent


def calls(name: str) -> Iterator[tuple[Path, ast.expr]]:
    """(module, first argument) of each `fault.<name>(...)` in the core."""
    for path in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"fault.{name}":
                yield path, node.args[0]


@cache
def constants(path: Path) -> dict[str, str]:
    """Names a module binds to a registered point, or imports from a module that does."""
    found: dict[str, str] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            first, target = node.value.args[0], node.targets[0]
            if isinstance(first, ast.Constant) and isinstance(target, ast.Name):
                found[target.id] = str(first.value)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autopack."):
            source = CORE.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
            known = constants(source) if source.exists() and source != path else {}
            found |= {alias.asname or alias.name: known[alias.name] for alias in node.names if alias.name in known}
    return found


def passed() -> set[str]:
    names: set[str] = set()
    for path, argument in calls("point"):
        assert isinstance(argument, ast.Constant | ast.Name), f"{path}: a point's name is a constant"
        names.add(str(argument.value) if isinstance(argument, ast.Constant) else constants(path)[argument.id])
    return names


def registered() -> set[str]:
    return {str(argument.value) for _, argument in calls("register") if isinstance(argument, ast.Constant)}


def test_every_point_passed_is_registered_and_every_registered_one_is_passed() -> None:
    assert len(passed()) > 30
    assert passed() == registered()


def test_health_lists_them_all_with_a_meaning() -> None:
    """In a process of its own: what is listed does not hang on what was imported before."""
    code = "import json; from autopack.service import fault_points; print(json.dumps(fault_points()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    listed = json.loads(done.stdout)
    assert set(listed) == registered() and list(listed) == sorted(listed)
    assert all("." in name and len(meaning) > 10 for name, meaning in listed.items())


PROBE = """
from autopack import fault
for _ in range(3):
    try:
        fault.point("calls.answered")
    except OSError as error:
        print("refused", error.errno)
    except RuntimeError:
        print("raised")
    else:
        print("passed")
"""


def probe(tmp_path: Path, spec: str, *, flag: bool = True) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "flag"
    if flag:
        file.touch()
    env = {"PATH": os.environ["PATH"], "AUTOPACK_FAULT": spec, "AUTOPACK_FAULT_ENABLE": str(file)}
    return subprocess.run([sys.executable, "-c", PROBE], env=env, capture_output=True, text=True)


@pytest.mark.parametrize(("spec", "said"), [
    ("calls.answered:raise", ["raised", "passed", "passed"]),
    ("calls.answered:raise:2", ["passed", "raised", "passed"]),
    ("calls.answered:enospc:3", ["passed", "passed", f"refused {errno.ENOSPC}"]),
    ("calls.answered:eio", [f"refused {errno.EIO}", "passed", "passed"]),
    ("calls.stored:raise", ["passed"] * 3),
])  # fmt: skip
def test_an_armed_point_acts_once_at_its_turn(tmp_path: Path, spec: str, said: list[str]) -> None:
    assert probe(tmp_path, spec).stdout.splitlines() == [*(" ".join(s.split()) for s in said)]


def test_nothing_acts_without_the_flag_file(tmp_path: Path) -> None:
    assert probe(tmp_path, "calls.answered:kill9", flag=False).stdout.split() == ["passed"] * 3


def test_kill_is_a_kill(tmp_path: Path) -> None:
    assert probe(tmp_path, "calls.answered:kill9:2").returncode == -9


def test_a_trace_names_what_was_passed(tmp_path: Path) -> None:
    assert probe(tmp_path, "*:trace").stdout.split() == ["passed"] * 3
    assert (tmp_path / "flag").read_text().split() == ["calls.answered"] * 3
