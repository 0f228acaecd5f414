"""`rm`, `mkdir`, `cp` and `mv`, carried out: what lies on the disk is judged again at the moment it is touched."""

from __future__ import annotations

from autopack.paths import printable
from autopack.policy.contents import changed_parts, judged_by_content
from autopack.repairs.bench import Bench, Performed
from autopack.repairs.beneath import Beneath, Unfit
from autopack.repairs.commands import CopyFile, FileCommand, MakeFolders, MoveFile, RemoveFiles
from autopack.repairs.refusal import CommandRefused


def perform_files(command: FileCommand, bench: Bench) -> Performed:
    """Carry it out in the worktree. A command that finds what it cannot work on is not `ok`; what was done before that
    is in `changed`."""
    here = Beneath(bench.worktree.path)
    changed: list[str] = []
    try:
        match command:
            case RemoveFiles():
                for path in command.paths:
                    _remove(command, path, here, bench, changed)
            case MakeFolders():
                for path in command.paths:
                    changed += here.make_folder(path, parents=command.parents)
            case CopyFile():
                _copy(command, here, bench)
                changed.append(command.target)
            case MoveFile():
                _copy_is_allowed(command, here, bench)
                here.move(command.source, command.target, replace=command.target in bench.ground.changed)
                changed += (command.source, command.target)
    except Unfit as unfit:
        return Performed(command, False, str(unfit), tuple(changed))
    return Performed(command, True, "", tuple(changed))


def _remove(command: RemoveFiles, path: str, here: Beneath, bench: Bench, changed: list[str]) -> None:
    kind = here.kind(path)
    if kind == "":
        if not command.missing_ok:
            raise Unfit(f"{printable(path)} does not exist")
        return
    if kind == "folder" and not command.folders:
        raise Unfit(f"{printable(path)} is a folder")
    content = list(here.walk(path)) if kind == "folder" else [(path, kind)]
    foreign = [each for each, what in content if what != "folder" and each not in bench.ground.changed]
    if foreign:
        raise Unfit(f"{printable(path)} holds {printable(foreign[0])}, which this run did not change")
    for each, what in content:
        if what == "file" and judged_by_content(each):
            _refuse(each, changed_parts(each, here.read(each)[0], None))
    for each, what in content:
        (here.remove_folder if what == "folder" else here.remove)(each)
        changed.append(each)


def _copy(command: CopyFile, here: Beneath, bench: Bench) -> None:
    data = _copy_is_allowed(command, here, bench)
    here.write(command.target, data, replace=command.target in bench.ground.changed)


def _copy_is_allowed(command: CopyFile | MoveFile, here: Beneath, bench: Bench) -> bytes:
    """The source's content. Raises CommandRefused where what it would become, at its target, executes."""
    data, mode = here.read(command.source)
    before = here.read(command.target)[0] if here.kind(command.target) == "file" else None
    _refuse(command.target, changed_parts(command.target, before, data))
    if isinstance(command, MoveFile):
        _refuse(command.source, changed_parts(command.source, data, None))
    if mode & 0o111:
        raise CommandRefused(
            f"{printable(command.source)} is executable; no command makes another such file",
            hint="Change it in an answer: then a person can be asked.",
            code="AP307",
        )
    return data


def _refuse(path: str, parts: tuple[str, ...]) -> None:
    if parts:
        raise CommandRefused(
            f"{printable(path)} would change what builds, installs or tests run ({', '.join(parts[:5])})",
            hint="Change it in an answer: then a person can be asked.",
            code="AP301",
        )
