"""The committed record of a change: names, versions, SHA-256 and hunk ranges; the code itself comes from the releases."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.real.mutants import Mutant, apply_mutant
from tests.real.releases import File, Release, Tree
from tests.real.slices import Hunk, Slice

FOLDER = Path(__file__).parent / "manifests"


@dataclass(frozen=True)
class ChangeSetEntry:
    """One change set: its slice, the digest of the tree it makes, and the faults that were seen to break a test.

    `rewrites` are the test files from which it takes tests away, or whose old tests fail on its sources: its plan names
    them as deliverables, as a person would. `asks` is what the plan says beyond that, "" where it says nothing: that
    assertions go, for one.
    """

    id: str
    slice: Slice
    digest: str
    mutants: tuple[Mutant, ...] = ()
    rewrites: tuple[str, ...] = ()
    asks: str = ""


@dataclass(frozen=True)
class Manifest:
    """One pair of consecutive releases of a project; `env` is what its suite needs set, here and in the plan."""

    project: str
    old: Release
    new: Release
    requirements: tuple[str, ...]
    roots: tuple[str, ...]
    args: tuple[str, ...]
    sets: tuple[ChangeSetEntry, ...]
    env: dict[str, str] = field(default_factory=dict)

    @cached_property
    def trees(self) -> tuple[Tree, Tree]:
        return self.old.tree(), self.new.tree()

    def expected(self, entry: ChangeSetEntry) -> Tree:
        """The old release with the change set; ValueError when it is not the tree the manifest names."""
        tree = entry.slice.apply(*self.trees)
        if entry.digest and digest(tree) != entry.digest:
            raise ValueError(f"{self.project} {entry.id}: the tree's digest is {digest(tree)}, not {entry.digest}")
        return tree

    def broken(self, entry: ChangeSetEntry, mutant: Mutant) -> Tree:
        """The change set's tree with one seeded fault."""
        tree = dict(self.expected(entry))
        file = tree[mutant.path]
        tree[mutant.path] = File(apply_mutant(file.data, mutant), file.executable)
        return tree

    @property
    def name(self) -> str:
        return f"{self.project}-{self.old.version}-{self.new.version}"


def digest(tree: Tree) -> str:
    total = hashlib.sha256()
    for path, file in sorted(tree.items()):
        total.update(f"{path}\0{file.executable:d}\0{hashlib.sha256(file.data).hexdigest()}\n".encode())
    return total.hexdigest()


def dump(manifest: Manifest) -> str:
    data: dict[str, Any] = {
        "project": manifest.project,
        "old": {"version": manifest.old.version, "sha256": manifest.old.sha256},
        "new": {"version": manifest.new.version, "sha256": manifest.new.sha256},
        "requirements": manifest.requirements,
        "roots": manifest.roots,
        "args": manifest.args,
        "env": manifest.env,
        "sets": [
            {
                "id": entry.id,
                "hunks": [f"{h.path} {h.old_start},{h.old_end} {h.new_start},{h.new_end}" for h in entry.slice.hunks],
                "created": entry.slice.created,
                "deleted": entry.slice.deleted,
                "rewrites": entry.rewrites,
                **({"asks": entry.asks} if entry.asks else {}),
                "digest": entry.digest,
                "regressions": [asdict(m) for m in entry.mutants],
            }
            for entry in manifest.sets
        ],
    }
    return json.dumps(data, indent=1) + "\n"


def load(path: Path) -> Manifest:
    data = json.loads(path.read_text("utf-8"))
    project = data["project"]
    return Manifest(
        project,
        Release(project, **data["old"]),
        Release(project, **data["new"]),
        tuple(data["requirements"]),
        tuple(data["roots"]),
        tuple(data["args"]),
        tuple(
            ChangeSetEntry(
                each["id"],
                Slice(tuple(map(_hunk, each["hunks"])), tuple(each["created"]), tuple(each["deleted"])),
                each["digest"],
                tuple(Mutant(**m) for m in each["regressions"]),
                tuple(each.get("rewrites", ())),
                each.get("asks", ""),
            )
            for each in data["sets"]
        ),
        data.get("env", {}),
    )


def _hunk(text: str) -> Hunk:
    path, old, new = text.rsplit(" ", 2)
    return Hunk(path, *map(int, old.split(",")), *map(int, new.split(",")))


def all_manifests() -> list[Manifest]:
    return [load(path) for path in sorted(FOLDER.glob("*.json"))]
