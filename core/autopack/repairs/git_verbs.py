"""`git`: a few subcommands on paths of the run, and a few that only look. No option before the subcommand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autopack.paths import printable
from autopack.repairs.commands import (
    AbortMerge,
    GitCommand,
    ListUntracked,
    RestoreFiles,
    ShowChanges,
    ShowStatus,
    TakeSide,
    Unstage,
)  # fmt: skip
from autopack.repairs.ground import Ground
from autopack.repairs.options import Call, no_operands, read_call, some_operands
from autopack.repairs.refusal import CommandRefused

_QUIET = ("-q", "--quiet")
_SIDES = ("--ours", "--theirs")


def git(words: Sequence[str], ground: Ground) -> GitCommand:
    """The command of `git SUBCOMMAND ...`. Raises CommandRefused."""
    subcommand = words[0] if words else ""
    read = _SUBCOMMANDS.get(subcommand)
    if read is None:
        said = f"git {printable(subcommand)}" if subcommand else "git without a subcommand"
        raise CommandRefused(
            f"{said} is not one of the repair commands",
            hint=f"git takes here, as the word behind it: {', '.join(sorted(_SUBCOMMANDS))}.",
        )
    return read(words[1:], ground)


def _checkout(words: Sequence[str], ground: Ground) -> RestoreFiles | TakeSide:
    call = read_call("git checkout", words, (*_QUIET, *_SIDES))
    sides = [side for side in _SIDES if call.any(side)]
    call, from_head = _without_head(call)
    paths = _changed("git checkout", call, ground)
    if sides:
        if len(sides) > 1 or from_head:
            raise CommandRefused("git checkout takes one side of a conflict", hint="Choose --ours or --theirs, alone.")
        return TakeSide(paths, "ours" if sides[0] == "--ours" else "theirs")
    return RestoreFiles(paths, "head" if from_head else "index")


def _reset(words: Sequence[str], ground: Ground) -> Unstage:
    call, _ = _without_head(read_call("git reset", words, _QUIET))
    return Unstage(_changed("git reset", call, ground))


def _merge(words: Sequence[str], ground: Ground) -> AbortMerge:
    call = read_call("git merge", words, ("--abort",))
    no_operands("git merge", call)
    if not call.options:
        raise CommandRefused("git merge is only taken with --abort", hint="Write git merge --abort, or leave it.")
    return AbortMerge()


def _clean(words: Sequence[str], ground: Ground) -> ListUntracked:
    call = read_call("git clean", words, ("-n", "--dry-run", "-d", "-nd", "-dn"))
    no_operands("git clean", call)
    if not call.any("-n", "--dry-run", "-nd", "-dn"):
        raise CommandRefused("git clean is only taken with -n", hint="Name the files to remove with rm.")
    return ListUntracked(folders=call.any("-d", "-nd", "-dn"))


def _status(words: Sequence[str], ground: Ground) -> ShowStatus:
    no_operands("git status", read_call("git status", words, ("-s", "--short", "--porcelain")))
    return ShowStatus()


def _diff(words: Sequence[str], ground: Ground) -> ShowChanges:
    forms = {"--name-only": "name-only", "--name-status": "name-status", "--stat": "stat"}
    call = read_call("git diff", words, ("--cached", "--staged", *forms))
    named = [option for option in call.options if option in forms]
    if len(set(named)) > 1:
        raise CommandRefused("git diff takes one form of output", hint="Choose one of the options.")
    paths = tuple(ground.readable(path) for path in call.paths)
    staged = call.any("--cached", "--staged")
    match named[:1]:
        case ["--name-only"]:
            return ShowChanges(paths, staged, "name-only")
        case ["--name-status"]:
            return ShowChanges(paths, staged, "name-status")
        case ["--stat"]:
            return ShowChanges(paths, staged, "stat")
        case _:
            return ShowChanges(paths, staged)


def _without_head(call: Call) -> tuple[Call, bool]:
    """The call without a leading revision `HEAD`, the only one there is."""
    if call.operands[:1] != ("HEAD",):
        return call, False
    return Call(call.options, call.operands[1:], call.after), True


def _changed(verb: str, call: Call, ground: Ground) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ground.changed_file(path) for path in some_operands(verb, call)))


_SUBCOMMANDS: dict[str, Callable[[Sequence[str], Ground], GitCommand]] = {
    "checkout": _checkout,
    "reset": _reset,
    "merge": _merge,
    "clean": _clean,
    "status": _status,
    "diff": _diff,
}
