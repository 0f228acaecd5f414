"""The private bare repository of a user's repository: candidates, save points and tips live here.

It borrows the user's objects through `objects/info/alternates` and writes nothing but its own folder. Everything it
holds beyond the user's objects is in flushed packs before a ref names it (see `pack`).
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autopack import fault
from autopack.errors import StaleState
from autopack.model.changes import GITLINK, REGULAR
from autopack.repo.differences import Differences
from autopack.repo.files import write_if_different
from autopack.repo.git import Config, GitFailed, GitResult, Mode, encode, run_git
from autopack.repo.listing import Listings, TreeEntry
from autopack.repo.objects import LooseWriter, ObjectReader
from autopack.repo.patches import rejection
from autopack.repo.private_files import CONFIGURATION, FOLDERS, lay_out
from autopack.repo.refs import Refs
from autopack.repo.trees import FOLDER, Entry, RawChange, TreeReader, build

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping, Sequence

    from autopack.model.changes import ChangeSet
    from autopack.repo.history import CommitInfo
    from autopack.repo.user import UserRepo

BEFORE_PACK = fault.register("repo.before_pack", "a candidate's objects are about to be packed")
AFTER_PACK = fault.register("repo.after_pack", "a candidate's objects are packed, no ref names it yet")

AUTHOR = "Autopack <autopack@localhost>"


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes git holds for a file (a link's target for a symbolic link)."""

    data: bytes
    mode: int
    id: str


class PrivateRepo(Differences):
    """Built by `ensure`, one for each run and thread; `close` ends its one helper process."""

    def __init__(self, path: Path, user_objects: Path, user_shallow: Path, nonce: str = "") -> None:
        self.path = path
        self.nonce = nonce
        self._user_objects = user_objects
        self._user_shallow = user_shallow
        self._refs = Refs(path)
        self._reader = ObjectReader(path)
        self._trees = TreeReader(self._reader)
        self._loose = LooseWriter(path / "objects")
        self._listings = Listings(self._trees, self.git)
        self._tree_of: dict[str, str] = {}

    @classmethod
    def ensure(cls, state: Path, user: UserRepo, *, nonce: str = "") -> PrivateRepo:
        """Create or renew `<state>/repo.git`. `nonce` marks every git process started for the run."""
        repo = cls(state / "repo.git", user.common_dir / "objects", user.common_dir / "shallow", nonce)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        repo.path.mkdir(mode=0o700, exist_ok=True)
        for folder in FOLDERS:
            (repo.path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        repo.renew()
        return repo

    def renew(self) -> None:
        """Put configuration, alternates and shallow boundary back to what they must be."""
        lay_out(self.path, self._user_objects, self._user_shallow)

    @property
    def object_folders(self) -> list[Path]:
        """Our object store and every store it borrows from, outermost first."""
        from autopack.repo.alternates import object_stores

        return object_stores(self.path / "objects")

    def close(self) -> None:
        self._reader.close()

    # reading

    def has(self, oid: str) -> bool:
        return self._reader.info(oid) is not None

    def tree(self, commit: str) -> str:
        """The tree of a commit; a tree answers itself."""
        known = self._tree_of.get(commit)
        if known is not None:
            return known
        found = self._reader.read(commit)
        if found is None or found[0] not in ("commit", "tree"):
            raise GitFailed("cat-file", -1, f"{commit} is {'missing' if found is None else 'a ' + found[0]}")
        self._tree_of[commit] = tree = commit if found[0] == "tree" else found[1][5:45].decode("ascii")
        return tree

    def read(self, tree_or_commit: str, path: str) -> Blob | None:
        """The file at `path`; None for nothing, a folder or a submodule."""
        entry = self._trees.find(self.tree(tree_or_commit), path)
        if entry is None or entry.mode in (FOLDER, GITLINK):
            return None
        return Blob(self.blob(entry.id), entry.mode, entry.id)

    def blob(self, oid: str) -> bytes:
        found = self._reader.read(oid)
        if found is None:
            raise GitFailed("cat-file", -1, f"blob {oid} is missing")
        return found[1]

    def entry(self, tree_or_commit: str, path: str) -> Entry | None:
        """Mode and id at `path`, folders and submodules included."""
        return self._trees.find(self.tree(tree_or_commit), path)

    def list(self, tree_or_commit: str, prefix: str = "", *, sizes: bool = False) -> list[TreeEntry]:
        """Files, links and submodules at `prefix` (a file) or below it (a folder, with or without "/")."""
        folder = prefix.rstrip("/")
        entry = self._trees.find(self.tree(tree_or_commit), folder)
        if entry is None or (entry.mode != FOLDER and prefix.endswith("/")):
            return []
        if entry.mode != FOLDER:
            size = self._reader.info(entry.id) if sizes else None
            return [TreeEntry(folder, entry.mode, entry.id, size[1] if size else None)]
        return self._listings.below(entry.id, f"{folder}/" if folder else "", sizes)

    def diff(self, a: str, b: str) -> list[RawChange]:
        """Every path that differs, modes and types included, sorted; a rename is a removal and an addition."""
        return sorted(self._trees.diff(self.tree(a), self.tree(b)), key=lambda c: encode(c.path))

    def holding(self, tree_or_commit: str, words: Collection[str], pattern: str) -> dict[str, bytes]:
        """Text files of a tree, their paths matching git's `pattern`, that hold one of the words; their content by path."""
        if not words:
            return {}
        asked = [part for word in sorted(words) for part in ("-e", word)]
        tree = self.tree(tree_or_commit)
        found = self.git(
            "grep", "-z", "-l", "-I", "-F", "-w", "--threads=1", *asked, tree, "--", pattern, ok=(0, 1),
            env={"GIT_LITERAL_PATHSPECS": "0"},
        )  # fmt: skip
        paths = [name.removeprefix(f"{tree}:") for name in found.fields()]
        blobs = {path: self.read(tree, path) for path in paths}
        return {path: blob.data for path, blob in blobs.items() if blob is not None}

    def log(self, base: str, tip: str) -> list[CommitInfo]:
        """Commits after `base` up to `tip`, newest first."""
        from autopack.repo.history import commits

        return commits(self, base, tip)

    # writing

    def write_blob(self, data: bytes) -> str:
        return self._loose.write("blob", data)

    def write_tree(self, base_tree: str, changes: ChangeSet) -> str:
        """The tree with the change set applied. StaleState when the base does not hold what the change set replaces."""
        root = self.tree(base_tree)
        entries: dict[str, Entry | None] = {}
        for change in changes.changes:
            source = change.old_path or change.path
            known = self._trees.find(root, source)
            known = None if known and known.mode == FOLDER else known
            if (known.id if known else "") != change.old_id:
                raise StaleState(f"{source} is not what the change was made for")
            if change.old_path:
                entries[change.old_path] = None
            if change.after is None:
                entries[change.path] = None
                continue
            mode = change.mode_after or (known.mode if known else REGULAR)
            entries[change.path] = Entry(mode, self.write_blob(change.after))
        return self.write_entries(root, entries)

    def write_entries(self, base_tree: str, entries: Mapping[str, Entry | None]) -> str:
        """The tree with every path set to an object that exists, or removed where None."""
        return build(self._trees, base_tree, entries, lambda data: self._loose.write("tree", data))

    def apply(self, base_tree: str, patch: bytes) -> str:
        """The tree after a strict `git apply` in a scratch index. Raises PatchRejected; no context is ever guessed."""
        with self.scratch("index") as index:
            env = {"GIT_INDEX_FILE": str(index)}
            self.git("read-tree", self.tree(base_tree), env=env)
            done = self.git(
                "apply", "--cached", "--whitespace=nowarn", "-", env=env, input=patch or b"\n", ok=(0, 1, 128)
            )  # fmt: skip
            if done.code:
                raise rejection(done.stderr, patch)
            return self.git("write-tree", env=env).text

    def merge(self, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
        """`ours` with what changed from `base` to `theirs`; None where both changed the same lines, or are not text."""
        with self.scratch("merge") as folder:
            folder.mkdir()
            names = ("ours", "base", "theirs")
            for name, data in zip(names, (ours, base, theirs), strict=True):
                (folder / name).write_bytes(data)
            done = self.git("merge-file", "-p", "-q", *names, cwd=folder, ok=range(256))
            return done.stdout if done.code == 0 else None

    def commit(self, tree: str, parent: str | None, message: str, when: float, author: str = AUTHOR) -> str:
        """A commit whose id depends on nothing but the arguments; `when` in whole seconds, UTC."""
        who = "".join(c for c in author if c not in "\0\n\r")
        stamp = f"{who} {int(when)} +0000"
        parents = f"parent {parent}\n" if parent else ""
        text = message.replace("\0", "").rstrip("\n") + "\n"
        return self._loose.write(
            "commit", encode(f"tree {tree}\n{parents}author {stamp}\ncommitter {stamp}\n\n{text}")
        )  # fmt: skip

    def pack(self, commit: str, base: str | None) -> None:
        """Copy everything `commit` reaches and `base` does not into one flushed pack of ours, wherever it lies now: the
        user's store may hold an object unreachably, and a later gc there would take it."""
        if commit == base:
            return
        fault.point(BEFORE_PACK)
        revisions = f"{commit}\n" + (f"^{base}\n" if base else "")
        name = self.git(
            "pack-objects", "-q", "--revs", str(self.path / "objects/pack/pack"), input=revisions.encode()
        ).text  # fmt: skip
        fault.point(AFTER_PACK)
        from autopack.repo.packs import pack_ids

        held = pack_ids(self.path / f"objects/pack/pack-{name}.idx")
        self._loose.forget(held.__contains__)

    # refs

    def ref(self, name: str) -> str | None:
        return self._refs.get(name)

    def refs(self, prefix: str) -> dict[str, str]:
        return self._refs.below(prefix)

    def move_ref(self, name: str, new: str, old: str | None) -> None:
        """Compare-and-swap; `old` None = must be absent; already `new` is success. Raises StaleState."""
        self._refs.move(name, new, old)

    def delete_ref(self, *names: str) -> None:
        self._refs.delete(list(names))

    def recover(self, run: str) -> None:
        """For the run's owner, at resume: remove the locks a killed git left behind."""
        self._refs.break_locks(f"refs/autopack/{run}")
        (self.path / "shallow.lock").unlink(missing_ok=True)

    def collect(self, *, dry_run: bool = False, young_seconds: float = 3600.0) -> int:
        """Bytes freed by removing packs no ref needs; files younger than `young_seconds` stay."""
        from autopack.repo.collect import collect

        return collect(self.path, set(self.refs("refs/autopack/").values()), dry_run=dry_run, young=young_seconds)

    # processes

    def git(
        self,
        *args: str,
        input: bytes = b"",
        env: Mapping[str, str] | None = None,
        config: Sequence[Config] = (),
        ok: Sequence[int] = (0,),
        cwd: Path | None = None,
    ) -> GitResult:
        """One hardened git process on this repository, its configuration put back first."""
        write_if_different(self.path / "config", CONFIGURATION)
        extra = {"GIT_DIR": str(self.path)} | ({"AUTOPACK_NONCE": self.nonce} if self.nonce else {}) | dict(env or {})
        return run_git(Mode.RUN, args, cwd=cwd or self.path, env=extra, config=config, input=input, ok=ok)

    @contextmanager
    def scratch(self, name: str) -> Generator[Path]:
        """A path for a file that goes away afterwards."""
        with tempfile.TemporaryDirectory(prefix="s-", dir=self.path / "scratch") as folder:
            yield Path(folder) / name
