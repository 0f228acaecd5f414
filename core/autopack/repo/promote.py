"""Promotion: a person's command that brings a run's result into what the person works on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from autopack import fault
from autopack.errors import UsageError
from autopack.repo.git import GitFailed
from autopack.repo.publish import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from autopack.repo.private import PrivateRepo
    from autopack.repo.user import Head, UserRepo

POINT = fault.register("repo.before_promote", "a person's promotion is about to change the checkout")

PromotionMode = Literal["ff", "merge", "squash"]
Intend: TypeAlias = "Callable[[Head], object]"


@dataclass(frozen=True, slots=True)
class Promotion:
    """`applied` False with `conflicts` empty is a dry run that would work, or nothing to do (see `summary`). `new` is the
    commit that the user's branch was moved to, "" where only files were written."""

    applied: bool
    summary: str
    conflicts: tuple[str, ...] = ()
    new: str = ""


def nobody(_: Head) -> None:
    """For whoever keeps no account of what is about to be done."""


def promote(
    user: UserRepo,
    private: PrivateRepo,
    *,
    run: str,
    base: str,
    tip: str,
    mode: PromotionMode,
    snapshot: str | None = None,
    dry_run: bool = False,
    intend: Intend = nobody,
) -> Promotion:
    """All or nothing: any conflict refuses with the list and changes nothing. A working-tree run (`snapshot` given) is
    applied to the files whatever the mode; the index is not touched. `intend` is told where the user stands once nothing
    is in the way and nothing has changed yet."""
    if snapshot:
        from autopack.repo.promote_files import promote_files

        return promote_files(user, private, snapshot, tip, dry_run, intend=intend)
    if mode not in ("ff", "merge", "squash"):
        raise UsageError(f"{mode!r} is no promotion mode", hint="Use ff, merge or squash.")
    if tip == base:
        return Promotion(False, "nothing to promote: no phase is complete")
    return _promote_commits(user, private, run, tip, mode, dry_run, intend)


def _promote_commits(
    user: UserRepo, private: PrivateRepo, run: str, tip: str, mode: PromotionMode, dry_run: bool, intend: Intend
) -> Promotion:
    head = user.head()
    merged = private.git("merge-base", head.commit, tip, ok=(0, 1)).text
    if not merged:
        return Promotion(False, "cannot promote", ("your branch and the run have no common history",))
    if merged == tip:
        return Promotion(False, "nothing to promote: your branch holds the result already")
    refusals, result = _conflicts(private, head, tip, merged, mode)
    if result == head.tree and mode == "squash":  # a squash leaves no common history: only the files tell
        return Promotion(False, "nothing to promote: your branch holds the result already")
    if not refusals:
        squashed = mode == "squash" or (mode == "merge" and merged != head.commit)
        refusals = in_the_way(user, private, head, merged, tip, nothing_staged=squashed)
    where = head.branch or f"the detached HEAD {head.commit[:10]}"
    if refusals:
        return Promotion(False, f"cannot {_WORDS[mode]} into {where}", tuple(refusals))
    if dry_run:
        return Promotion(False, f"would {_WORDS[mode]} {tip[:10]} into {where}\n{private.stat(merged, tip)}")
    Publisher(user, private).bring(tip)
    intend(head)
    fault.point(POINT)
    try:
        _act(user, run, tip, mode)
    except GitFailed as error:
        return Promotion(False, f"git refused to {_WORDS[mode]} into {where}", (" ".join(error.stderr.split()),))
    summary = f"{_DONE[mode]} {tip[:10]} into {where}\n{private.stat(merged, tip)}"
    return Promotion(True, summary, new=user.head().commit)


_WORDS = {"ff": "fast-forward", "merge": "merge", "squash": "squash"}
_DONE = {"ff": "fast-forwarded", "merge": "merged", "squash": "squashed"}


def _conflicts(private: PrivateRepo, head: Head, tip: str, merged: str, mode: PromotionMode) -> tuple[list[str], str]:
    """What is in the way of the mode, and the tree a merge would give."""
    if mode == "ff":
        moved = f"{head.branch or 'HEAD'} has commits the run does not know; use merge or squash"
        return ([] if merged == head.commit else [moved]), ""
    seen = private.git(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", head.commit, tip, ok=(0, 1)
    )  # fmt: skip
    tree, *paths = seen.fields()
    return ([f"{path}: changed by you and by the run" for path in paths] if seen.code else []), tree


def in_the_way(
    user: UserRepo, private: PrivateRepo, head: Head, before: str, after: str, *, nothing_staged: bool
) -> list[str]:
    """What the user has where the checkout goes from one tree to another, or (`nothing_staged`) elsewhere in the index."""
    if user.in_progress():
        return [f"a {user.in_progress()} is in progress"]
    dirty = user.dirty()
    changes = private.diff(before, after)
    paths = {change.path for change in changes}
    lines = [f"{d.path}: has uncommitted changes ({d.kind})" for d in dirty if d.path in paths and not d.filter]
    named = {d.path for d in dirty}
    lines += [
        f"{c.path}: an ignored file of yours is there"
        for c in changes
        if c.status == "A" and c.path not in named and os.path.lexists(user.root / c.path)
        and private.entry(head.commit, c.path) is None
    ]  # fmt: skip
    if nothing_staged:
        staged = user.observe("diff", "--cached", "--name-only", "-z", "--no-ext-diff", "--no-textconv").fields()
        lines += [f"{path}: is staged; commit or unstage it first" for path in staged if path not in paths]
    return lines


def _act(user: UserRepo, run: str, tip: str, mode: PromotionMode) -> None:
    if mode == "ff":
        user.promote("merge", "--ff-only", "--no-autostash", tip)
        return
    message = f"Merge autopack run {run}" if mode == "merge" else f"Apply autopack run {run}"
    undo = ("merge", "--abort") if mode == "merge" else ("reset", "--merge")
    try:
        if mode == "merge":
            user.promote("merge", "--no-ff", "--no-autostash", "-m", message, tip)
        else:
            user.promote("merge", "--squash", "--ff", "--no-autostash", tip)
            user.promote("commit", "-m", f"{message}\n\nAutopack-Run: {run}")
    except GitFailed:
        user.promote(*undo, ok=range(256))
        raise
