"""Trees: read them, walk two side by side, and build the tree that results from a change set."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from autopack.errors import AutopackError
from autopack.repo.git import GitFailed, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FOLDER = 0o040000
_CACHED_TREES = 4096
_IGNORED_BY_HFS = frozenset(
    {*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF}
)  # fmt: skip


class Entry(NamedTuple):
    mode: int
    id: str


Tree = dict[bytes, Entry]


@dataclass(frozen=True, slots=True)
class RawChange:
    """One line of a raw diff. `status` is A, M, D, T (type changed) or R; modes and ids are 0 and "" where absent."""

    status: str
    mode_a: int
    mode_b: int
    id_a: str
    id_b: str
    path: str
    old_path: str | None = None


class UnsafePath(AutopackError):
    """A path that git itself would refuse in a tree; reached only when governance let it through."""

    default_code = "AP301"


class TreeObjects(Protocol):
    """Where trees come from and go to."""

    def read(self, oid: str) -> tuple[str, bytes] | None: ...


class TreeReader:
    """Parsed trees by id, the last few thousand kept."""

    def __init__(self, objects: TreeObjects) -> None:
        self._objects = objects
        self._cache: OrderedDict[str, Tree] = OrderedDict()

    def tree(self, oid: str) -> Tree:
        """Entries by name; never change the answer. Raises GitFailed when the object is missing or no tree."""
        known = self._cache.get(oid)
        if known is not None:
            self._cache.move_to_end(oid)
            return known
        found = self._objects.read(oid)
        if found is None or found[0] != "tree":
            raise GitFailed("cat-file", -1, f"tree {oid} is {'missing' if found is None else 'a ' + found[0]}")
        parsed = _parse(found[1])
        self._cache[oid] = parsed
        if len(self._cache) > _CACHED_TREES:
            self._cache.popitem(last=False)
        return parsed

    def find(self, root: str, path: str) -> Entry | None:
        """The entry at `path`, a folder included; the root itself for ""."""
        entry = Entry(FOLDER, root)
        for name in encode(path).split(b"/") if path else ():
            if entry.mode != FOLDER:
                return None
            inner = self.tree(entry.id).get(name)
            if inner is None:
                return None
            entry = inner
        return entry

    def files(self, root: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Every entry below that is no folder, in git's order."""
        for name, entry in sorted(self.tree(root).items(), key=_git_order):
            path = prefix + decode(name)
            if entry.mode == FOLDER:
                yield from self.files(entry.id, path + "/")
            else:
                yield path, entry

    def diff(self, a: str | None, b: str | None, prefix: str = "") -> Iterator[RawChange]:
        """Raw changes between two trees, sorted by path within each folder, without rename detection."""
        if a == b:
            return
        old = self.tree(a) if a else {}
        new = self.tree(b) if b else {}
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            path = prefix + decode(name)
            folder_a = before.id if before and before.mode == FOLDER else None
            folder_b = after.id if after and after.mode == FOLDER else None
            if folder_a or folder_b:
                yield from self.diff(folder_a, folder_b, path + "/")
            file_a = before if before and not folder_a else None
            file_b = after if after and not folder_b else None
            if file_a or file_b:
                yield _raw(path, file_a, file_b)


def _raw(path: str, a: Entry | None, b: Entry | None) -> RawChange:
    if a and b:
        status = "M" if a.mode & 0o170000 == b.mode & 0o170000 else "T"
    else:
        status = "A" if b else "D"
    return RawChange(status, a.mode if a else 0, b.mode if b else 0, a.id if a else "", b.id if b else "", path)


def _parse(data: bytes) -> Tree:
    entries: Tree = {}
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        entries[data[space + 1 : end]] = Entry(int(data[at:space], 8), data[end + 1 : end + 21].hex())
        at = end + 21
    return entries


def _git_order(item: tuple[bytes, Entry]) -> bytes:
    name, entry = item
    return name + b"/" if entry.mode == FOLDER else name


def serialise(tree: Tree) -> bytes:
    """The canonical bytes of a tree object."""
    return b"".join(
        b"%o %s\0" % (entry.mode, name) + bytes.fromhex(entry.id)
        for name, entry in sorted(tree.items(), key=_git_order)
    )


def build(reader: TreeReader, base: str, changes: Mapping[str, Entry | None], write: Callable[[bytes], str]) -> str:
    """The tree that is `base` with every path of `changes` set, or removed where None. A path that becomes a file takes
    the place of a folder and the other way round; folders left empty vanish. Raises UnsafePath."""
    nested = _Folder()
    for path, entry in sorted(changes.items(), key=lambda item: item[1] is not None):
        nested.insert(_components(path), entry, path)
    return _build(reader, base, nested, write) or write(b"")


class _Folder:
    """Changes below one folder: a name leads to a folder of changes, a new entry, or None for a removal."""

    def __init__(self) -> None:
        self.names: dict[bytes, _Folder | Entry | None] = {}

    def insert(self, parts: list[bytes], entry: Entry | None, path: str) -> None:
        """Removals come first, so that a path may turn from file to folder or back within one change set."""
        folder = self
        for part in parts[:-1]:
            inner = folder.names.get(part)
            if inner is None:
                inner = folder.names[part] = _Folder()
            if not isinstance(inner, _Folder):
                raise UnsafePath(f"{path}: another change makes one of its parents a file")
            folder = inner
        known = folder.names.get(parts[-1])
        if isinstance(known, _Folder) and entry is None:
            return
        if isinstance(known, _Folder) and known.adds():
            raise UnsafePath(f"{path}: other changes need it to be a folder")
        folder.names[parts[-1]] = entry

    def adds(self) -> bool:
        return any(v.adds() if isinstance(v, _Folder) else v is not None for v in self.names.values())


def _build(reader: TreeReader, base: str | None, changes: _Folder, write: Callable[[bytes], str]) -> str:
    tree = dict(reader.tree(base)) if base else {}
    for name, value in changes.names.items():
        known = tree.get(name)
        if isinstance(value, _Folder):
            inner = _build(reader, known.id if known and known.mode == FOLDER else None, value, write)
            if inner:
                tree[name] = Entry(FOLDER, inner)
            elif known and known.mode == FOLDER:
                del tree[name]
        elif value is not None:
            tree[name] = value
        elif known and known.mode == FOLDER:
            raise UnsafePath(f"{decode(name)} is a folder; name the files to remove")
        else:
            tree.pop(name, None)
    return write(serialise(tree)) if tree else ""


def _components(path: str) -> list[bytes]:
    parts = path.split("/")
    for part in parts:
        if unsafe_component(part):
            raise UnsafePath(f"{path!r} is no path git may hold", hint="Choose another path.")
    return [encode(part) for part in parts]


def unsafe_component(name: str) -> bool:
    """What git's own `verify_path` refuses with core.protectHFS and core.protectNTFS set."""
    if name in ("", ".", "..") or "\0" in name:
        return True
    if "\\" in name:
        return any(unsafe_component(part) for part in name.split("\\") if part)
    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if ord(c) not in _IGNORED_BY_HFS).casefold()
    stem = plain.split(":", 1)[0].rstrip(" .")
    return stem == ".git" or stem == "git~1"
