"""Reading a change's files in their languages: here where that is safe, by grammars in a child under limits."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autopack.engine.work import Work
from autopack.languages import NOTHING, Fault, Reader, Reading, Trees, language_of, put, read, taken, taken_trees
from autopack.model.changes import ChangeSet
from autopack.sandbox import ProcessSpec, scrubbed_environment
from autopack.testing import interpreter_folders

SECONDS = 30.0
MEMORY_BYTES = 1024**3
OUTPUT_BYTES = 16 * 1024 * 1024
UNREAD = Reading(faults=(Fault(1, "could not be parsed within its bounds of time and memory", doubtful=True),))
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
PROGRAM = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from autopack.languages.child import main
main(Path(sys.argv[1]))
"""

File = tuple[str, bytes]


async def reader_of(work: Work, changes: ChangeSet) -> Reader:
    """Reads both versions of every changed file; what the child did not come to says that it could not be parsed."""
    known: dict[File, Reading] = {}
    by_grammar: list[File] = []
    for file in dict.fromkeys(_versions(changes)):
        found = read(*file)
        if found is None:
            by_grammar.append(file)
        else:
            known[file] = found
    if by_grammar:
        known |= await _read_apart(work, by_grammar)
    return lambda path, data: known.get((path, data), NOTHING)


def _versions(changes: ChangeSet) -> Iterator[File]:
    for change in changes.changes:
        if change.before != change.after or change.old_path:
            if change.before is not None:
                yield change.old_path or change.path, change.before
            if change.after is not None:
                yield change.path, change.after


async def trees_of(work: Work, changes: ChangeSet) -> Trees:
    """Gives the syntax tree of both versions of every changed script; None for any other file and for what the child did
    not come to."""
    files = [file for file in dict.fromkeys(_versions(changes)) if language_of(file[0]) in _SCRIPTS]
    if not files:
        return lambda path, data: None
    done = taken_trees(await _child(work, files, trees=True))
    known = {file: done[number] for number, file in enumerate(files) if number in done}
    return lambda path, data: known.get((path, data))


async def _read_apart(work: Work, files: list[File]) -> dict[File, Reading]:
    """One child after the other, each going on behind the file that ended the one before it."""
    found: dict[File, Reading] = {}
    while files:
        done = taken(await _child(work, files))
        found |= {file: done[number] for number, file in enumerate(files) if number in done}
        left = files[len(done) :]
        if left:
            found[left[0]] = UNREAD
        files = left[1:]
    return found


async def _child(work: Work, files: list[File], *, trees: bool = False) -> bytes:
    doors, python = work.doors, Path(sys.executable)
    folder = Path(tempfile.mkdtemp(prefix="grammar-", dir=doors.scratch(work.run)))
    places = _import_places()
    spec = ProcessSpec(
        argv=(str(python), "-I", "-c", PROGRAM, str(folder), *map(str, places)),
        cwd=folder,
        env=scrubbed_environment({}),
        nonce=work.config.nonce,
        readable=(folder, *places, *interpreter_folders(python)),
        timeout=SECONDS,
        memory_bytes=MEMORY_BYTES,
        output_bytes=OUTPUT_BYTES,
    )
    try:
        put(folder, files, trees=trees)
        return (await doors.sandbox.run(spec)).output
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _import_places() -> list[Path]:
    """Where this process found itself and the grammars."""
    specs = (importlib.util.find_spec(name) for name in ("autopack", "tree_sitter"))
    return [Path(spec.origin).parent.parent for spec in specs if spec is not None and spec.origin]
