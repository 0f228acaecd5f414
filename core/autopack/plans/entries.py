"""Entries of a plan: what one refers to, and what it and its values mean, by its location; for editors."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from autopack.model.plan import HIGH_RISK, Plan
from autopack.yamlfile import Loc, field_at, is_model, types_at


class Refers(StrEnum):
    """PATH and FOLDER are of the repository, CHECKOUT and CHECKOUT_FOLDER of the user's files whether git holds them."""

    PATH = "path"
    FOLDER = "folder"
    CHECKOUT = "checkout"
    CHECKOUT_FOLDER = "checkout folder"
    TEST = "test"
    PHASE = "phase"
    TIER = "tier"


_ITEMS: dict[Loc, Refers] = {
    ("scope", "paths"): Refers.PATH,
    ("scope", "read_only"): Refers.PATH,
    ("scope", "protected"): Refers.PATH,
    ("scope", "allowed"): Refers.PATH,
    ("tests", "paths"): Refers.PATH,
    ("tests", "must_pass"): Refers.TEST,
    ("depends_on",): Refers.PHASE,
}
_VALUES: dict[Loc, Refers] = {("tests", "workdir"): Refers.FOLDER, ("tier",): Refers.TIER}
_WORKSPACE: dict[str | int, Refers] = {"copy": Refers.CHECKOUT, "link": Refers.CHECKOUT_FOLDER}

_MEANINGS: dict[str, dict[str, str]] = {
    "autonomy": {
        "supervised": "Waits for a person where one must decide.",
        "unattended": "Waits for nobody: what would need a person is refused.",
    },
    "base": {
        "head": "The run starts from the last commit; uncommitted changes are not part of it.",
        "working-tree": "The run starts from a snapshot of your files as they are, untracked ones included.",
    },
    "complexity": {
        "low": "A small step: 8192 output tokens at least.",
        "medium": "An ordinary step: 12288 output tokens at least.",
        "high": "A large step: 16384 output tokens at least.",
    },
    "builder_mode": {
        "default": "No particular style.",
        "tweak_light": "The smallest change that works.",
        "scaffolding_heavy": "The structure first: modules, types and signatures.",
        "refactor_heavy": "Changes the structure and keeps the behaviour.",
        "schema_heavy": "Takes most care of data shapes and of what is stored.",
        "full_file": "Whole files are asked for, whatever their length.",
        "structured_edit": "Edit operations are asked for, whatever the length of the files.",
    },
    "change_size": {
        "small_fix": "Few lines in few files are expected.",
        "large_refactor": "A large change over many files is expected.",
    },
    "runner": {
        "pytest": "The repository's pytest tests; the default where there are any.",
        "unittest": "The standard library's unittest, where pytest is not to be used.",
        "node": "`node --test`.",
        "vitest": "The vitest of node_modules.",
        "jest": "The jest of node_modules.",
        "go": "`go test` on ./... or the packages of `paths`.",
        "cargo": "`cargo nextest run`.",
        "maven": "`mvn test`, as Surefire reports it.",
        "gradle": "`gradle test`, by the distribution of the wrapper where it is unpacked.",
        "command": "The program in `command`, judged by its exit code, and by JUnit XML where `junit` names it.",
        "none": "Nothing is run, so nothing can show that the phase works (AP119).",
    },
}


def refers_to(loc: Loc) -> Refers | None:
    """What the scalar at a location names; None for words of its own."""
    if loc[:1] == ("workspace",) and len(loc) == 3:
        return _WORKSPACE.get(loc[1])
    rest = _in_phase(loc)
    if rest is None:
        return None
    if rest[:1] == ("deliverables",) and isinstance(rest[-1], int):
        return Refers.PATH
    if rest[:-2] == ("scope", "read_only") and rest[-1] == "path":
        return Refers.PATH
    return _ITEMS.get(rest[:-1]) if rest and isinstance(rest[-1], int) else _VALUES.get(rest)


def description(loc: Loc) -> str:
    """What the entry at a location is for, from the model; "" for what is no entry of a plan."""
    rest = _in_phase(loc)
    for place in (loc, ("phases", 0, *rest) if rest else ()):
        field = field_at(Plan, place) if place else None
        if field is not None and field.description:
            return field.description
    told = [branch.__doc__ for branch in types_at(Plan, loc) if is_model(branch)] if loc else [Plan.__doc__]
    return next((" ".join(text.split()) for text in told if text), "")


def value_meaning(loc: Loc, value: Any) -> str:
    """What one of the allowed values at a location does; "" where the description says it all."""
    key = loc[-1] if loc else ""
    if key == "category" and isinstance(value, str):
        risk = "High risk: without evidence it waits for a person." if value in HIGH_RISK else ""
        return risk or "Ordinary risk."
    return _MEANINGS.get(key, {}).get(value, "") if isinstance(key, str) and isinstance(value, str) else ""


def _in_phase(loc: Loc) -> Loc | None:
    """The location within a phase or within the defaults for phases."""
    if loc[:1] == ("phases",) and len(loc) > 1:
        return loc[2:]
    return loc[1:] if loc[:1] == ("defaults",) else None
