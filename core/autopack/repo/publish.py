"""What a run writes in the user's repository: one pin and one branch, and their removal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack import fault
from autopack.errors import ConflictError
from autopack.model.findings import Tree
from autopack.model.rules import finding
from autopack.repo.git import GitFailed
from autopack.repo.objects import NULL_ID

if TYPE_CHECKING:
    from collections.abc import Collection

    from autopack.model.findings import Finding
    from autopack.repo.private import PrivateRepo
    from autopack.repo.user import UserRepo

PIN = fault.register("repo.before_pin", "the pin of the run's base is about to be set")
PINNED = fault.register("repo.after_pin", "the pin of the run's base is set")
PUBLISH = fault.register("repo.before_publish", "the run's branch is about to be fetched into the user's repository")
PUBLISHED = fault.register("repo.after_publish", "the run's branch is in the user's repository")
REMOVE = fault.register("repo.before_remove", "a run's refs are about to be deleted")

PREFIXES = ("autopack", "autopack-runs")


@dataclass(frozen=True, slots=True)
class Published:
    """`ok`: the branch is at the tip. Otherwise `finding` (AP904, information) says why publishing waits."""

    branch: str
    ok: bool
    finding: Finding | None = None


class Publisher:
    """Never raises for a branch that cannot be written: publishing waits, the run goes on."""

    def __init__(self, user: UserRepo, private: PrivateRepo) -> None:
        self._user = user
        self._private = private

    def pin(self, run: str, commit: str) -> None:
        """Keep the base's objects from the user's gc: `refs/autopack/<run>/base`. Setting it again is harmless."""
        fault.point(PIN)
        name = f"refs/autopack/{run}/base"
        try:
            self._write("update-ref", "--no-deref", name, commit, NULL_ID)
        except GitFailed as error:
            seen = self._ref(name)
            if seen is None:
                raise
            if seen != commit:
                raise ConflictError(
                    f"{name} already names {seen[:10]}", hint=f"Remove it if it is stale: git update-ref -d {name}"
                ) from error
        fault.point(PINNED)

    def unpin(self, run: str) -> None:
        """Absent is no error."""
        name = f"refs/autopack/{run}/base"
        seen = self._ref(name)
        if seen:
            self._write("update-ref", "--no-deref", "-d", name, seen)

    def branch_name(self, run: str) -> str:
        """`autopack/<run>`, or `autopack-runs/<run>` where a branch `autopack` or an `autopack/<run>` that is not ours
        is in the way."""
        return self._choose(run, self._look(run))

    def stands(self, run: str) -> bool:
        """Whether the run's branch is there."""
        found = self._look(run)
        return self._choose(run, found) in found

    def publish(self, run: str, tip: str, expected_old: str | None, *, left: Collection[str] = ()) -> Published:
        """Fetch the tip into the branch. `expected_old` is what was published last (None: never); a branch that is
        elsewhere now was moved by the user and is left alone. `left` are tips that a rollback took back: then the branch
        may go back, and may stand at one of them though nobody noted its publication."""
        found: dict[str, str] = {}
        branch = f"{PREFIXES[0]}/{run}"
        try:
            found = self._look(run)
            branch = self._choose(run, found)
            seen = found.get(branch)
            if seen == tip:
                return Published(branch, True)
            ours = seen == expected_old or seen in left or (expected_old is None and seen in self._known(run))
            if not ours:
                state = f"is at {seen[:10]}" if seen else "is gone"
                wish = f"was published at {expected_old[:10]}" if expected_old else "was never published"
                return self._waits(branch, f"branch {branch} {state} but {wish}; it is left as you have it")
            fault.point(PUBLISH)
            self._remember(run, branch, tip)
            self._fetch(f"{'+' if left else ''}{tip}:refs/heads/{branch}")
        except GitFailed as error:
            return self._waits(branch, _explain(branch, error))
        fault.point(PUBLISHED)
        return Published(branch, True)

    def recover(self, run: str) -> None:
        """For the run's owner, once no process of the run is left: remove the locks that a killed git left on the run's
        own pin and branch. No other lock of the user's repository is ever touched."""
        names = (f"refs/autopack/{run}/base", *(f"refs/heads/{prefix}/{run}" for prefix in PREFIXES))
        for name in names:
            (self._user.common_dir / f"{name}.lock").unlink(missing_ok=True)

    def bring(self, commit: str) -> None:
        """Copy a commit's objects into the user's store without naming them; for promotion."""
        self._fetch(commit)

    def remove(self, run: str) -> Published:
        """Delete the branch where it still is ours and nowhere checked out, then the private refs, then the pin."""
        fault.point(REMOVE)
        known = self._known(run)
        branch = self.branch_name(run)
        seen = self._user.branch(branch)
        result = Published(branch, True)
        if seen and seen in known:
            if branch in self._user.checked_out():
                result = self._waits(branch, f"branch {branch} is checked out and stays")
            else:
                self._write("update-ref", "--no-deref", "-d", f"refs/heads/{branch}", seen)
        elif seen:
            result = self._waits(branch, f"branch {branch} holds commits that are not ours and stays")
        self._private.delete_ref(*self._private.refs(f"refs/autopack/{run}/"))
        self.unpin(run)
        return result

    def _look(self, run: str) -> dict[str, str]:
        return self._user.branches("autopack", *(f"{prefix}/{run}" for prefix in PREFIXES))

    def _choose(self, run: str, found: dict[str, str]) -> str:
        names = [f"{prefix}/{run}" for prefix in PREFIXES]
        for prefix, name in zip(PREFIXES, names, strict=True):
            if self._private.ref(_first(run, prefix)):
                return name
        mine = names[0] not in found or found[names[0]] in self._known(run)
        return names[0] if mine and "autopack" not in found else names[1]

    def _remember(self, run: str, branch: str, tip: str) -> None:
        """Keep the name chosen at the first publishing, whatever becomes of the branch."""
        name = _first(run, branch.partition("/")[0])
        if self._private.ref(name) is None:
            self._private.move_ref(name, tip, None)

    def _known(self, run: str) -> set[str]:
        """Every commit the run ever named: what a branch of ours can be at."""
        return set(self._private.refs(f"refs/autopack/{run}/").values())

    def _ref(self, name: str) -> str | None:
        return self._user.observe("rev-parse", "--verify", "--quiet", name, ok=(0, 1)).text or None

    def _write(self, *args: str) -> None:
        self._user.publish(*args, nonce=self._private.nonce)

    def _fetch(self, refspec: str) -> None:
        self._private.renew()
        self._write(
            "fetch", "-q", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-auto-maintenance",
            "--no-recurse-submodules", "--refmap=", "--upload-pack=git-upload-pack", "--", str(self._private.path),
            refspec,
        )  # fmt: skip

    @staticmethod
    def _waits(branch: str, message: str) -> Published:
        return Published(branch, False, finding("AP904", message, tree=Tree.USER))


def _first(run: str, prefix: str) -> str:
    return f"refs/autopack/{run}/published/{prefix}"


def _explain(branch: str, error: GitFailed) -> str:
    if "refusing to fetch into" in error.stderr or "checked out at" in error.stderr:
        return f"branch {branch} is checked out; it is published once you switch to another branch"
    if "non-fast-forward" in error.stderr or "rejected" in error.stderr:
        return f"branch {branch} holds commits that are not ours; it is left as you have it"
    return f"branch {branch} could not be written: {' '.join(error.stderr.split())}"
