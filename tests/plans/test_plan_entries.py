from __future__ import annotations

import pytest

from autopack.model.plan import Plan
from autopack.plans.entries import Refers, description, refers_to, value_meaning
from autopack.yamlfile import choices, fields_at, is_model, types_at

BLOCK = ("phases", 3)


@pytest.mark.parametrize(
    ("loc", "refers"),
    [
        ((*BLOCK, "scope", "paths", 0), Refers.PATH),
        (("defaults", "scope", "allowed", 1), Refers.PATH),
        ((*BLOCK, "scope", "read_only", 0), Refers.PATH),
        ((*BLOCK, "scope", "read_only", 0, "path"), Refers.PATH),
        ((*BLOCK, "scope", "read_only", 0, "reason"), None),
        ((*BLOCK, "deliverables", 2), Refers.PATH),
        ((*BLOCK, "deliverables", "code", "new", 2), Refers.PATH),
        ((*BLOCK, "deliverables", "code"), None),
        ((*BLOCK, "tests", "must_pass", 0), Refers.TEST),
        (("defaults", "tests", "workdir"), Refers.FOLDER),
        ((*BLOCK, "tests", "args", 0), None),
        ((*BLOCK, "depends_on", 0), Refers.PHASE),
        ((*BLOCK, "depends_on"), None),
        ((*BLOCK, "tier"), Refers.TIER),
        (("workspace", "copy", 0), Refers.CHECKOUT),
        (("workspace", "link", 0), Refers.CHECKOUT_FOLDER),
        (("workspace", "setup", 0, 0), None),
        (("run", "id"), None),
        (BLOCK, None),
        (("phases",), None),
        ((), None),
    ],
)
def test_what_an_entry_refers_to(loc: tuple[str | int, ...], refers: Refers | None) -> None:
    assert refers_to(loc) is refers


def every_key(loc: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = []
    for key in fields_at(Plan, loc):
        here = (*loc, key)
        found.append(here)
        deeper = here if any(is_model(branch) for branch in types_at(Plan, here)) else (*here, 0)
        found += every_key(deeper)
    return found


@pytest.mark.parametrize("loc", every_key(), ids=lambda loc: ".".join(map(str, loc)))
def test_every_key_of_the_model_is_described(loc: tuple[str | int, ...]) -> None:
    assert description(loc) or loc == ("tiers", 0, "id")


def test_defaults_are_described_by_what_they_are_the_default_of() -> None:
    assert description(("defaults", "category")) == description(("phases", 0, "category"))
    assert description(("phases", 0, "scope")) == "What a phase may write and see."
    assert description(()) == Plan.__doc__
    assert description(("nowhere",)) == ""


WORDS = [(loc, value) for loc in every_key() for value in choices(types_at(Plan, loc)) if isinstance(value, str)]


@pytest.mark.parametrize(("loc", "value"), WORDS)
def test_every_word_of_the_model_has_a_meaning(loc: tuple[str | int, ...], value: str) -> None:
    assert value_meaning(loc, value)


def test_what_is_no_word_of_the_model_has_none() -> None:
    assert value_meaning(("run", "base"), "tail") == ""
    assert value_meaning(("run", "base"), 1) == ""
    assert value_meaning((), "x") == ""


def test_the_estimates_named_are_those_of_the_estimate() -> None:
    from autopack.plans.estimate import _BASE  # pyright: ignore[reportPrivateUsage]

    assert all(str(tokens) in value_meaning(("phases", 0, "complexity"), name) for name, tokens in _BASE.items())
