"""Composer: builds values and ranges from parser events with a stack of its own, so that depth and size are bounded.

Events rather than PyYAML's own composed nodes: a node no longer says where its alias, anchor or tag stood, and the C
composer recurses without limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from autopack.yamlfile.ranges import LineTable, Loc, Ranges
from autopack.yamlfile.scalars import TooLong, resolve, surprise

MAX_DEPTH = 32
MAX_NODES = 100_000


class Refused(Exception):
    """A problem between two offsets; raised where reading cannot go on, collected where it can."""

    def __init__(self, message: str, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint


@dataclass(slots=True)
class _Open:
    """A collection being built: `key` is the mapping key waiting for its value, `end` the end of the last child.

    `discard` is set while that key is a duplicate; a `muted` collection lies inside such a value and has no ranges.
    """

    value: dict[str, Any] | list[Any]
    loc: Loc
    start: int
    end: int
    flow: bool
    key: str | None = None
    key_span: tuple[int, int] = (0, 0)
    discard: bool = False
    muted: bool = False
    lines_of_keys: dict[str, int] = field(default_factory=dict[str, int])


class Composer:
    def __init__(self, text: str, lines: LineTable) -> None:
        self.value: Any = None
        self.ranges = Ranges()
        self.problems: list[Refused] = []
        self.complete = False
        self._text = text
        self._lines = lines
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next parser event. Raises Refused where going on makes no sense."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event, start, end)
        elif isinstance(event, yaml.AliasEvent):
            raise Refused(f"aliases (`*{event.anchor}`) are not taken", start, end, "write the value out")
        elif isinstance(event, yaml.CollectionStartEvent):
            self._checked(event, start)
            self._begin(event, start, end)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._finish(end)
        elif isinstance(event, yaml.ScalarEvent):
            self._checked(event, start)
            self._scalar(event, start, end)

    def close(self) -> None:
        """After the last event: an empty file is a problem."""
        self.complete = self._documents == 1
        if self._documents == 0:
            self.problems.append(Refused("the file is empty", 0, 0))

    def give_up(self) -> None:
        """Close what is still open after a problem, so that the ranges of the complete parts can be used."""
        while self._stack:
            self._finish(self._stack[-1].end)

    def _document(self, event: yaml.DocumentStartEvent, start: int, end: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Refused("a second document begins here", start, end, "keep one document in a file")
        if event.version not in (None, (1, 2)):
            raise Refused(f"YAML {event.version[0]}.{event.version[1]} is not read", start, end, "remove the directive")
        if event.tags:
            raise Refused("tag directives are not taken", start, end, "remove the directive")

    def _checked(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, start: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise Refused(f"more than {MAX_NODES} values", start, start)
        if event.anchor:
            message = f"anchors (`&{event.anchor}`) are not taken"
            raise Refused(message, start, start + 1 + len(event.anchor), "write the value out where it is needed")
        if event.tag:
            raise Refused("tags are not taken", start, event.end_mark.index, "remove the tag; quote text that needs it")

    def _begin(self, event: yaml.CollectionStartEvent, start: int, end: int) -> None:
        parent = self._stack[-1] if self._stack else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise Refused("a key must be text", start, end, "write a plain word as the key")
        if len(self._stack) >= MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH} levels", start, end)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        muted = parent is not None and (parent.muted or parent.discard)
        self._stack.append(_Open(value, self._loc(), start, end, bool(event.flow_style), muted=muted))

    def _loc(self) -> Loc:
        if not self._stack:
            return ()
        top = self._stack[-1]
        return (*top.loc, len(top.value) if isinstance(top.value, list) else top.key or "")

    def _finish(self, end: int) -> None:
        done = self._stack.pop()
        if done.key is not None:
            self._put_into(done, None, done.key_span[1], done.key_span[1])
        stop = end if done.flow else done.end
        self._put(done.value, done.start, stop)

    def _scalar(self, event: yaml.ScalarEvent, start: int, end: int) -> None:
        top = self._stack[-1] if self._stack else None
        if event.style in ("|", ">"):
            end = self._block_end(start, end)
        plain = bool(event.implicit[0])
        if "\0" in event.value:
            self.problems.append(Refused("text cannot hold a NUL character", start, end))
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event.value, plain, start, end)
            return
        self._put(self._plain(event.value, start, end) if plain else event.value, start, end)

    def _block_end(self, start: int, end: int) -> int:
        """A block scalar ends with its last line of text, unless its `+` keeps the empty lines after it."""
        source = self._text[start:end]
        if "+" in source.splitlines()[0]:
            return end
        text_end = len(source.rstrip(" \r\n"))
        spaces = len(source) - text_end - len(source[text_end:].lstrip(" "))
        return start + text_end + spaces

    def _plain(self, text: str, start: int, end: int) -> Any:
        told = surprise(text)
        if told:
            self.problems.append(Refused(told, start, end))
        try:
            return resolve(text)
        except TooLong:
            self.problems.append(Refused("the number has too many digits", start, end))
            return 0

    def _key(self, top: _Open, text: str, plain: bool, start: int, end: int) -> None:
        if plain and text == "<<":
            raise Refused("merge keys (`<<`) are not taken", start, end, "write the entries out, or use `defaults`")
        value = self._plain(text, start, end) if plain else text
        if not isinstance(value, str):
            self.problems.append(Refused(f"the key `{text}` is not text", start, end, f'write "{text}" in quotes'))
        top.key, top.key_span = text, (start, end)
        top.discard = text in top.lines_of_keys
        line = self._lines.position(start).line
        if top.discard:
            message = f"the key `{text}` stands here a second time (first in line {top.lines_of_keys[text]})"
            self.problems.append(Refused(message, start, end, "keep one of the two"))
        top.lines_of_keys.setdefault(text, line)

    def _put(self, value: Any, start: int, end: int) -> None:
        if not self._stack:
            self.value = value
            self.ranges.add((), value=self._lines.range(start, end))
            return
        self._put_into(self._stack[-1], value, start, end)

    def _put_into(self, top: _Open, value: Any, start: int, end: int) -> None:
        top.end = max(top.end, end)
        span = self._lines.range(start, end)
        if isinstance(top.value, list):
            if not top.muted:
                self.ranges.add((*top.loc, len(top.value)), value=span)
            top.value.append(value)
            return
        key, top.key = top.key or "", None
        if top.discard:
            top.discard = False
            return
        top.value[key] = value
        if not top.muted:
            self.ranges.add((*top.loc, key), key=self._lines.range(*top.key_span), value=span)
