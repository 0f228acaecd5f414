"""Reading one YAML document into plain values, ranges and located problems, in bounded time and memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from autopack.model.findings import Position, Range
from autopack.yamlfile.compose import MAX_DEPTH, Composer, Refused
from autopack.yamlfile.ranges import LineTable, Loc, Ranges

MAX_BYTES = 1024 * 1024
MAX_PROBLEMS = 100
"""Nobody reads more, and an editor should not be made to show them."""

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML does not allow unescaped, line separators that editors do not break at, and bidirectional overrides."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the file, and where; `hint` is what to do when the message does not say it; `loc` is the
    entry it is about, empty for problems of the text."""

    message: str
    range: Range
    hint: str = ""
    loc: Loc = ()

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


@dataclass(frozen=True, slots=True)
class Document:
    """`value` is the tree as far as it could be read (None when it could not), `complete` when that is all of it;
    `text` is without byte order mark."""

    text: str
    value: Any
    ranges: Ranges
    problems: tuple[Problem, ...] = ()
    lines: LineTable = field(default_factory=lambda: LineTable(""), compare=False)
    complete: bool = False

    def source(self, range: Range) -> str:
        """The text a range covers."""
        return self.text[self.lines.offset(range.start) : self.lines.offset(range.end)]


def parse_bytes(data: bytes) -> Document:
    """Decode and parse a file's content; at most 1 MiB of UTF-8, a byte order mark is skipped."""
    if len(data) > MAX_BYTES:
        return _unreadable(f"the file has {len(data)} bytes, more than the {MAX_BYTES} allowed", "make it smaller")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _unreadable("the file is UTF-16", "save it as UTF-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        lines = LineTable(good)
        bad = lines.range(len(good), len(good))
        problem = Problem(f"byte 0x{data[error.start]:02x} is not UTF-8", bad, "save the file as UTF-8")
        return Document("", None, Ranges(), (problem,), lines)
    return parse(text)


def parse(text: str) -> Document:
    """Parse one document; every problem is located, and the value is as complete as the text allows."""
    text = text.removeprefix("\ufeff")
    lines = LineTable(text)
    if len(text) > MAX_BYTES:
        return _unreadable(f"the text has {len(text)} characters, more than the {MAX_BYTES} allowed", "make it smaller")
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        message = f"character U+{ord(bad[0]):04X} is not allowed here"
        where = lines.range(bad.start(), bad.end())
        return Document(text, None, Ranges(), (Problem(message, where, "remove it or write it as an escape"),), lines)
    composer = Composer(text, lines)
    refused = _compose(composer, text)[:MAX_PROBLEMS]
    problems = [Problem(p.message, lines.range(p.start, p.end), p.hint) for p in refused]
    return Document(text, composer.value, composer.ranges, tuple(problems), lines, composer.complete)


def _compose(composer: Composer, text: str) -> list[Refused]:
    try:
        read = cast("Callable[..., Iterator[yaml.Event]]", yaml.parse)  # pyright: ignore[reportUnknownMemberType]
        for event in read(text, Loader=yaml.CSafeLoader):
            composer.take(event)
    except Refused as refused:
        composer.problems.append(refused)
    except yaml.MarkedYAMLError as error:
        composer.problems.append(_syntax(error, text))
    except yaml.YAMLError as error:
        composer.problems.append(Refused(str(error), 0, 0))
    else:
        composer.close()
    composer.give_up()
    return sorted(composer.problems, key=lambda problem: problem.start)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Refused:
    mark = error.problem_mark or error.context_mark
    start = min(mark.index, len(text)) if mark is not None else 0
    end = min(start + 1, len(text))
    if "\t" in text[max(0, start - 1) : end] or text[:start].rpartition("\n")[2].strip(" ") == "\t":
        tab = start if text[start:end] == "\t" else max(0, start - 1)
        return Refused("a tab character cannot indent", tab, tab + 1, "indent with spaces")
    words = [part for part in (error.context, error.problem) if part]
    if any("nesting depth" in word for word in words):  # the scanner reads ahead and has a limit of its own
        return Refused(f"nested deeper than {MAX_DEPTH} levels", start, end)
    if error.context_mark is not None and error.context_mark.index != start:
        line = LineTable(text).position(min(error.context_mark.index, len(text))).line
        words[0] += f" that starts in line {line}"
    return Refused("not YAML: " + ", ".join(words), start, end)


def _unreadable(message: str, hint: str) -> Document:
    where = Range(Position(1, 1), Position(1, 1))
    return Document("", None, Ranges(), (Problem(message, where, hint),))
