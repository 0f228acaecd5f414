"""Change sets to spoil: the ones of real projects, and a small sample that needs no network."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.malformed.kinds import Files, Source
from tests.malformed.patch import Patch, parse
from tests.real.manifest import Manifest
from tests.real.slices import is_text


def source(name: str, before: Files, after: Files) -> Source:
    return Source(name, before, after, diff_of(before, after))


def diff_of(before: Files, after: Files) -> Patch:
    """git's own diff of two sets of files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["git", "init", "-q", name], check=True)
        ids: list[str] = []
        for files in (before, after):
            subprocess.run(["git", "-C", name, "rm", "-rqf", "--cached", "--ignore-unmatch", "."], check=True)
            for path, data in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
            settings = ["-c", "core.autocrlf=false", "-c", "core.attributesFile=/dev/null", "-c", "core.safecrlf=false"]
            subprocess.run(["git", "-C", name, *settings, "add", "-f", "--", *files], check=True)
            ids.append(
                subprocess.run(["git", "-C", name, "write-tree"], check=True, capture_output=True, text=True).stdout
            )
        argv = [
            "git",
            "-C",
            name,
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--no-renames",
            *(each.strip() for each in ids),
        ]
        return parse(subprocess.run(argv, check=True, capture_output=True).stdout.decode())


def real(manifest: Manifest) -> Iterator[Source]:
    """Each modified file of a pair of releases alone, and the manifest's change sets whole."""
    old, new = manifest.trees
    for path in sorted(old.keys() & new.keys()):
        if old[path].data != new[path].data and is_text(old[path]) and is_text(new[path]) and old[path].data:
            yield source(f"{manifest.name} {path}", {path: old[path].data}, {path: new[path].data})
    for entry in manifest.sets:
        tree = manifest.expected(entry)
        paths = [p for p in entry.slice.paths if p not in old or is_text(old[p])]
        before = {p: old[p].data for p in paths if p in old and old[p].data}
        after = {p: tree[p].data for p in paths if p in tree and tree[p].data}
        if before and after and before != after:
            yield source(f"{manifest.name} {entry.id}", before, after)
