"""Finding the user's repository, and refusing with the command to run what a run cannot work on (AP901)."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused
from autopack.repo.git import Mode, run_git

if TYPE_CHECKING:
    from autopack.repo.git import GitResult
    from autopack.repo.settings import UserSettings

_QUESTIONS = ("--is-bare-repository", "--show-object-format")


@dataclass(frozen=True, slots=True)
class Place:
    """`git_dir` is the worktree's own, `common_dir` the one all linked worktrees share; both absolute and resolved."""

    root: Path
    git_dir: Path
    common_dir: Path


def find(path: Path) -> Place:
    """The repository around `path`, found by its `.git`. Raises EnvironmentRefused."""
    if os.name == "nt":
        raise EnvironmentRefused("Autopack runs on Linux and macOS", hint="Start it inside WSL: wsl autopack run PLAN")
    start = path.resolve()
    if not start.is_dir():
        raise EnvironmentRefused(f"{path} is no folder", hint="Name the repository: autopack run PLAN --repo DIR")
    for folder in (start, *start.parents):
        dot_git = folder / ".git"
        if dot_git.is_file() or (dot_git / "HEAD").is_file() or (dot_git / "HEAD").is_symlink():
            git_dir = _git_dir(dot_git)
            return Place(folder, git_dir, _common_dir(git_dir))
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            raise _bare(folder)
    raise EnvironmentRefused(
        f"{start} is not in a git repository",
        hint=f"Make it one: cd {shlex.quote(str(start))} && git init && git add -A && git commit -m Start",
    )


def _git_dir(dot_git: Path) -> Path:
    if dot_git.is_dir():
        return dot_git.resolve()
    words = dot_git.read_bytes()[:4200]
    target = dot_git.parent / os.fsdecode(words.removeprefix(b"gitdir: ").rstrip(b"\r\n"))
    if not words.startswith(b"gitdir: ") or not target.is_dir():
        raise EnvironmentRefused(
            f"{dot_git} does not lead to a git directory", hint="Repair it from the main checkout: git worktree repair"
        )
    return target.resolve()


def _common_dir(git_dir: Path) -> Path:
    try:
        return (git_dir / os.fsdecode((git_dir / "commondir").read_bytes().rstrip(b"\r\n"))).resolve()
    except FileNotFoundError:
        return git_dir


def _bare(folder: Path) -> EnvironmentRefused:
    name = shlex.quote(str(folder))
    return EnvironmentRefused(
        f"{folder} is a bare repository, there is no checkout to work from",
        hint=f"Make a checkout and run there: git -C {name} worktree add ../checkout",
    )


def check(place: Place, settings: UserSettings) -> None:
    """Every refusal of a repository; reads with git's own discovery, so that its ownership check counts."""
    told = settings.local("core.worktree")
    if told and (place.git_dir / told).resolve() != place.root:
        raise EnvironmentRefused(
            f"the repository's configuration moves its checkout away from {place.root} (core.worktree)",
            hint="Unset it: git config --unset core.worktree",
        )
    seen = run_git(
        Mode.OBSERVE, ["rev-parse", *_QUESTIONS, "HEAD^{commit}", "HEAD^{tree}"],
        cwd=place.root, config=settings.passed, ok=(0, 128),
    )  # fmt: skip
    lines = seen.text.splitlines()
    if len(lines) < len(_QUESTIONS):
        raise _unreadable(place, seen)
    bare, form = lines[: len(_QUESTIONS)]
    if bare == "true":
        raise _bare(place.git_dir)
    if form != "sha1":
        raise EnvironmentRefused(
            f"the repository's objects are named by {form}; Autopack works with sha1",
            hint="Convert a copy: git fast-export --all | git -C NEW fast-import (in a fresh `git init NEW`)",
        )
    if seen.code:
        raise _no_commit(place, settings, seen)
    if settings.partial:
        _check_complete(place, settings)


def _unreadable(place: Place, seen: GitResult) -> EnvironmentRefused:
    words = " ".join(seen.stderr.split())
    name = shlex.quote(str(place.root))
    if "dubious ownership" in words or "safe.directory" in words:
        return EnvironmentRefused(
            f"{place.root} belongs to another user",
            hint=f"If you trust it: git config --global --add safe.directory {name}",
        )
    if "safe.bareRepository" in words:
        return _bare(place.git_dir)
    return EnvironmentRefused(f"git cannot open {place.root}: {words}", hint=f"Look at it: git -C {name} fsck")


def _no_commit(place: Place, settings: UserSettings, seen: GitResult) -> EnvironmentRefused:
    name = shlex.quote(str(place.root))
    names = ["rev-parse", "--verify", "--quiet", "HEAD"]
    born = run_git(Mode.OBSERVE, names, cwd=place.root, config=settings.passed, ok=(0, 1, 128))
    if born.code:
        return EnvironmentRefused(
            "the repository has no commit yet", hint=f"Make one: cd {name} && git add -A && git commit -m Start"
        )
    words = " ".join(seen.stderr.split())
    return EnvironmentRefused(f"HEAD is no readable commit: {words}", hint=f"Look at it: git -C {name} fsck")


def _check_complete(place: Place, settings: UserSettings) -> None:
    seen = run_git(
        Mode.OBSERVE, ["rev-list", "--objects", "--no-walk", "--missing=print", "HEAD"],
        cwd=place.root, config=settings.passed, ok=(0, 128),
    )  # fmt: skip
    missing = [line for line in seen.stdout.split(b"\n") if line.startswith(b"?")]
    if missing or seen.code:
        remote = next((k[7:-9] for _, k, v in settings.entries if k.endswith(".promisor") and v == "true"), "origin")
        raise EnvironmentRefused(
            f"this partial clone lacks {len(missing) or 'some'} objects of HEAD",
            hint=f"Fetch them: git -C {shlex.quote(str(place.root))} fetch --refetch --no-filter {shlex.quote(remote)}",
        )
