"""Promotion of a working-tree run: the difference snapshot..tip applied to the user's files, all or none.

A file still equal to the snapshot is replaced; one the user changed meanwhile is merged three-way; any conflict refuses
the whole. Every file is prepared beside its target before the first is renamed over it. Taking it back is the same with
the two ends exchanged.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.durable import flush_folder
from autopack.model.changes import EXECUTABLE, GITLINK, SYMLINK
from autopack.repo.git import encode
from autopack.repo.promote import Intend, Promotion, nobody
from autopack.repo.quoting import c_quote
from autopack.repo.record import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autopack.repo.private import PrivateRepo
    from autopack.repo.record import Stamp
    from autopack.repo.trees import RawChange
    from autopack.repo.user import UserRepo

POINT = fault.register("repo.promote_file", "one file of the checkout is about to be replaced")


@dataclass(frozen=True, slots=True)
class _Write:
    """`data` None removes the file; `stamp` is what the target's stat must still be; `beside` is where it is prepared."""

    path: str
    data: bytes | None
    executable: bool | None
    stamp: Stamp
    beside: Path


@dataclass(frozen=True, slots=True)
class _Words:
    """What a person is told, bringing the result in or taking it back."""

    nothing: str
    done: str
    cannot: str
    changed: str
    kept: str
    removed: str
    made: str
    lines: str


_FORTH = _Words(
    nothing="nothing to promote: no phase is complete",
    done="nothing to promote: your files hold the result already",
    cannot="cannot apply the result to your files",
    changed="your files changed while the result was applied",
    kept="you changed it, the run removed it",
    removed="you removed it, the run changed it",
    made="is in your checkout already, with another content",
    lines="you and the run changed the same lines",
)
_BACK = _Words(
    nothing="nothing to take back: the run changed no file",
    done="nothing to take back: your files hold nothing of the run any more",
    cannot="cannot take the result out of your files",
    changed="your files changed while the result was taken back",
    kept="the run made it, you changed it since",
    removed="the run changed it, you removed it since",
    made="the run removed it, you made another since",
    lines="you changed the same lines since",
)


def promote_files(
    user: UserRepo, private: PrivateRepo, snapshot: str, tip: str, dry_run: bool, *, intend: Intend = nobody
) -> Promotion:
    """Also goes on where an interrupted promotion ended: a file that is the tip's already is done."""
    return _bring(user, private, snapshot, tip, dry_run, _FORTH, intend)


def take_back_files(
    user: UserRepo, private: PrivateRepo, snapshot: str, tip: str, dry_run: bool, *, intend: Intend = nobody
) -> Promotion:
    """The same from the tip to the snapshot: what the user changed since stays, or refuses the whole."""
    return _bring(user, private, tip, snapshot, dry_run, _BACK, intend)


def _bring(
    user: UserRepo, private: PrivateRepo, before: str, after: str, dry_run: bool, words: _Words, intend: Intend
) -> Promotion:
    changes = private.diff(before, after)
    if not changes:
        return Promotion(False, words.nothing)
    conflicts = [text for c in changes if (text := _in_the_way(user.root, c))]
    if conflicts:
        return Promotion(False, words.cannot, tuple(conflicts))
    beside = {c.path: _beside(user.root, c.path, before, after) for c in changes}
    if not dry_run:
        _sweep(user.root, beside.values())
    stamps = {c.path: stamp_of(user.root / c.path) for c in changes}
    present = [c.path for c in changes if stamps[c.path]]
    cleaned = dict(zip(present, _clean_ids(user, private, present), strict=True))
    writes: list[_Write] = []
    for change in changes:
        wanted = _Write(change.path, None, None, stamps[change.path], beside[change.path])
        planned = _plan(user, private, change, cleaned.get(change.path), wanted, words)
        if isinstance(planned, str):
            conflicts.append(planned)
        elif planned is not None:
            writes.append(planned)
    if conflicts:
        return Promotion(False, words.cannot, tuple(conflicts))
    if not writes:
        return Promotion(False, words.done)
    summary = private.stat(before, after)
    if dry_run:
        return Promotion(False, f"would write {len(writes)} of your files\n{summary}")
    intend(user.head())
    conflicts = _write_all(user.root, writes)
    if conflicts:
        return Promotion(False, words.changed, tuple(conflicts))
    return Promotion(True, f"wrote {len(writes)} of your files; nothing is staged\n{summary}")


def _in_the_way(root: Path, change: RawChange) -> str:
    if {change.mode_a, change.mode_b} & {SYMLINK, GITLINK}:
        return f"{change.path}: links and submodules are not promoted into a checkout"
    place = root
    parts = change.path.split("/")
    for part in parts[:-1]:
        place = place / part
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            return f"{change.path}: {place.relative_to(root)} is no folder in your checkout"
    target = root / change.path
    if target.is_symlink() or (target.exists() and not target.is_file()):
        return f"{change.path}: is no regular file in your checkout"
    return ""


def _clean_ids(user: UserRepo, private: PrivateRepo, paths: list[str]) -> list[str]:
    """Blobs of the user's files by the user's own clean conversion, written to the private store."""
    if not paths:
        return []
    lines = b"".join(c_quote(encode(path)) + b"\n" for path in paths)
    return user.promote("hash-object", "-w", "--stdin-paths", input=lines, env=_store(private)).text.split()


def _plan(
    user: UserRepo, private: PrivateRepo, change: RawChange, mine: str | None, wanted: _Write, words: _Words
) -> _Write | str | None:
    """What to write; None when there is nothing to do; the conflict in words."""
    path, before, after = change.path, change.id_a or None, change.id_b or None
    if after is None:
        if mine == before:
            return wanted
        return f"{path}: {words.kept}" if mine else None
    if mine is None and before:
        return f"{path}: {words.removed}"
    if mine and before is None and mine != after:
        return f"{path}: {words.made}"
    executable = change.mode_b == EXECUTABLE if change.mode_a != change.mode_b else None
    if mine == after:
        if executable is None or executable == bool(wanted.stamp[0] & 0o100):
            return None
    elif mine and before and mine != before:
        merged = _merge(private, mine, before, after)
        if merged is None:
            return f"{path}: {words.lines}"
        after = private.write_blob(merged)
        if after == mine and executable is None:
            return None
    return replace(wanted, data=_smudged(user, private, path, after), executable=executable)


def _merge(private: PrivateRepo, mine: str, before: str, after: str) -> bytes | None:
    """A three-way merge without conflict, or None; binary files never merge."""
    contents = [private.blob(oid) for oid in (mine, before, after)]
    if any(b"\0" in data for data in contents):
        return None
    with private.scratch("merge") as place:
        names: list[str] = []
        for label, data in zip(("mine", "base", "theirs"), contents, strict=True):
            file = place.with_name(label)
            file.write_bytes(data)
            names.append(str(file))
        seen = private.git("merge-file", "-p", "-q", *names, ok=range(256))
    return seen.stdout if seen.code == 0 else None


def _smudged(user: UserRepo, private: PrivateRepo, path: str, oid: str) -> bytes:
    """The bytes the user's own git would check out for the blob at this path."""
    return user.promote("cat-file", "--filters", f"--path={path}", oid, env=_store(private)).stdout


def _store(private: PrivateRepo) -> dict[str, str]:
    """Objects come from the private store and what it borrows; nothing is written to the user's."""
    return {"GIT_OBJECT_DIRECTORY": str(private.path / "objects")}


def _write_all(root: Path, writes: list[_Write]) -> list[str]:
    """Prepare all, check that nothing moved, then rename; a preparation that fails leaves no trace."""
    prepared: list[tuple[_Write, Path | None]] = []
    made: list[Path] = []
    try:
        for write in writes:
            prepared.append((write, _prepare(root, write, made)))
        moved = [f"{w.path}: changed a moment ago" for w, _ in prepared if stamp_of(root / w.path) != w.stamp]
        if moved:
            return moved
        for write, temporary in prepared:
            fault.point(POINT)
            if temporary is None:
                (root / write.path).unlink(missing_ok=True)
                _drop_empty_folders(root, root / write.path)
            else:
                temporary.replace(root / write.path)
        for folder in {(root / w.path).parent for w, _ in prepared}:
            if folder.is_dir():
                flush_folder(folder)
        return []
    finally:
        for _, temporary in prepared:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _prepare(root: Path, write: _Write, made: list[Path]) -> Path | None:
    if write.data is None:
        return None
    target = root / write.path
    missing = [p for p in target.parents if not p.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        made.append(folder)
    temporary = write.beside
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(write.data)
            out.flush()
            mode = stat.S_IMODE(write.stamp[0] if write.stamp else os.fstat(number).st_mode)
            if write.executable is not None:
                mode = mode | (mode & 0o444) >> 2 if write.executable else mode & ~0o111
            os.fchmod(number, mode)
            os.fsync(number)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _beside(root: Path, path: str, before: str, after: str) -> Path:
    """Where the new content of a file is prepared: a name that trying again, or taking back, finds too."""
    said = "\0".join((*sorted((before, after)), path))
    name = hashlib.sha256(encode(said)).hexdigest()[:16]
    return (root / path).parent / f".autopack-{name}"


def _sweep(root: Path, left: Iterable[Path]) -> None:
    """Remove what an earlier try that was killed had prepared, and folders it made for nothing else."""
    for path in left:
        if path.is_file():
            path.unlink()
            _drop_empty_folders(root, path)


def _drop_empty_folders(root: Path, path: Path) -> None:
    for folder in path.parents:
        if folder == root or any(folder.iterdir()):
            return
        folder.rmdir()
