"""The sources of settings: each a tree with the place or name to show for every key."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

import autopack_config
from autopack.model.findings import Finding, Severity, Tree
from autopack.model.rules import finding
from autopack.settings.model import ProviderSettings, Settings
from autopack.settings.tree import leaves, put, split_key
from autopack.yamlfile import MAX_BYTES, Document, Loc, Problem, Ranges, is_map, is_mapping, nearest, parse, parse_bytes

WORKSPACE_FILE = ".autopack/config.yaml"

OTHER_VARIABLES: frozenset[str] = frozenset(
    {
        "AUTOPACK_STATE_DIR",
        "AUTOPACK_RETRY_WAIT_MAX",
        "AUTOPACK_FAULT",
        "AUTOPACK_FAULT_ENABLE",
        "AUTOPACK_NONCE",
        "AUTOPACK_CHANNEL_FD",
        "AUTOPACK_REPORT",
        "AUTOPACK_LAYOUT",
    }
)
"""Variables of this prefix that are no settings."""


@dataclass(frozen=True, slots=True)
class Source:
    """`path` is set for files (relative for the workspace's), `names` says where a key came from in other sources."""

    name: str
    document: Document
    path: str = ""
    names: Mapping[Loc, str] | None = None

    @property
    def tree(self) -> dict[str, Any]:
        value = self.document.value
        return value if is_map(value) else {}

    def origin(self, loc: Loc) -> str:
        """What `autopack settings --origin` prints for a key this source set."""
        if not self.path:
            return (self.names or {}).get(loc, self.name)
        where = self.document.ranges.key(loc) or self.document.ranges.value(loc)
        return f"{self.path}:{where.start.line}" if where is not None else self.path

    def finding(self, problem: Problem, code: str = "AP101", *, severity: Severity | None = None) -> Finding:
        """The problem as a finding in this source's file; other sources are named in the message."""
        if self.path:
            place = problem.range
            return finding(code, str(problem), path=self.path, range=place, tree=Tree.USER, severity=severity)
        return finding(code, f"{self.origin(problem.loc)}: {problem}", tree=Tree.USER, severity=severity)


def packaged() -> list[Source]:
    """The shipped files, in order."""
    folder = Path(autopack_config.__file__).parent
    names = ("defaults.yaml", "models.yaml", "policy.yaml")
    return [Source("packaged", parse((folder / name).read_text("utf-8")), f"autopack_config/{name}") for name in names]


def user_file(path: Path) -> Source | None:
    """The user-level file, None when there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Source("user", _unreadable(f"the settings file cannot be read: {error.strerror}"), path.as_posix())
    return Source("user", _document(data), path.as_posix())


def workspace_file(repo: Path) -> Source | None:
    """The workspace's file, read without following links: the repository's content is not ours."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        folder = os.open(repo / ".autopack", flags | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    except OSError:
        return Source("workspace", _unreadable("`.autopack` is no plain folder, so it is not read"), WORKSPACE_FILE)
    try:
        handle = os.open("config.yaml", flags, dir_fd=folder)
        with os.fdopen(handle, "rb") as file:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            data = file.read(MAX_BYTES + 1) if regular else None
    except FileNotFoundError:
        return None
    except OSError:
        data = None
    finally:
        os.close(folder)
    if data is None:
        return Source("workspace", _unreadable("this is no plain file, so it is not read"), WORKSPACE_FILE)
    return Source("workspace", _document(data), WORKSPACE_FILE)


def _document(data: bytes) -> Document:
    document = parse_bytes(data)
    only_comments = document.value is None and not any(
        line.strip() and not line.lstrip().startswith("#") for line in document.text.splitlines()
    )
    readable = document.text or not data.strip()
    return Document("", {}, Ranges()) if only_comments and readable else document


def _unreadable(message: str) -> Document:
    empty = parse("{}")
    where = empty.lines.range(0, 0)
    return Document("", {}, Ranges(), (Problem(message, where, "make it a plain file you can read"),), empty.lines)


def from_mapping(name: str, values: Mapping[str, Any]) -> Source:
    """Settings of the editor or the command line: nested mappings, dotted keys, or both."""
    tree: dict[str, Any] = {}
    for key, value in values.items():
        at = split_key(key)
        if is_mapping(value) and value:
            for loc, leaf in leaves(value, at):
                put(tree, loc, leaf)
        else:
            put(tree, at, value)
    return Source(name, Document("", tree, Ranges(), (), parse("{}").lines))


def from_environment(env: Mapping[str, str], providers: list[str]) -> tuple[Source, list[Finding]]:
    """The `AUTOPACK_*` variables; a name that looks like a misspelt one is a warning."""
    known = variables(providers)
    tree: dict[str, Any] = {}
    names: dict[Loc, str] = {}
    findings: list[Finding] = []
    for name, text in sorted(env.items()):
        if not name.startswith("AUTOPACK_") or not text or name in OTHER_VARIABLES:
            continue
        if name in known:
            loc, annotation = known[name]
            put(tree, loc, _converted(text, annotation))
            names[loc] = f"environment {name}"
        elif close := nearest(name[9:], [key[9:].lower() for key in known]):
            message = f"environment {name}: no such setting; did you mean `AUTOPACK_{close.upper()}`?"
            findings.append(finding("AP101", message, tree=Tree.USER, severity=Severity.WARNING))
    return Source("environment", Document("", tree, Ranges(), (), parse("{}").lines), names=names), findings


def variables(providers: list[str]) -> dict[str, tuple[Loc, Any]]:
    """Every variable that is a setting, with its location and type."""
    found: dict[str, tuple[Loc, Any]] = dict(_variables(Settings, ()))
    for provider in providers:
        found |= dict(_variables(ProviderSettings, ("providers", provider)))
    return found


def _variables(model: type[BaseModel], at: Loc) -> list[tuple[str, tuple[Loc, Any]]]:
    found: list[tuple[str, tuple[Loc, Any]]] = []
    for name, field in model.model_fields.items():
        loc = (*at, name)
        section = _section(field.annotation)
        if section is not None:
            found += _variables(section, loc)
        elif get_origin(field.annotation) is not dict:
            key = "_".join(str(step) for step in loc).upper().replace("-", "_").replace(".", "_")
            found.append((f"AUTOPACK_{key}", (loc, field.annotation)))
    return found


def _section(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _converted(text: str, annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(branch for branch in get_args(annotation) if branch is not type(None))
    if annotation is str or get_origin(annotation) is Literal:
        return text
    if get_origin(annotation) is list:
        return [item.strip() for item in text.split(",") if item.strip()]
    value = parse(text).value
    return text if isinstance(value, (dict, list)) else value
