"""What starting a plan lets it execute: listed for the user's consent (AP121), and remembered by digest."""

from __future__ import annotations

import hashlib
import json
import shlex
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from autopack.model.plan import Phase, Plan
from autopack.yamlfile import Loc


@dataclass(frozen=True, slots=True)
class TrustItem:
    """One thing the plan executes or changes about execution; `line` is what the user reads."""

    line: str
    digest: str
    loc: Loc


def plan_digest(plan: Plan) -> str:
    """SHA-256 over the plan's meaning: comments, layout and where a default was written do not count."""
    content = plan.model_dump(mode="json", by_alias=True, exclude={"defaults"})
    return _sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def trust_items(plan: Plan, interpreter: str = "") -> list[str]:
    """What the user agrees to by starting the plan, one line each, without repetition."""
    return [item.line for item in _items(plan, "", interpreter)]


def unseen_items(
    plan: Plan, known: Callable[[str], bool], *, repo_id: str = "", interpreter: str = ""
) -> list[TrustItem]:
    """The items the user has not agreed to yet in this repository; remember the digest of each once they agree.

    Items decide, not the plan's digest: a reworded goal asks nothing, the same plan in another repository asks again.
    """
    return [item for item in _items(plan, repo_id, interpreter) if not known(item.digest)]


def interpreter_item(repo_id: str, interpreter: str) -> TrustItem:
    """An interpreter of the repository's own, which its content could have brought."""
    return _item(repo_id, f"interpreter: {_visible(interpreter)}", ("run", "id"))


def _items(plan: Plan, repo_id: str, interpreter: str) -> list[TrustItem]:
    found: dict[str, Loc] = {}
    for index, argv in enumerate(plan.workspace.setup):
        found.setdefault(f"setup: {_command(argv)}", ("workspace", "setup", index))
    for index, phase in enumerate(plan.phases):
        for line, loc in _phase_items(phase, ("phases", index)):
            found.setdefault(line, loc)
    first = [interpreter_item(repo_id, interpreter)] if interpreter else []
    return [*first, *(_item(repo_id, line, loc) for line, loc in found.items())]


def _item(repo_id: str, line: str, loc: Loc) -> TrustItem:
    return TrustItem(line, _sha256(f"autopack trust\0{repo_id}\0{line}"), loc)


def _phase_items(phase: Phase, base: Loc) -> list[tuple[str, Loc]]:
    tests = phase.tests
    found: list[tuple[str, Loc]] = []
    if tests.command is not None:
        found.append((f"test command: {_command(tests.command)}", (*base, "tests", "command")))
    if tests.args:
        found.append((f"test arguments: {_command(tests.args)}", (*base, "tests", "args")))
    if tests.network:
        found.append(("tests may use the network", (*base, "tests", "network")))
    for name, value in tests.env.items():
        found.append((f"test environment: {_visible(name)}={_command([value])}", (*base, "tests", "env", name)))
    for index, argv in enumerate(phase.checks):
        found.append((f"check: {_command(argv)}", (*base, "checks", index)))
    return found


def _command(argv: list[str]) -> str:
    return _visible(shlex.join(argv))


def _visible(text: str) -> str:
    """Control, format and private characters as escapes, so that the line shows what would run."""
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char).startswith("C") else char for char in text
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
