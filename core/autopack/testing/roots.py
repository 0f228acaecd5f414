"""Source roots: the folders of a worktree that its tests import from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from autopack.testing.configuration import Read, Table, from_folder, ini, table, toml


def source_roots(worktree: Path) -> list[str]:
    """Relative folders in the order they go on sys.path, each existing and inside the worktree; "." is always the last.

    They are what pyproject.toml (or setup.cfg) declares to pytest and to the build back end; `src` when nothing is
    declared and the folder exists.
    """
    read = from_folder(worktree)
    pyproject = toml(read("pyproject.toml")) or {}
    tool: Table = table(pyproject, "tool")
    declared = [*_pytest_roots(read, tool), *_backend_roots(worktree, read, pyproject, tool)]
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


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [v for v in _list(value) if isinstance(v, str)]


def _pytest_roots(read: Read, tool: Table) -> list[str]:
    found = _strings(table(tool, "pytest", "ini_options").get("pythonpath"))
    found += _strings(table(tool, "pytest").get("pythonpath"))
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        found += ini(read(name)).get(section, "pythonpath", fallback="").split()
    return found


def _parent(path: str) -> str:
    return Path(path).parent.as_posix()


def _backend_roots(worktree: Path, read: Read, pyproject: Table, tool: Table) -> list[str]:
    setuptools = table(tool, "setuptools")
    found = _strings(table(setuptools, "packages", "find").get("where"))
    found += _package_dirs(table(setuptools, "package-dir"))
    setup_cfg = ini(read("setup.cfg"))
    found += setup_cfg.get("options.packages.find", "where", fallback="").split()
    lines = setup_cfg.get("options", "package_dir", fallback="").splitlines()
    found += _package_dirs({k.strip(): v.strip() for k, _, v in (line.partition("=") for line in lines) if v})
    build = table(tool, "hatch", "build")
    for part in (build, table(build, "targets", "wheel"), table(build, "targets", "editable")):
        found += _strings(part.get("dev-mode-dirs")) + _strings(part.get("sources"))
        found += [key for key, value in table(part, "sources").items() if value == ""]
        found += [_parent(package) for package in _strings(part.get("packages"))]
        found += [_parent(package) for package in _strings(part.get("only-include"))]
    for package in _list(table(tool, "poetry").get("packages")):
        entry = table({"": package}, "")
        if isinstance(entry.get("include"), str):
            found.append(str(entry.get("from", ".")))
    flit = table(tool, "flit", "module").get("name")
    if isinstance(flit, str) and (worktree / "src" / flit.split(".")[0]).exists():
        found.append("src")
    maturin = table(tool, "maturin")
    if isinstance(maturin.get("python-source"), str):
        found.append(maturin["python-source"])
    wheel = table(tool, "scikit-build", "wheel")
    packages = wheel.get("packages")
    found += [_parent(p) for p in _strings(packages) or _strings(list(table(wheel, "packages").values()))]
    pdm = table(tool, "pdm", "build").get("package-dir")
    if isinstance(pdm, str):
        found.append(pdm)
    backend = str(table(pyproject, "build-system").get("build-backend", ""))
    if backend.startswith("maturin") and not found and (worktree / "python").is_dir():
        found.append("python")
    return [f for f in found if f]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _package_dirs(packages: Table) -> list[str]:
    """setuptools' package-dir: "" names a root; `pkg = lib/pkg` makes `lib` one, when the names agree."""
    found: list[str] = []
    for package, folder in packages.items():
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
