"""The plugin lies compiled beside itself for interpreters of our version, where that can be."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autopack.testing import session_runs


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "plugin"
    shutil.copytree(session_runs.PLUGIN, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(session_runs, "PLUGIN", folder)
    session_runs._compile_plugin.cache_clear()
    yield folder
    session_runs._compile_plugin.cache_clear()


def test_every_module_lies_compiled_beside_it(plugin: Path) -> None:
    session_runs._compile_plugin()
    modules = sorted(plugin.glob("*.py"))
    assert len(modules) > 5
    assert all(Path(importlib.util.cache_from_source(str(module))).is_file() for module in modules)


def test_a_module_that_changed_is_compiled_again(plugin: Path) -> None:
    session_runs._compile_plugin()
    module = plugin / "autopack_clock.py"
    old = Path(importlib.util.cache_from_source(str(module))).read_bytes()
    module.write_text(module.read_text("utf-8") + "\nADDED = 1\n", "utf-8")
    session_runs._compile_plugin.cache_clear()
    session_runs._compile_plugin()
    assert Path(importlib.util.cache_from_source(str(module))).read_bytes() != old


def test_where_nothing_can_be_written_the_run_goes_on_without(plugin: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (plugin / "__pycache__").write_text("in the way\n", "utf-8")
    session_runs._compile_plugin()
    assert (plugin / "__pycache__").is_file()
    assert "".join(capfd.readouterr()) == ""
