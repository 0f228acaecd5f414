"""Change sets to spoil: the ones of real projects, and a small sample that needs no network: this repository's own files
with seeded edits."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.malformed.kinds import Files, Source
from tests.malformed.patch import Patch, parse
from tests.real.manifest import Manifest
from tests.real.slices import is_text

ROOT = Path(__file__).resolve().parents[2]
OWN = ("core/autopack/changes/lines.py", "core/autopack/text.py", "docs/answers.md", "docs/answer.schema.json")


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


def sample(seed: int) -> Iterator[Source]:
    """Each file of OWN with a few edits, and all of them at once."""
    before = {path: (ROOT / path).read_bytes() for path in OWN}
    after = {path: edited(data, random.Random(f"{seed} {path}")) for path, data in before.items()}
    for path in OWN:
        yield source(f"own {path}", {path: before[path]}, {path: after[path]})
    yield source("own all", before, after | {"new/notes.md": b"# Notes\n\n- one\n- two\n"})


def edited(data: bytes, rng: random.Random) -> bytes:
    """The text with lines replaced, removed and added in four places that are apart, and one added near its end."""
    lines = data.decode().split("\n")
    lines.insert(len(lines) - 2, f"seeded_end = {rng.randrange(1000)}")
    step = len(lines) // 4
    for start in range((4 - 1) * step, -1, -step):
        at = start + rng.randrange(4, max(5, step - 8))
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        kind = rng.choice(["replace", "remove", "add", "both"])
        new = [f"{indent}seeded_{at}_{n} = {rng.randrange(1000)}" for n in range(rng.randint(1, 3))]
        if kind == "remove":
            new = []
        lines[at : at + (0 if kind == "add" else rng.randint(1, 3))] = new
    return "\n".join(lines).encode()
