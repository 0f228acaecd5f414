"""Source roots: the folders of a worktree that its tests import from."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path
from typing import Any, cast

Table = dict[str, Any]


def source_roots(worktree: Path) -> list[str]:
    """Relative folders in the order they go on sys.path, each existing and inside the worktree; "." is always the last.

    They are what pyproject.toml (or setup.cfg) declares to pytest and to the build back end; `src` when nothing is
    declared and the folder exists.
    """
    pyproject = _toml(worktree / "pyproject.toml")
    tool: Table = _table(pyproject, "tool")
    declared = [*_pytest_roots(worktree, tool), *_backend_roots(worktree, pyproject, tool)]
    valid = [_inside(worktree, text) for text in declared]
    roots = list(dict.fromkeys(root for root in valid if root not in ("", ".")))
    if not roots and (worktree / "src").is_dir():
        roots = ["src"]
    return [*roots, "."]


def _inside(worktree: Path, text: str) -> str:
    top = worktree.resolve()
    folder = (top / text).resolve()
    if not folder.is_dir() or not folder.is_relative_to(top):
        return ""
    return folder.relative_to(top).as_posix()


def _toml(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def ini(path: Path) -> configparser.ConfigParser:
    """An ini file's sections; a file that is absent or broken has none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return configparser.ConfigParser()
    return parser


def _table(data: Table, *keys: str) -> Table:
    for key in keys:
        value = data.get(key)
        if not isinstance(value, dict):
            return {}
        data = cast("Table", value)
    return data


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [v for v in _list(value) if isinstance(v, str)]


def _pytest_roots(worktree: Path, tool: Table) -> list[str]:
    found = _strings(_table(tool, "pytest", "ini_options").get("pythonpath"))
    found += _strings(_table(tool, "pytest").get("pythonpath"))
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        found += ini(worktree / name).get(section, "pythonpath", fallback="").split()
    return found


def _parent(path: str) -> str:
    return Path(path).parent.as_posix()


def _backend_roots(worktree: Path, pyproject: Table, tool: Table) -> list[str]:
    setuptools = _table(tool, "setuptools")
    found = _strings(_table(setuptools, "packages", "find").get("where"))
    found += _package_dirs(_table(setuptools, "package-dir"))
    setup_cfg = ini(worktree / "setup.cfg")
    found += setup_cfg.get("options.packages.find", "where", fallback="").split()
    lines = setup_cfg.get("options", "package_dir", fallback="").splitlines()
    found += _package_dirs({k.strip(): v.strip() for k, _, v in (line.partition("=") for line in lines) if v})
    build = _table(tool, "hatch", "build")
    for table in (build, _table(build, "targets", "wheel"), _table(build, "targets", "editable")):
        found += _strings(table.get("dev-mode-dirs")) + _strings(table.get("sources"))
        found += [key for key, value in _table(table, "sources").items() if value == ""]
        found += [_parent(package) for package in _strings(table.get("packages"))]
        found += [_parent(package) for package in _strings(table.get("only-include"))]
    for package in _list(_table(tool, "poetry").get("packages")):
        entry = _table({"": package}, "")
        if isinstance(entry.get("include"), str):
            found.append(str(entry.get("from", ".")))
    flit = _table(tool, "flit", "module").get("name")
    if isinstance(flit, str) and (worktree / "src" / flit.split(".")[0]).exists():
        found.append("src")
    maturin = _table(tool, "maturin")
    if isinstance(maturin.get("python-source"), str):
        found.append(maturin["python-source"])
    wheel = _table(tool, "scikit-build", "wheel")
    packages = wheel.get("packages")
    found += [_parent(p) for p in _strings(packages) or _strings(list(_table(wheel, "packages").values()))]
    pdm = _table(tool, "pdm", "build").get("package-dir")
    if isinstance(pdm, str):
        found.append(pdm)
    backend = str(_table(pyproject, "build-system").get("build-backend", ""))
    if backend.startswith("maturin") and not found and (worktree / "python").is_dir():
        found.append("python")
    return [f for f in found if f]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _package_dirs(table: Table) -> list[str]:
    """setuptools' package-dir: "" names a root; `pkg = lib/pkg` makes `lib` one, when the names agree."""
    found: list[str] = []
    for package, folder in table.items():
        if not isinstance(folder, str):
            continue
        if package == "":
            found.append(folder)
        elif Path(folder).name == package.split(".")[-1]:
            root = Path(folder)
            for _ in package.split("."):
                root = root.parent
            found.append(root.as_posix())
    return found
