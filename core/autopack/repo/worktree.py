"""The run's worktree: a plain folder with a candidate checked out in it, and nothing the candidate does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.model.changes import GITLINK
from autopack.repo import provision, throwaway
from autopack.repo.alternates import object_stores
from autopack.repo.files import remove_tree
from autopack.repo.git import encode
from autopack.repo.provision import ProvisionReport
from autopack.repo.record import Copy, Record, stamp_of
from autopack.repo.sweep import Expected, sweep, unexpected_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from autopack.model.findings import Finding
    from autopack.model.plan import Workspace
    from autopack.repo.git import GitResult
    from autopack.repo.listing import TreeEntry
    from autopack.repo.private import PrivateRepo
    from autopack.repo.user import UserRepo

CHECKOUT = fault.register("repo.before_checkout", "a candidate is about to be checked out in the worktree")
CHECKED_OUT = fault.register("repo.after_checkout", "a candidate is checked out in the worktree")
CLEAN = fault.register("repo.before_clean", "the worktree is about to be put back to its candidate")


class Worktree:
    """Built by `open`. Beside `path` stand `<path>.index`, `<path>.git` (the tests' repository) and `<path>.json`."""

    def __init__(self, private: PrivateRepo, user: UserRepo, path: Path, run: str) -> None:
        self.path = path
        self.index = path.with_name(path.name + ".index")
        self.git_dir = path.with_name(path.name + ".git")
        self._record_path = path.with_name(path.name + ".json")
        self._private = private
        self._user = user
        self._record = Record.load(self._record_path, run)
        self._tags: list[tuple[str, str, str]] | None = None
        self._expected: tuple[object, Expected] = (None, Expected(frozenset()))

    @classmethod
    def open(cls, private: PrivateRepo, user: UserRepo, path: Path, run: str) -> Worktree:
        """The worktree at `path`, made when missing; the lock of a killed git is removed (the run is the caller's)."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        worktree = cls(private, user, path.resolve(), run)
        worktree.index.with_name(worktree.index.name + ".lock").unlink(missing_ok=True)
        return worktree

    @property
    def commit(self) -> str:
        """What is checked out; "" when nothing is, or a checkout did not finish."""
        return self._record.commit

    def checkout(self, commit: str) -> tuple[Finding, ...]:
        """Make the folder hold exactly the commit's tree and what was provisioned; only differing files are written.
        Answers AP905 for submodules and LFS files that cannot be had."""
        fault.point(CHECKOUT)
        tree = self._private.tree(commit)
        entries = self._private.list(tree)
        if self._record.commit != commit:
            self._forget_index_of_stand_ins(tree)
            self._record.commit = ""
            self._save()
        sweep(self.path, self._accounted(tree, entries))
        stood_in = {path for path, copy in self._record.copies.items() if copy.blob}
        self._git("read-tree", "--reset", "-u", tree)
        findings = self._provision_tracked(entries)
        if stood_in - self._record.copies.keys():
            self._git("read-tree", "--reset", "-u", tree)
        self._restore_links_and_copies()
        self._record.commit = commit
        self._save()
        fault.point(CHECKED_OUT)
        return tuple(findings)

    def clean(self, commit: str) -> tuple[str, ...]:
        """Put the worktree back to the commit before a test command: everything unaccounted for is removed, and the
        tracked files that differed (for AP414) are reset and answered, sorted."""
        if self._record.commit != commit:
            self.checkout(commit)
            return ()
        fault.point(CLEAN)
        tree = self._private.tree(commit)
        sweep(self.path, self._accounted(tree, self._private.list(tree)))
        changed = self._git(
            "diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all"
        ).fields()  # fmt: skip
        special = self._special(self._private.list(tree))
        if changed:
            self._git("read-tree", "--reset", "-u", tree)
        touched = self._restore_links_and_copies() & special
        return tuple(sorted({*changed, *touched} - self._submodule_paths(tree)))

    def make_folders(self, folders: Iterable[str]) -> None:
        """Scope folders: created now, kept through every clean-up although git holds no empty folder."""
        names = [f.rstrip("/") for f in folders if f.endswith("/") and f.rstrip("/")]
        self._record.folders = sorted({*self._record.folders, *names})
        self._save()
        for name in names:
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def provision(
        self, workspace: Workspace, *, allow_secret: Callable[[str], bool] = lambda path: False
    ) -> ProvisionReport:
        """Bring what the plan's `workspace` names, for the commit checked out now. `allow_secret` is the user-level
        leave to copy a secret-looking path."""
        entries = self._private.list(self._record.commit)
        tracked = frozenset(e.path for e in entries)
        copied = provision.copies(self._user.root, workspace.copy_, tracked, allow_secret)
        linked = provision.links(self._user.root, workspace.link, tracked)
        special = self._special(entries)
        self._record.copies = {p: c for p, c in self._record.copies.items() if p in special}
        self._record.links = {p: t for p, t in self._record.links.items() if p in special}
        self._record.copies |= {p: Copy(str(source)) for p, source in copied.sources.items()}
        self._record.links |= {p: str(target) for p, target in linked.sources.items()}
        self._restore_links_and_copies()
        self._save()
        key = provision.setup_key(workspace.setup, entries)
        pending = workspace.setup if key != self._record.setup else []
        return ProvisionReport(
            (*copied.findings, *linked.findings),
            tuple(sorted(linked.sources)),
            tuple(sorted(copied.sources)),
            tuple(tuple(argv) for argv in pending),
        )

    def borrows(self, path: str) -> bool:
        """Whether the user's checkout lends the path: a copy, or what lies in a linked folder."""
        links = self._record.links
        return path in self._record.copies or any(path == link or path.startswith(f"{link}/") for link in links)

    def setup_done(self, workspace: Workspace) -> None:
        """The set-up commands ended well: what they made now belongs to the worktree and outlives clean-ups."""
        tree = self._private.tree(self._record.commit)
        entries = self._private.list(tree)
        self._record.generated = []
        known = self._accounted(tree, entries)
        self._record.generated = unexpected_files(self.path, known)
        self._record.setup = provision.setup_key(workspace.setup, entries)
        self._save()

    def throwaway(self, commit: str) -> Path:
        """A fresh repository for the tests' own git calls: HEAD detached at the commit, history and the user's tags."""
        if self._tags is None:
            self._tags = self._user.tags()
        shallow = self._private.path / "shallow"
        throwaway.make(
            self.git_dir,
            self.path,
            throwaway.Throwaway(
                commit,
                self._private.object_folders,
                self._tags,
                shallow.read_bytes() if shallow.exists() else b"",
                self.index,
                self._hidden(commit),
            ),
        )
        return self.git_dir

    def tree(self) -> str:
        """The tree of what is checked out, told by the worktree's own index and not by the commit it was asked for."""
        return self._git("write-tree").text

    def readonly_paths(self) -> list[Path]:
        """What the sandbox must show, read-only, outside the worktree: object stores and link targets."""
        stores = [path for path in object_stores(self._private.path / "objects") if path.is_dir()]
        return [*stores, *(Path(target) for target in dict.fromkeys(self._record.links.values()))]

    def writable_paths(self) -> list[Path]:
        """What tests may write: the worktree, and the throw-away repository behind its `.git` file."""
        return [self.path, self.git_dir]

    def remove(self) -> None:
        """Worktree and everything beside it."""
        for path in (self.path, self.index, self.git_dir, self._record_path):
            remove_tree(path)

    def _hidden(self, commit: str) -> list[str]:
        """The provisioned paths, each as its topmost folder that holds nothing tracked."""
        provisioned = (*self._record.links, *self._record.copies, *self._record.generated)
        if not provisioned:
            return []
        tracked = Expected.of(e.path for e in self._private.list(commit)).folders
        found: set[str] = set()
        for path in provisioned:
            parts = path.split("/")
            tops = ("/".join(parts[:n]) for n in range(1, len(parts)))
            found.add(next((top for top in tops if top not in tracked), path))
        return sorted(found)

    def _git(self, *args: str, input: bytes = b"") -> GitResult:
        env = {"GIT_WORK_TREE": str(self.path), "GIT_INDEX_FILE": str(self.index)}
        return self._private.git(*args, env=env, input=input, cwd=self.path)

    def _save(self) -> None:
        self._record.save(self._record_path)

    def _accounted(self, tree: str, entries: list[TreeEntry]) -> Expected:
        record = self._record
        extra = [*record.copies, *record.links, *record.generated, ".git"]
        key = (tree, extra, list(record.folders))
        if self._expected[0] != key:
            files = [e.path for e in entries if e.mode != GITLINK]
            folders = [*record.folders, *(e.path for e in entries if e.mode == GITLINK)]
            self._expected = (key, Expected.of([*files, *extra], folders))
        return self._expected[1]

    def _special(self, entries: list[TreeEntry]) -> set[str]:
        """Tracked paths that stand in the worktree as a link or a copy."""
        ours = self._record.links.keys() | self._record.copies.keys()
        return {e.path for e in entries if e.path in ours}

    def _submodule_paths(self, tree: str) -> set[str]:
        return {e.path for e in self._private.list(tree) if e.mode == GITLINK}

    def _provision_tracked(self, entries: list[TreeEntry]) -> list[Finding]:
        """Submodules and LFS files stand beside the index: marked skip-worktree, so that git leaves them alone."""
        modules = provision.submodules(self._user, entries)
        content = provision.lfs_files(self._user, self._private, entries, self._filters)
        blobs = {e.path: e.id for e in entries}
        record = self._record
        before = {p: c for p, c in record.copies.items() if c.blob}
        record.links = {p: t for p, t in record.links.items() if p not in blobs}
        record.links |= {path: str(target) for path, target in modules.sources.items()}
        record.copies = {p: c for p, c in record.copies.items() if p not in blobs}
        for path, source in content.sources.items():
            copy = Copy(str(source), blob=blobs[path])
            known = before.get(path)
            record.copies[path] = known if known and (known.source, known.blob) == (copy.source, copy.blob) else copy
        self._mark("--no-skip-worktree", sorted(before.keys() & blobs.keys() - content.sources.keys()))
        self._mark("--skip-worktree", sorted({*modules.sources, *content.sources}))
        return [*modules.findings, *content.findings]

    def _forget_index_of_stand_ins(self, tree: str) -> None:
        """git will not replace an entry it was told to leave alone; where one changes, everything is written anew."""
        ours = self._record.links.keys() | self._record.copies.keys()
        old = self._record.commit
        if ours and (not old or any(change.path in ours for change in self._private.diff(old, tree))):
            self.index.unlink(missing_ok=True)

    def _mark(self, flag: str, paths: list[str]) -> None:
        if paths:
            self._git("update-index", flag, "-z", "--stdin", input=b"".join(encode(path) + b"\0" for path in paths))

    def _filters(self, paths: bytes) -> dict[str, str]:
        fields = self._git("check-attr", "-z", "--stdin", "filter", input=paths).fields()
        return dict(zip(fields[::3], fields[2::3], strict=True))

    def _restore_links_and_copies(self) -> set[str]:
        """Make every link and copy anew that is missing or not as it was made; answers their paths."""
        touched: set[str] = set()
        for path, target in self._record.links.items():
            place = self.path / path
            if place.is_symlink() and str(place.readlink()) == target:
                continue
            remove_tree(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
            touched.add(path)
        for path, copy in self._record.copies.items():
            place = self.path / path
            if copy.stamp and stamp_of(place) == tuple(copy.stamp):
                continue
            if copy.stamp:
                touched.add(path)
            remove_tree(place)
            provision.copy_file(Path(copy.source), place)
            copy.stamp = stamp_of(place)
        if touched:
            self._record.save(self._record_path)
        return touched
