"""Which interpreter is chosen, what is refused, and when it counts as another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack.errors import EnvironmentRefused, UsageError
from autopack.testing import find_python, install_hint, interpreter_identity


def program(path: Path, text: str = "\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_order_of_choice(tmp_path):
    repo = tmp_path / "repo"
    system = program(tmp_path / "bin" / "python3")
    env = {"PATH": f"{repo}/bin:relative:{system.parent}"}
    program(repo / "bin" / "python3")
    assert find_python(repo, env) == system
    venv = program(repo / "venv" / "bin" / "python")
    assert find_python(repo, env) == venv
    dotted = program(repo / ".venv" / "bin" / "python")
    assert find_python(repo, env) == dotted
    chosen = program(tmp_path / "other" / "python")
    assert find_python(repo, env, str(chosen)) == chosen
    assert find_python(repo, {**env, "AUTOPACK_TARGET_PYTHON": str(system)}, str(chosen)) == system
    assert find_python(repo, env, "python3") == repo / "bin" / "python3"


def test_refusals(tmp_path):
    program(tmp_path / ".venv" / "bin" / "python")
    with pytest.raises(EnvironmentRefused, match="under version control") as refused:
        find_python(tmp_path, {"PATH": ""}, tracked={".venv/pyvenv.cfg"})
    assert "git rm -r --cached .venv" in refused.value.hint
    with pytest.raises(UsageError, match="does not exist"):
        find_python(tmp_path, {"AUTOPACK_TARGET_PYTHON": "/no/such/python"})
    with pytest.raises(EnvironmentRefused, match="no Python interpreter"):
        find_python(tmp_path / "bare", {"PATH": str(tmp_path)})


def test_a_pyenv_shim_is_seen_through(tmp_path):
    shim = program(tmp_path / "pyenv" / "shims" / "python3", "#!/usr/bin/env bash\n")
    for version in ("3.11.2", "3.12.1"):
        program(tmp_path / "pyenv" / "versions" / version / "bin" / "python3")
    (tmp_path / "pyenv" / "version").write_text("3.12.1\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    env = {"PATH": str(shim.parent)}
    assert find_python(repo, env) == tmp_path / "pyenv/versions/3.12.1/bin/python3"
    (repo / ".python-version").write_text("3.11\n")
    assert find_python(repo, env) == tmp_path / "pyenv/versions/3.11.2/bin/python3"


def test_identity_changes_with_what_is_installed(lean_python):
    before = interpreter_identity(lean_python)
    assert interpreter_identity(lean_python) == before
    (site,) = lean_python.parent.parent.glob("lib/python3*/site-packages")
    (site / "more-1.0.dist-info").mkdir()
    assert interpreter_identity(lean_python) != before
    (site / "more-1.0.dist-info").rmdir()
    assert interpreter_identity(lean_python) == before


def test_install_hint_without_pip(bare_python):
    assert install_hint(bare_python) == (
        f"Install it with: {bare_python} -m ensurepip && {bare_python} -m pip install pytest"
    )
