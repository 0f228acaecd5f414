"""Items: what completion offers, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class ItemKind(StrEnum):
    KEY = "key"
    VALUE = "value"
    PHASE = "phase"
    TIER = "tier"
    FILE = "file"
    FOLDER = "folder"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Item:
    """`text` takes the place of the completion's range; `cursor` is where in it typing goes on, None at its end.

    `word` is what the word typed so far is compared with; `detail` a short type, `documentation` Markdown.
    """

    label: str
    kind: ItemKind
    text: str
    word: str
    cursor: int | None = None
    detail: str = ""
    documentation: str = ""

    def within(self, before: str, after: str = "") -> Item:
        """The same with text around it; typing goes on where it did, before what comes after."""
        cursor = len(self.text) if self.cursor is None and after else self.cursor
        return replace(
            self, text=f"{before}{self.text}{after}", cursor=None if cursor is None else cursor + len(before)
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """Items in the order they should be shown, for the text between the offsets `start` and `end`; `incomplete` when
    more may fit once more is typed."""

    start: int
    end: int
    items: tuple[Item, ...]
    incomplete: bool = False


def first(items: Iterable[Item], limit: int) -> list[Item]:
    """Not more than `limit`, each word once."""
    found: dict[str, Item] = {}
    for item in items:
        if len(found) == limit:
            break
        found.setdefault(item.word, item)
    return list(found.values())
