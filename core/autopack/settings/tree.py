"""Settings as plain trees: dotted keys, leaves, and merging one source over another."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from autopack.yamlfile import Loc, is_list, is_map, is_mapping

ADDITIVE: frozenset[Loc] = frozenset(
    {
        ("policy", "never"), ("policy", "approval"), ("policy", "unless_deliverable"), ("policy", "ask_categories"),
        ("policy", "risk", "critical_paths"), ("policy", "risk", "risky_files"), ("policy", "risk", "database_files"),
        ("tests", "strict_categories"),
    }
)  # fmt: skip
"""Lists that every source adds to; `!pattern` takes a pattern away again, except from `never`."""

_NAMED = frozenset({"model_info", "providers"})


def split_key(dotted: str) -> Loc:
    """`caps.token_cap` as a location; the name in `model_info.<name>.<key>` may itself hold dots."""
    section, _, rest = dotted.partition(".")
    if section in _NAMED and "." in rest:
        name, _, key = rest.rpartition(".")
        return (section, name, key)
    return tuple(dotted.split("."))


def dotted(loc: Loc) -> str:
    return ".".join(str(step) for step in loc)


def leaves(tree: Mapping[Any, Any], at: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    """Every value that is no mapping (or an empty one) with its location; lists are leaves."""
    for key, value in tree.items():
        loc = (*at, str(key))
        if is_mapping(value) and value:
            yield from leaves(value, loc)
        else:
            yield loc, value


def get(tree: Mapping[str, Any], loc: Loc) -> Any:
    """The value there, None where there is none."""
    here: Any = tree
    for step in loc:
        if not is_mapping(here) or step not in here:
            return None
        here = here[str(step)]
    return here


def put(tree: dict[str, Any], loc: Loc, value: Any) -> None:
    """Set one leaf in place, making the mappings on the way."""
    here = tree
    for step in loc[:-1]:
        inner: Any = here.get(str(step))
        if not is_map(inner):
            inner = here[str(step)] = dict[str, Any]()
        here = inner
    here[str(loc[-1])] = value


def drop(tree: dict[str, Any], loc: Loc) -> bool:
    """Remove the entry there, or the nearest one above it that exists; False when nothing is left to remove."""
    here: Any = tree
    parent: dict[str, Any] | None = None
    last: str | int = ""
    for step in loc:
        if not is_map(here) or step not in here:
            break
        parent, last, here = here, step, here[str(step)]
    if parent is None:
        return False
    del parent[str(last)]
    return True


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `base` with the leaves of `over`: mappings merge, lists and scalars replace, policy lists add."""
    result: dict[str, Any] = copy.deepcopy(dict(base))
    for loc, value in leaves(over):
        below = get(result, loc)
        if loc in ADDITIVE and is_list(value) and is_list(below):
            value = added(below, value, removable=loc != ("policy", "never"))
        if value == {} and is_map(below):
            continue
        put(result, loc, copy.deepcopy(value))
    return result


def added(below: list[Any], more: list[Any], *, removable: bool) -> list[Any]:
    """`below` with `more` appended, each pattern once; `!pattern` removes where that is allowed."""
    gone = {item[1:] for item in more if isinstance(item, str) and item.startswith("!")} if removable else set[str]()
    kept = [item for item in below if item not in gone]
    return kept + [item for item in more if item not in kept and not (isinstance(item, str) and item.startswith("!"))]
