"""Which Python runs the target's tests, and what it is: found without starting it, identified by its files."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from autopack.errors import EnvironmentRefused, UsageError

VARIABLE = "AUTOPACK_TARGET_PYTHON"


def find_python(
    root: Path, env: Mapping[str, str], configured: str | None = None, tracked: Collection[str] = ()
) -> Path:
    """AUTOPACK_TARGET_PYTHON, else the user setting, else the repository's `.venv` or `venv`, else python3 on PATH.

    A relative name is looked up on PATH. Raises EnvironmentRefused when the repository's environment holds tracked
    files (a repository must not bring the program that judges it) or no interpreter is found, UsageError when the one
    named is not there.
    """
    named = env.get(VARIABLE) or configured
    if named:
        found = _named(named, env)
        if found is None:
            raise UsageError(
                f"the target's interpreter {named!r} does not exist or cannot be executed",
                hint=f"Set {VARIABLE} or the setting target_python to the path of a Python executable.",
            )
        return found
    for folder in (".venv", "venv"):
        python = root / folder / "bin" / "python"
        if not _executable(python):
            continue
        if any(path.startswith(f"{folder}/") for path in tracked):
            raise EnvironmentRefused(
                f"{folder}/ is under version control, so a commit could replace the interpreter of the tests",
                hint=f"git rm -r --cached {folder} and ignore it, or set {VARIABLE} to another interpreter.",
            )
        return python
    for place in _search_path(root, env):
        python = place / "python3"
        if _executable(python):
            real = _through_shim(python, root, env)
            if real is not None:
                return real
    raise EnvironmentRefused("no Python interpreter was found for the tests",
                             hint=f"Install python3 or set {VARIABLE}.")  # fmt: skip


def _named(text: str, env: Mapping[str, str]) -> Path | None:
    path = Path(text).expanduser()
    if path.is_absolute() or "/" in text:
        return Path(os.path.abspath(path)) if _executable(path) else None  # noqa: PTH100 - links are kept: a venv is one
    found = shutil.which(text, path=env.get("PATH", os.defpath))
    return Path(found) if found else None


def _executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _search_path(root: Path, env: Mapping[str, str]) -> list[Path]:
    """Absolute folders of PATH outside the repository."""
    places = [Path(p) for p in env.get("PATH", os.defpath).split(os.pathsep) if p]
    top = root.resolve()
    return [p for p in places if p.is_absolute() and not p.resolve().is_relative_to(top)]


def _through_shim(python: Path, root: Path, env: Mapping[str, str]) -> Path | None:
    """A pyenv shim is a shell script that would need its own tools in the sandbox: the interpreter it would choose."""
    with python.open("rb") as stream:
        if stream.read(2) != b"#!":
            return python
    home = python.parent.parent
    if python.parent.name != "shims" or not (home / "versions").is_dir():
        return None
    wanted = [env.get("PYENV_VERSION", "").split(":")[0]]
    for place in (*(f / ".python-version" for f in (root, *root.parents)), home / "version"):
        if place.is_file():
            wanted += place.read_text("utf-8", "replace").split()[:1]
    for version in wanted:
        for folder in sorted((home / "versions").glob(f"{version}*"), reverse=True) if version else []:
            if _executable(folder / "bin" / "python3"):
                return folder / "bin" / "python3"
    return None


def environment_folder(python: Path) -> Path | None:
    """The virtual environment `python` belongs to, or None."""
    folder = python.parent.parent
    return folder if (folder / "pyvenv.cfg").is_file() else None


def site_folders(python: Path) -> list[Path]:
    """The folders `python` has its installed packages in, as far as they can be told from outside."""
    bases = [python.parent.parent, python.resolve().parent.parent]
    patterns = ("lib/python3*/site-packages", "lib64/python3*/site-packages", "lib/python3*/dist-packages",
                "lib/python3/dist-packages", "local/lib/python3*/dist-packages")  # fmt: skip
    if environment_folder(python) is not None:
        bases = bases[:1]
    return sorted({folder for base in bases for pattern in patterns for folder in base.glob(pattern)})


def interpreter_identity(python: Path) -> str:
    """A digest of the executable, the environment's configuration and the installed distributions with their times."""
    facts: list[str] = [str(python), str(python.resolve())]
    stat = python.stat()
    facts.append(f"{stat.st_size} {stat.st_mtime_ns}")
    environment = environment_folder(python)
    if environment is not None:
        facts.append((environment / "pyvenv.cfg").read_text("utf-8", "replace"))
    for folder in site_folders(python):
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            if entry.name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link")):
                facts.append(f"{folder}/{entry.name} {entry.stat().st_mtime_ns}")
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def install_hint(python: Path) -> str:
    """The command that installs pytest for `python`."""
    environment = environment_folder(python)
    if environment is None:  # most systems keep pip out of their own Python; the repository's .venv is found first
        return f"Give the repository an environment: {python} -m venv .venv && .venv/bin/python -m pip install pytest"
    if not (environment / "bin" / "pip").exists():
        return f"Install it with: {python} -m ensurepip && {python} -m pip install pytest"
    return f"Install it with: {python} -m pip install pytest"


def interpreter_folders(python: Path) -> tuple[Path, ...]:
    """What a sandbox must show for `python` to run when the command is another program."""
    folders = [environment_folder(python), python.resolve().parent.parent]
    system = (Path("/"), Path("/usr"), Path("/usr/local"))
    return tuple(dict.fromkeys(f for f in folders if f is not None and f not in system))
