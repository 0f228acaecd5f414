"""How pytest and unittest are started: flags, ids relative to the right folder, an empty configuration where none is."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from autopack.testing.configuration import PYTEST_FILES, from_folder, pytest_section, toml
from autopack.testing.job import PLUGIN, TestJob, python_path
from autopack.testing.roots import source_roots

_PYTEST_NEEDS = ("pluggy", "iniconfig", "packaging", "attr", "attrs", "py", "tomli", "exceptiongroup",
                 "typing_extensions", "pygments", "colorama", "importlib_metadata", "_pytest", "pytest")  # fmt: skip
_NAMES_BYTES = 32 * 1024


@dataclass(frozen=True)
class Invocation:
    """`absent` are the wanted entries that do not exist in the worktree; when nothing is left `argv` is empty."""

    argv: tuple[str, ...]
    layout: str
    junit: Path
    absent: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


def file_part(test_id: str) -> str:
    """The path of a test id or of an entry of `tests.paths`, without a trailing slash."""
    return test_id.split("::", 1)[0].rstrip("/") or "."


def to_node(test_id: str, workdir: str) -> str:
    """A worktree-relative id as pytest knows it, relative to the workdir."""
    path, separator, rest = test_id.partition("::")
    return posixpath.relpath(path.rstrip("/") or ".", workdir or ".") + separator + rest


def from_node(node: str, workdir: str) -> str:
    """pytest's id made relative to the worktree."""
    path, separator, rest = node.partition("::")
    return _from_workdir(path, workdir) + separator + rest


@lru_cache(maxsize=4096)
def _from_workdir(path: str, workdir: str) -> str:
    return posixpath.normpath(posixpath.join(workdir or ".", path))


def pytest_invocation(job: TestJob, only: Sequence[str] | None) -> Invocation:
    """The argv and the plugin's layout for the plan's paths, or for the test ids `only`."""
    chosen = _choose(job, only)
    if chosen.wanted and not chosen.files:
        return chosen.nothing
    config = ("-c", str(PLUGIN / "empty.ini")) if not _configured(job, chosen.files) else ()
    argv = (
        *(str(job.python), str(PLUGIN / "autopack_pytest.py"), "-p", "autopack_pytest"),
        *job.tests.args,
        *config,
        *("--rootdir", str(job.workdir), "--confcutdir", str(job.worktree)),
        *("-o", f"cache_dir={job.scratch / 'pytest-cache'}"),
        *("--maxfail=0", "--continue-on-collection-errors"),
        *chosen.targets,
    )
    return replace(chosen.nothing, argv=argv)


def unittest_invocation(job: TestJob, only: Sequence[str] | None) -> Invocation:
    """The same for our runner of unittest, which takes -k, -p and -b of unittest's own options."""
    chosen = _choose(job, only)
    if chosen.wanted and not chosen.files:
        return chosen.nothing
    argv = (str(job.python), str(PLUGIN / "autopack_unittest.py"), *job.tests.args, "--", *chosen.targets)
    return replace(chosen.nothing, argv=argv)


@dataclass(frozen=True)
class _Chosen:
    """`files` are relative to the worktree, `targets` the same to the workdir."""

    wanted: tuple[str, ...]
    files: tuple[str, ...]
    targets: tuple[str, ...]
    nothing: Invocation


def _choose(job: TestJob, only: Sequence[str] | None) -> _Chosen:
    workdir = posixpath.normpath(job.tests.workdir) if job.tests.workdir else ""
    wanted = tuple(only if only is not None else job.tests.paths)
    absent = tuple(entry for entry in wanted if not (job.worktree / file_part(entry)).exists())
    present = [entry for entry in wanted if entry not in absent]
    junit = job.scratch / "junit.xml"
    select = [to_node(entry, workdir) for entry in present] if any("::" in entry for entry in present) else []
    files = tuple(dict.fromkeys(file_part(entry) for entry in present))
    targets = tuple(_argument(posixpath.relpath(path, workdir or ".")) for path in files)
    return _Chosen(wanted, files, targets, Invocation((), _layout(job, select, junit), junit, absent, wanted))


def _argument(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


def _layout(job: TestJob, select: list[str], junit: Path) -> str:
    roots = source_roots(job.worktree)
    return json.dumps({
        "worktree": str(job.worktree), "roots": roots, "pythonpath": python_path(job.worktree, job.tests.env),
        "user_root": str(job.user_root) if job.user_root else "", "select": select, "junit": str(junit),
        "per_test": job.tests.per_test_timeout_seconds or 0, "early": _provides_pytest(job.base_paths, roots),
        "lines": _told_by_test(job.changed) if job.lines else None,
    })  # fmt: skip


def _told_by_test(paths: Iterable[str]) -> list[str]:
    """The Python files among them, as many as fit beside the rest in one variable of the environment."""
    found: list[str] = []
    room = _NAMES_BYTES
    for path in sorted(path for path in paths if path.endswith(".py")):
        room -= len(json.dumps(path)) + 2
        if room >= 0:
            found.append(path)
    return found


def _provides_pytest(base_paths: Iterable[str], roots: list[str]) -> bool:
    """The base holds a package that pytest imports: then its worktree must be importable before pytest is."""
    prefixes = ["" if root == "." else f"{root}/" for root in roots]
    homes = {f"{p}{name}{end}" for p in prefixes for name in _PYTEST_NEEDS for end in ("/__init__.py", ".py")}
    return any(path in homes for path in base_paths)


def _configured(job: TestJob, files: Iterable[str]) -> bool:
    """Whether a pytest configuration lies between what is collected and the worktree's root."""
    top = job.worktree.resolve()
    places = [(top / f).resolve() for f in files] or [job.workdir.resolve()]
    common = Path(os.path.commonpath([p if p.is_dir() else p.parent for p in (*places, job.workdir.resolve())]))
    start = Path(os.path.commonpath([p if p.is_dir() else p.parent for p in places]))
    folders = {folder for low in (start, common) for folder in (low, *low.parents) if folder.is_relative_to(top)}
    return any(_has_config(folder) for folder in folders)


def _has_config(folder: Path) -> bool:
    """A pyproject.toml that is broken counts: pytest would stumble over it."""
    read = from_folder(folder)
    if any((folder / name).is_file() for name in PYTEST_FILES) or pytest_section(read):
        return True
    return toml(read("pyproject.toml")) is None
