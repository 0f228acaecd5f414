"""`rm`, `mkdir`, `cp`, `mv`: words into commands that are carried out by code of ours, not by programs."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.paths import printable
from autopack.repairs.commands import CopyFile, MakeFolders, MoveFile, RemoveFiles
from autopack.repairs.ground import Ground
from autopack.repairs.options import read_call, some_operands
from autopack.repairs.refusal import CommandRefused


def rm(words: Sequence[str], ground: Ground) -> RemoveFiles:
    """`rm [-f] [-r] PATH...`"""
    call = read_call("rm", words, ("-f", "-r", "-rf", "-fr"))
    folders = call.any("-r", "-rf", "-fr")
    paths = (ground.removable(path, folders=folders) for path in some_operands("rm", call))
    return RemoveFiles(tuple(dict.fromkeys(paths)), folders, missing_ok=call.any("-f", "-rf", "-fr"))


def mkdir(words: Sequence[str], ground: Ground) -> MakeFolders:
    """`mkdir [-p] PATH...`"""
    call = read_call("mkdir", words, ("-p",))
    paths = (ground.new_folder(path) for path in some_operands("mkdir", call))
    return MakeFolders(tuple(dict.fromkeys(paths)), parents=call.any("-p"))


def cp(words: Sequence[str], ground: Ground) -> CopyFile:
    """`cp FILE NAME`"""
    source, target = _two("cp", words)
    return CopyFile(ground.readable(source), ground.place(target))


def mv(words: Sequence[str], ground: Ground) -> MoveFile:
    """`mv FILE NAME`"""
    source, target = _two("mv", words)
    path = ground.changed_file(source)
    ground.not_a_test(path)
    return MoveFile(path, ground.place(target))


def _two(verb: str, words: Sequence[str]) -> tuple[str, str]:
    paths = some_operands(verb, read_call(verb, words, ()))
    if len(paths) != 2:
        raise CommandRefused(f"{verb} takes two paths and was given {len(paths)}", hint=f"Write {verb} FILE NAME.")
    if paths[1].endswith("/"):
        raise CommandRefused(
            f"{printable(paths[1])} is a folder", hint=f"Name the file it becomes: {verb} FILE {paths[1]}NAME."
        )
    if paths[0].removeprefix("./") == paths[1].removeprefix("./"):
        raise CommandRefused(f"{verb} was given one path twice", hint=f"Write {verb} FILE NAME with two names.")
    return paths[0], paths[1]
