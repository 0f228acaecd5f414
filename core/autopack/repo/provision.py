"""What a worktree needs beside what git holds: copied files, linked folders, submodules, LFS content."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused
from autopack.model.changes import EXECUTABLE, GITLINK, REGULAR
from autopack.model.rules import finding
from autopack.redaction import secret_path
from autopack.repo import discovery
from autopack.repo.git import GitFailed, Mode, encode, run_git
from autopack.repo.status import parse_pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autopack.model.findings import Finding
    from autopack.repo.listing import TreeEntry
    from autopack.repo.private import PrivateRepo
    from autopack.repo.user import UserRepo

_CLONE = 0x40049409
_LOCK_FILES = frozenset(
    {
        "Cargo.lock", "Gemfile.lock", "Pipfile.lock", "bun.lock", "composer.lock", "conda-lock.yml", "environment.yml",
        "go.sum", "package-lock.json", "package.json", "pdm.lock", "pnpm-lock.yaml", "poetry.lock", "pylock.toml",
        "pyproject.toml", "setup.cfg", "setup.py", "uv.lock", "yarn.lock",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProvisionReport:
    """`setup` are the commands to run now, in order, before `Worktree.setup_done`; empty when they ran already."""

    findings: tuple[Finding, ...] = ()
    linked: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Path in the worktree -> absolute source, and what could not be had."""

    sources: dict[str, Path]
    findings: list[Finding]


def copies(root: Path, globs: list[str], tracked: frozenset[str], allow_secret: Callable[[str], bool]) -> Wanted:
    """Regular files of the user's checkout that match; tracked ones, links and secret-looking names left out."""
    wanted = Wanted({}, [])
    for pattern in globs:
        if _leaves(pattern):
            wanted.findings.append(_incomplete(f"workspace.copy {pattern!r} does not stay inside the repository"))
            continue
        found = False
        for path in sorted(set(_matches(root, root, PurePosixPath(pattern).parts))):
            if path in tracked:
                continue
            found = True
            if secret_path(path) and not allow_secret(path):
                text = (
                    "looks like a secret and is not copied; allow it with `workspace.secret_files` of your own settings"
                )
                wanted.findings.append(_incomplete(text, path))
            else:
                wanted.sources[path] = root / path
        if not found:
            wanted.findings.append(_incomplete(f"workspace.copy {pattern!r} matches no untracked file"))
    return wanted


def _matches(root: Path, at: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """Files `parts` lead to from `at` (a folder: all below it); `**` is any depth; links and .git are not entered."""
    if at.is_symlink() or (at.name == ".git" and at != root):
        return
    if not at.is_dir():
        if not parts and at.is_file():
            yield at.relative_to(root).as_posix()
        return
    head, *rest = parts or ("**", "*")
    if head == "**":
        yield from _matches(root, at, tuple(rest) or ("*",))
    for entry in sorted(at.iterdir()):
        if head == "**" and entry.is_dir():
            yield from _matches(root, entry, (head, *rest))
        elif head != "**" and fnmatchcase(entry.name, head):
            yield from _matches(root, entry, tuple(rest))


def _plain_below(root: Path, path: Path) -> bool:
    """No link on the way from `root` to `path`."""
    while path != root:
        if path.is_symlink():
            return False
        path = path.parent
    return True


def links(root: Path, folders: list[str], tracked: frozenset[str]) -> Wanted:
    """Folders of the user's checkout to be linked read-only."""
    wanted = Wanted({}, [])
    for name in folders:
        path = PurePosixPath(name).as_posix().rstrip("/")
        if _leaves(name) or path in ("", ".") or path.split("/")[0] == ".git":
            wanted.findings.append(_incomplete(f"workspace.link {name!r} does not name a folder of the repository"))
        elif path in tracked or any(t.startswith(path + "/") for t in tracked):
            wanted.findings.append(_incomplete(f"workspace.link {name!r} holds tracked files; git brings those", path))
        elif not (root / path).is_dir():
            wanted.findings.append(_incomplete(f"workspace.link {name!r} does not exist in your checkout", path))
        else:
            wanted.sources[path] = (root / path).resolve()
    return wanted


def submodules(user: UserRepo, entries: list[TreeEntry]) -> Wanted:
    """Submodules whose checkout in the user's tree stands at exactly the recorded commit."""
    wanted = Wanted({}, [])
    for entry in entries:
        if entry.mode != GITLINK:
            continue
        target = user.root / entry.path
        seen = submodule_head(target) if _plain_below(user.root, target) else None
        if seen == entry.id:
            wanted.sources[entry.path] = target
        else:
            state = f"is at {seen[:10]}, not at the recorded {entry.id[:10]}" if seen else "is not checked out"
            text = f"submodule {entry.path} {state}; run: git submodule update --init -- {entry.path}"
            wanted.findings.append(_incomplete(text, entry.path))
    return wanted


def submodule_head(folder: Path) -> str | None:
    try:
        place = discovery.find(folder)
        if place.root != folder:
            return None
        env = {"GIT_DIR": str(place.git_dir)}
        return run_git(Mode.OBSERVE, ["rev-parse", "--verify", "HEAD"], cwd=folder, env=env).text
    except (EnvironmentRefused, GitFailed):
        return None


def lfs_files(
    user: UserRepo, private: PrivateRepo, entries: list[TreeEntry], attribute: Callable[[bytes], dict[str, str]]
) -> Wanted:
    """Content of LFS pointers from the user's LFS store, or from the checkout where its hash is the pointer's.
    `attribute` answers the filter attribute for NUL-separated paths."""
    wanted = Wanted({}, [])
    rules = [e for e in entries if e.path.endswith(".gitattributes") and e.mode in (REGULAR, EXECUTABLE)]
    if not any(b"filter=lfs" in private.blob(e.id) for e in rules):
        return wanted
    files = {e.path: e for e in entries if e.mode in (REGULAR, EXECUTABLE)}
    marked = attribute(b"".join(encode(path) + b"\0" for path in files))
    for path in sorted(p for p, value in marked.items() if value == "lfs"):
        pointer = parse_pointer(private.blob(files[path].id))
        if pointer is None:
            continue
        source = _lfs_source(user, path, *pointer)
        if source is None:
            text = f"the LFS content of {path} is not in your checkout; run: git lfs pull --include={path}"
            wanted.findings.append(_incomplete(text, path))
        else:
            wanted.sources[path] = source
    return wanted


def _lfs_source(user: UserRepo, path: str, oid: str, size: int) -> Path | None:
    stored = user.common_dir / "lfs/objects" / oid[:2] / oid[2:4] / oid
    for candidate in (stored, user.root / path):
        if candidate.is_file() and not candidate.is_symlink() and candidate.stat().st_size == size:
            with candidate.open("rb") as data:
                if candidate == stored or hashlib.file_digest(data, "sha256").hexdigest() == oid:
                    return candidate
    return None


def copy_file(source: Path, target: Path) -> None:
    """A private copy (shared blocks where the file system can), in place of whatever is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with source.open("rb") as read, target.open("xb") as write:
        try:
            fcntl.ioctl(write.fileno(), _CLONE, read.fileno())
        except OSError:
            shutil.copyfileobj(read, write, 1 << 20)
        os.fchmod(write.fileno(), 0o755 if os.fstat(read.fileno()).st_mode & 0o100 else 0o644)


def setup_key(setup: list[list[str]], entries: list[TreeEntry]) -> str:
    """Changes when the commands do or a file that pins dependencies does."""
    pins = [
        (e.path, e.id)
        for e in entries
        if (name := e.path.rpartition("/")[2]) in _LOCK_FILES
        or (name.startswith("requirements") and name.endswith(".txt"))
    ]
    return hashlib.sha256(json.dumps([setup, pins]).encode()).hexdigest()


def _leaves(pattern: str) -> bool:
    path = PurePosixPath(pattern)
    return not pattern or path.is_absolute() or ".." in path.parts or pattern.startswith("~")


def _incomplete(message: str, path: str = "") -> Finding:
    return finding("AP905", message, path=path)
