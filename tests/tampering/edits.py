"""Small projects with one edit, judged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from autopack.model.plan import Phase, Scope
from autopack.policy import is_test
from autopack.tampering import Facts, Kind, Suspicion, judge_tampering
from autopack.testing import Licence
from tests.tampering.detector import change_of, removed_by

PRODUCT = {
    "shop/__init__.py": "",
    "shop/cart.py": (
        "import time\n\n\nclass CartError(ValueError):\n    pass\n\n\nclass Empty(CartError):\n    pass\n\n\n"
        "def total(items, tax=0.0):\n    if not items:\n        raise Empty('nothing in the cart')\n"
        "    return sum(items) * (1 + tax)\n\n\ndef names(items):\n    return sorted(items)\n\n\n"
        "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def add(self, item):\n"
        "        self.items.append(item)\n        return len(self.items)\n\n    def total(self):\n"
        "        time.sleep(0)\n        return total(self.items)\n"
    ),
}


def judge(
    base: Mapping[str, str], change: Mapping[str, str | None], *, goal: str = "Make the cart faster.",
    deliverables: tuple[str, ...] = (), told: frozenset[str] = frozenset(), renamed: tuple[tuple[str, str], ...] = (),
    removed: frozenset[str] = frozenset(),
) -> tuple[Suspicion, ...]:  # fmt: skip
    """The suspicions about a change of a project."""
    after = {path: text for path, text in {**base, **change}.items() if text is not None}
    changes = change_of(base, change)
    phase = Phase(id="work", goal=goal, scope=Scope(paths=["."]), deliverables=list(deliverables))
    return judge_tampering(
        Facts(
            changes=changes,
            base=lambda path: base[path].encode() if path in base else None,
            candidate=lambda path: after[path].encode() if path in after else None,
            base_paths=frozenset(base),
            candidate_paths=frozenset(after),
            is_test=is_test,
            allowed=Licence.of(phase),
            removed=removed or removed_by(changes),
            renamed=renamed,
            told=told,
        )
    )


def rewritten(before: str, after: str, path: str = "tests/test_cart.py", **words: object) -> tuple[Suspicion, ...]:
    """Of a test file of the shop that is written anew."""
    return judge({**PRODUCT, path: before}, {path: after}, **words)  # type: ignore[arg-type]


def kinds(found: tuple[Suspicion, ...]) -> set[Kind]:
    """Kinds of those that stop the phase."""
    return {s.kind for s in found if s.sure}


class Form(NamedTuple):
    """An edit of one file of a project, by texts that stand in it."""

    path: str
    edits: tuple[tuple[str, str], ...]

    def of(self, files: Mapping[str, str]) -> dict[str, str | None]:
        text = files[self.path]
        for before, after in self.edits:
            assert before in text, (self.path, before)
            text = text.replace(before, after)
        return {self.path: text}


def forms(name: str, key: str) -> list[Form]:
    """Those of a file in `forms/`: `loses`, or `keeps`."""
    held = _held(name)
    if isinstance(held["tests"], str):
        return [Form("tests/test_cart.py", _pairs(edits)) for edits in held[key].values()]
    return [Form(entry["path"], _pairs(entry["edits"])) for entry in held[key]]


def files(name: str) -> dict[str, str]:
    """The files that the forms of a file in `forms/` are edits of, with the shop."""
    tests = _held(name)["tests"]
    return {**PRODUCT, **({"tests/test_cart.py": tests} if isinstance(tests, str) else tests)}


def _pairs(edits: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((edit["before"], edit["after"]) for edit in edits)


@cache
def _held(name: str) -> dict[str, Any]:
    text = (Path(__file__).parent / "forms" / name).read_text("utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
