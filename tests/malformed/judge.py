"""Who applies a spoilt diff, and whether the tree that came of it is the right one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from autopack.changes import Trees, parse_answer
from autopack.errors import AnswerRefused
from autopack.model.changes import REGULAR
from autopack.repo import Entry, PrivateRepo, UserRepo
from tests.malformed.kinds import Files, Spoilt

RIGHT, REFUSED, WRONG = "right", "refused", "wrong"
Applier = Callable[[Spoilt], Files | None]
"""The files after the diff, None where it is refused."""


def judged(spoilt: Spoilt, got: Files | None) -> str:
    """Any applied tree but the one that is meant is wrong; where nothing is meant every one is."""
    if got is None:
        return REFUSED
    return RIGHT if spoilt.after is not None and got == spoilt.after else WRONG


class Autopack:
    """The reader of answers on a private repository of its own; `rungs` counts how its right ones were read."""

    def __init__(self, folder: Path) -> None:
        user = folder / "user"
        for args in (("init", "-q", str(user)), ("-C", str(user), "commit", "-q", "--allow-empty", "-m", "empty")):
            subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *args], check=True)
        self.private = PrivateRepo.ensure(folder / "state", UserRepo.open(user))
        self.empty = self.private.write_entries(
            subprocess.run(["git", "-C", str(user), "rev-parse", "HEAD^{tree}"], check=True, capture_output=True, text=True)
            .stdout.strip(), {},
        )  # fmt: skip
        self.why = ""

    def __call__(self, spoilt: Spoilt) -> Files | None:
        entries = {path: Entry(REGULAR, self.private.write_blob(data)) for path, data in spoilt.before.items()}
        base = self.private.write_entries(self.empty, entries)
        trees: Trees = self.private
        self.why = ""
        try:
            changes = parse_answer(spoilt.text, "end", base, trees)
        except AnswerRefused as refused:
            self.why = refused.findings[0].message
            return None
        self.why = ", ".join(sorted({change.rung.value for change in changes.changes}))
        tree = self.private.write_tree(base, changes)
        found = {entry.path: self.private.read(tree, entry.path) for entry in self.private.list(tree)}
        return {path: blob.data for path, blob in found.items() if blob is not None}


def by_command(*argv: str) -> Applier:
    """A program that reads the answer on standard input in a folder with the files; exit code 0 = it says it did it."""

    def apply(spoilt: Spoilt) -> Files | None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for path, data in spoilt.before.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
            env = {**os.environ, "GIT_CEILING_DIRECTORIES": name, "GIT_CONFIG_GLOBAL": os.devnull}
            done = subprocess.run(
                argv, cwd=folder, input=spoilt.text.encode(), capture_output=True, env=env, timeout=60
            )
            if done.returncode:
                return None
            files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".orig", ".rej")]
            return {str(p.relative_to(folder)): p.read_bytes() for p in files}

    return apply


OTHERS: dict[str, Applier] = {
    "git apply": by_command("git", "apply", "-"),
    "git apply --recount": by_command("git", "apply", "--recount", "-"),
    "patch --fuzz=2": by_command("patch", "-p1", "--fuzz=2", "--batch", "--forward"),
}
