"""Taking a promotion back: a person's command, for what a promotion put into the person's branch or files.

The branch goes back only from exactly where the promotion put it, by compare-and-swap, and only where the files that
change are as committed; a commit that undoes it (`revert`) serves where other commits came on top, or others have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from autopack import fault
from autopack.repo.git import GitFailed
from autopack.repo.promote import Intend, Promotion, in_the_way, nobody
from autopack.repo.promote_files import take_back_files
from autopack.repo.transplant import transplant

if TYPE_CHECKING:
    from autopack.repo.private import PrivateRepo
    from autopack.repo.user import Head, UserRepo

BEFORE = fault.register("repo.before_unpromote", "a person's un-promotion is about to change checkout or branch")
TREE = fault.register("repo.unpromoted_tree", "the checkout is back, the branch has not moved")
STAGED = fault.register("repo.revert_staged", "the reverse of a promotion is staged, not committed")

UnpromoteMode = Literal["move", "revert"]
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Promoted:
    """A promotion as it was made: `branch` (None: a detached HEAD) went from `old` to `new`; of a working-tree run
    (`snapshot`), the files from `snapshot` to `tip`."""

    run: str
    mode: str
    branch: str | None
    old: str
    new: str
    tip: str
    snapshot: str = ""

    @property
    def where(self) -> str:
        return "your files" if self.snapshot else self.branch or "the detached HEAD"


def made_commit(user: UserRepo, made: Promoted) -> str:
    """What a promotion that nobody saw the end of moved the branch to; "" where it did not."""
    now = user.branch(made.branch) if made.branch else user.head().commit
    if not now or now == made.old:
        return ""
    lines = user.observe("log", "--first-parent", "--reverse", "--format=%H %P", f"{made.old}..{now}", ok=(0, 128)).text
    first, *parents = (lines.splitlines() or [""])[0].split(" ")
    if made.mode == "ff":
        held = user.observe("merge-base", "--is-ancestor", made.tip, now, ok=(0, 1, 128)).code == 0
        return made.tip if held else ""
    if made.mode == "merge":
        return first if parents == [made.old, made.tip] else ""
    told = user.observe("log", "-1", "--format=%B", first).text if first else ""
    return first if parents == [made.old] and f"Autopack-Run: {made.run}" in told.splitlines() else ""


def unpromote(
    user: UserRepo,
    private: PrivateRepo,
    made: Promoted,
    *,
    mode: UnpromoteMode = "move",
    dry_run: bool = False,
    begun: bool = False,
    intend: Intend = nobody,
) -> Promotion:
    """All or nothing. `begun`: an earlier try was cut off, so the checkout may be back already. A result that is not
    `applied` and has no `conflicts` is a dry run, or there is nothing left to take back. `intend` as in `promote`."""
    if made.snapshot:
        return take_back_files(user, private, made.snapshot, made.tip, dry_run, intend=intend)
    head = user.head()
    here = head.branch == made.branch
    now = head.commit if here else user.branch(made.branch) if made.branch else None
    refused = f"cannot take {made.tip[:10]} back out of {made.where}"
    if now is None:
        lost = f"branch {made.branch} is gone" if made.branch else f"HEAD is on {head.branch}, it was detached then"
        return Promotion(False, refused, (lost,))
    if now == made.old:
        return Promotion(False, f"nothing to take back: {made.where} is at {made.old[:10]}, where it was")
    on_top = user.observe("log", "--format=%h %s", f"{made.new}..{now}", ok=(0, 128)).text.splitlines()
    if user.observe("merge-base", "--is-ancestor", made.new, now, ok=(0, 1, 128)).code:
        return Promotion(
            False, refused, (f"{made.where} was moved to {now[:10]}, which does not hold {made.new[:10]}",)
        )
    if mode == "revert":
        if not here:
            return Promotion(False, refused, (f"{made.where} is not checked out here: git checkout {made.branch}",))
        return _revert(user, private, made, head, dry_run, begun, intend)
    reasons = _against_moving(user, made, on_top, here)
    if here and not reasons and not (begun and _is_back(user, private, made)):
        reasons = in_the_way(user, private, head, made.new, made.old, nothing_staged=False)
    if reasons:
        return Promotion(False, refused, tuple(reasons))
    stat = private.stat(made.new, made.old)
    if dry_run:
        return Promotion(False, f"would move {made.where} back to {made.old[:10]}\n{stat}")
    intend(head)
    fault.point(BEFORE)
    try:
        _move(user, made, here)
    except GitFailed as error:
        return Promotion(False, refused, (" ".join(error.stderr.split()),))
    return Promotion(True, f"moved {made.where} back to {made.old[:10]}\n{stat}", new=made.old)


def _is_back(user: UserRepo, private: PrivateRepo, made: Promoted) -> bool:
    """Whether the index holds what was there before in every file the promotion touched."""
    index = _index(user)
    return all(
        index.get(change.path) == ((change.mode_b, change.id_b) if change.id_b else None)
        for change in private.diff(made.new, made.old)
    )


def _against_moving(user: UserRepo, made: Promoted, on_top: list[str], here: bool) -> list[str]:
    instead = f"a commit that undoes it: autopack unpromote {made.run} --mode revert"
    if on_top:
        more = [f"on top of it: {len(on_top) - _LISTED} more"] if len(on_top) > _LISTED else []
        return [*(f"on top of it: {line}" for line in on_top[:_LISTED]), *more, instead]
    held = user.observe("for-each-ref", "--format=%(refname:short)", f"--contains={made.new}", "refs/remotes").text
    if held:
        return [f"{name} holds it, so others may have it" for name in held.splitlines()[:_LISTED]] + [instead]
    if not here and made.branch in user.checked_out():
        return [f"{made.branch} is checked out in another worktree; run it there"]
    return []


def _move(user: UserRepo, made: Promoted, here: bool) -> None:
    """Checkout and index first (git refuses what would be lost, and staged work elsewhere stays), then the branch; a
    branch that moved meanwhile puts the checkout back."""
    if here:
        user.promote("update-index", "-q", "--refresh", ok=range(256))
        user.promote("read-tree", "-m", "-u", made.new, made.old)
    fault.point(TREE)
    name = f"refs/heads/{made.branch}" if made.branch else "HEAD"
    try:
        user.promote("update-ref", "-m", f"autopack: take back run {made.run}", name, made.old, made.new)
    except GitFailed:
        if here:
            user.promote("read-tree", "-m", "-u", made.old, made.new, ok=range(256))
        raise


def _revert(
    user: UserRepo, private: PrivateRepo, made: Promoted, head: Head, dry_run: bool, begun: bool, intend: Intend
) -> Promotion:
    """One commit on top, through the user's own git and hooks, that takes back what the promotion brought."""
    refused = f"cannot undo {made.tip[:10]} on {made.where}"
    result = transplant(private, made.new, made.old, head.commit)
    if result.conflicts:
        return Promotion(False, refused, tuple(f"{path}: changed on top of it" for path in result.conflicts))
    if result.tree == head.tree:
        return Promotion(False, f"nothing to take back: {made.where} holds nothing of it any more")
    staged = begun and _index(user) == {e.path: (e.mode, e.id) for e in private.list(result.tree)}
    reasons = [] if staged else in_the_way(user, private, head, head.commit, result.tree, nothing_staged=True)
    if reasons:
        return Promotion(False, refused, tuple(reasons))
    stat = private.stat(head.commit, result.tree)
    if dry_run:
        return Promotion(False, f"would commit the reverse of {made.tip[:10]} on {made.where}\n{stat}")
    intend(head)
    fault.point(BEFORE)
    try:
        if not staged:
            opposite = user.promote("commit-tree", f"{made.old}^{{tree}}", "-p", made.new, "-m", "Reverse").text
            user.promote("merge", "--squash", "--ff", "--no-autostash", opposite)
        fault.point(STAGED)
        told = f"Revert autopack run {made.run}\n\nThis takes back what came with {made.new}."
        user.promote("commit", "-m", told)
    except GitFailed as error:
        user.promote("reset", "--merge", ok=range(256))
        return Promotion(False, refused, (" ".join(error.stderr.split()),))
    return Promotion(True, f"committed the reverse of {made.tip[:10]} on {made.where}\n{stat}", new=user.head().commit)


def _index(user: UserRepo) -> dict[str, tuple[int, str]]:
    rows = (line.partition("\t") for line in user.observe("ls-files", "-s", "-z").fields())
    return {path: (int(left.split()[0], 8), left.split()[1]) for left, _, path in rows}
