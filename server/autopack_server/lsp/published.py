"""`python -m autopack_server.lsp.published [--check]` writes what is made from the contract, or compares it.

client-vscode/src/protocol.ts is the contract as TypeScript, docs/protocol.md the same for people.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from autopack_server.lsp import contract
from autopack_server.lsp.contract import answered, asked, table, told

TYPESCRIPT = Path("client-vscode/src/protocol.ts")
DOCUMENT = Path("docs/protocol.md")

_SIMPLE = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}


def published() -> dict[Path, str]:
    """Every file made from the contract, by its path in the repository."""
    return {TYPESCRIPT: typescript(), DOCUMENT: document()}


def typescript() -> str:
    """The contract as a TypeScript module: an interface for each value, a map from command to what it takes and returns."""
    lines = [
        "// Generated from the server's contract by `python -m autopack_server.lsp.published`; edit that instead.",
        "",
        f"export const VERSION = {contract.VERSION};",
        f"export const REFUSED = {contract.ERROR};",
        f"export const OVERLOADED = {contract.OVERLOADED};",
        "",
        "/** `data` of an error with code REFUSED. */",
        "export interface Refusal {",
        "  code: string;",
        "  message: string;",
        "  hint: string;",
        "  lines?: string[];",
        "}",
    ]
    taken = {spec.takes for spec in contract.COMMANDS}
    for shape in _shapes():
        lines += ["", *_comment(_said(shape)), f"export interface {shape.__name__} {{"]
        for name, kind, default in _fields(shape):
            optional = default is not attrs.NOTHING if shape in taken else default is None
            lines.append(f"  {name}{'?' if optional else ''}: {_typed(kind)};")
        lines.append("}")
    lines += ["", "export interface Commands {"]
    for spec in contract.COMMANDS:
        lines += [f"  /** {spec.does} */", f'  "{spec.name}": [{spec.takes.__name__}, {spec.returns.__name__}];']
    lines += ["}", "", "export const COMMANDS: (keyof Commands)[] = ["]
    lines += [f'  "{spec.name}",' for spec in contract.COMMANDS]
    lines += ["];", "", "export interface Notifications {"]
    lines += [f'  "{name}": {shape.__name__};' for name, shape in contract.NOTIFICATIONS.items()]
    return "\n".join([*lines, "}", ""])


def document() -> str:
    """The contract in Markdown."""
    lines = [
        "# Protocol",
        "",
        "What crosses between an editor and `autopack lsp`, beside standard LSP. Every command takes one object and "
        "answers with one object, by `workspace/executeCommand`; long work is a run, whose course is told by "
        "notifications. This page and the client's `protocol.ts` are made from "
        "`server/autopack_server/lsp/contract/`: edit there, then run `make generated`.",
        "",
        _conventions(),
        "",
        f"Version {contract.VERSION}. {_module_note('VERSION')}",
        "",
        "## Commands",
        "",
        "| command | title | takes | answers | |",
        "|---|---|---|---|---|",
    ]
    for spec in contract.COMMANDS:
        cells = [f"`{spec.name}`", spec.title, _link(spec.takes), _link(spec.returns), spec.does]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "A command whose feature is missing is not advertised. A repeated `idempotencyKey` is answered with the first "
        "result.",
        "",
        "## Refusals",
        "",
        f"A command that is refused answers with the JSON-RPC error {contract.ERROR}; its `data` is",
        "",
        "| field | type | |",
        "|---|---|---|",
        "| `code` | string | of a [rule](rules/README.md) or of the refusal |",
        "| `message` | string | what is wrong |",
        "| `hint` | string | what to do |",
        "| `lines` | string[] | where a person must agree to something (a plan's commands): what it is |",
        "",
        f"Error {contract.OVERLOADED} is none: too much was asked at once, nothing was done, and asking again helps.",
        "",
        "## Notifications",
        "",
        "| notification | carries |",
        "|---|---|",
        *(f"| `{name}` | {_link(shape)} |" for name, shape in contract.NOTIFICATIONS.items()),
        "",
        "## Values",
    ]
    taken = {spec.takes for spec in contract.COMMANDS}
    for shape in _shapes():
        lines += ["", f"### {shape.__name__}", ""]
        if said := _said(shape):
            lines += [said, ""]
        lines += (
            ["| field | type | default |", "|---|---|---|"] if shape in taken else ["| field | type |", "|---|---|"]
        )
        for name, kind, default in _fields(shape):
            cells = [f"`{name}`", f"`{_typed(kind)}`".replace("|", "\\|")]
            lines.append(f"| {' | '.join([*cells, *([_shown(default)] if shape in taken else [])])} |")
    return "\n".join(lines) + "\n"


def _shapes() -> list[type]:
    """Every value of the contract that a command or notification names, directly or inside another, in its order there."""
    wanted: set[type] = set()
    for spec in contract.COMMANDS:
        _reach(spec.takes, wanted)
        _reach(spec.returns, wanted)
    for shape in (*contract.NOTIFICATIONS.values(), contract.DiagnosticData):
        _reach(shape, wanted)
    return [shape for room in (asked, answered, told) for shape in vars(room).values()
            if isinstance(shape, type) and shape in wanted and shape.__module__ == room.__name__]  # fmt: skip


def _reach(kind: Any, found: set[type]) -> None:
    if isinstance(kind, type) and attrs.has(kind) and kind not in found:
        found.add(kind)
        for hint in get_type_hints(kind).values():
            _reach(hint, found)
    for inner in get_args(kind):
        _reach(inner, found)


def _fields(shape: type) -> list[tuple[str, Any, Any]]:
    """(name on the wire, type, default); a factory's default is what it makes."""
    hints = get_type_hints(shape)
    rows: list[tuple[str, Any, Any]] = []
    for field in attrs.fields(shape):
        made = getattr(field.default, "factory", None)
        default = made() if made is not None else field.default
        rows.append((_camel(field.name), hints[field.name], default))
    return rows


def _typed(kind: Any) -> str:
    """A Python annotation as TypeScript."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(_typed(part) for part in inner)
    if origin is list:
        return f"({text})[]" if " " in (text := _typed(inner[0])) and not text.startswith("Record") else f"{text}[]"
    if origin is dict:
        return f"Record<string, {_typed(inner[1])}>"
    if attrs.has(kind):
        return kind.__name__
    raise TypeError(f"the contract has a type that cannot be published: {kind!r}")


def _shown(default: Any) -> str:
    if default is attrs.NOTHING:
        return "required"
    return {"": "", None: "", True: "`true`", False: "`false`"}.get(default, f"`{default}`") if _plain(default) else ""


def _plain(default: Any) -> bool:
    return isinstance(default, str | int | bool | NoneType)


def _said(shape: type) -> str:
    """Its docstring in one line; "" for one that attrs wrote."""
    text = inspect.cleandoc(shape.__doc__ or "")
    return "" if text.startswith("Method generated by attrs") else _as_on_the_wire(text)


def _conventions() -> str:
    """What the contract says of all its values, from `Names are` on."""
    text = inspect.cleandoc(contract.__doc__ or "")
    return _as_on_the_wire(text[text.index("Names are") :])


def _as_on_the_wire(text: str) -> str:
    """One line, the fields it quotes named as they cross."""
    return re.sub(r"`([a-z_]+)`", lambda quoted: f"`{_camel(quoted[1])}`", text.replace("\n", " "))


def _module_note(name: str) -> str:
    """The text below a constant of the contract."""
    source = inspect.getsource(table)
    return source.split(f"\n{name} = ", 1)[1].split('"""', 2)[1].replace("\n", " ")


def _comment(text: str) -> list[str]:
    return [f"/** {text} */"] if text else []


def _link(shape: type) -> str:
    return f"[{shape.__name__}](#{shape.__name__.lower()})"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def main(arguments: list[str], root: Path | None = None) -> int:
    """Write the files below `root` (default: the current folder); with --check only compare, 1 when one differs."""
    root = root or Path()
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m autopack_server.lsp.published [--check]\n")
        return 2
    stale = [path for path, text in published().items() if _read(root / path) != text]
    if arguments:
        for path in stale:
            sys.stderr.write(f"{path} is out of date; run python -m autopack_server.lsp.published\n")
        return 1 if stale else 0
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(published()[path], encoding="utf-8")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
