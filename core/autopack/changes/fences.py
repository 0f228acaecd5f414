"""What an answer wraps around its one body: prose, a code fence, a fence for each file of a diff."""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(r"(`{3,})([^`]*)\Z")
_DIFF = re.compile(
    r"^(?:diff --git |--- \S[^\n]*\n(?:\+\+\+ \S|@@)|\+\+\+ \S[^\n]*\n@@)",
    re.M,
)
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_LEAVINGS = re.compile(r"^(?:@@ |\+)", re.M)
_ASIDE = frozenset({"bash", "sh", "shell", "console", "text", "txt", "output"})


class NotOneBody(Exception):
    """The answer cannot be taken apart; `code` as in refusals."""

    def __init__(self, why: str, code: str) -> None:
        super().__init__(why)
        self.code = code


class Body(NamedTuple):
    """`closed`: a fence ended behind it, so the answer was not cut off in it."""

    text: str
    closed: bool


class _Block(NamedTuple):
    language: str
    text: str


def is_diff(text: str) -> bool:
    """Whether a file's header stands anywhere in it."""
    return _DIFF.search(text) is not None


def unwrapped(text: str) -> Body:
    """The answer's body: all of it, the inside of its one fence, or its fenced diffs in order. Raises NotOneBody."""
    text = text.removeprefix("\ufeff")
    try:
        return _unwrapped(text)
    except NotOneBody:
        if _fences_in_hunks(text):
            return Body(text, False)
        raise


def _fences_in_hunks(text: str) -> bool:
    """Whether a bare diff's fences are lines of the files it changes, whose leading space is lost: by the counts of the
    headers each of them stands in a hunk."""
    if not _DIFF.match(text.lstrip("\r\n")):
        return False
    old = new = 0
    for line in text.split("\n"):
        if old > 0 or new > 0:
            old -= line[:1] not in ("+", "\\")
            new -= line[:1] not in ("-", "\\")
        elif found := _HUNK.match(line):
            old, new = (1 if told is None else int(told) for told in found.groups())
        elif _MARK.match(line.rstrip("\r")):
            return False
    return True


def _unwrapped(text: str) -> Body:
    blocks, around, open_at = _parts(text)
    if open_at is not None:
        if not blocks and not open_at.language and is_diff(around) and not is_diff(open_at.text):
            return Body(around, True)
        raise NotOneBody("the answer's code block is not closed: it looks cut off", "AP202")
    if not blocks:
        return Body(text, False)
    told = [block for block in blocks if block.language not in _ASIDE or is_diff(block.text)]
    if is_diff(around):
        if told:
            raise NotOneBody("the answer holds a diff outside its code blocks; give everything in one", "AP201")
        return Body(around, False)
    if len(blocks) == 1 and not (is_diff(blocks[0].text) and _LEAVINGS.search(around)):
        return Body(blocks[0].text, True)
    if told and all(_DIFF.match(block.text.lstrip("\r\n")) for block in told) and not _LEAVINGS.search(around):
        return Body("".join(block.text for block in told), True)
    raise NotOneBody(f"the answer holds {len(blocks)} code blocks; give everything in one", "AP201")


def _parts(text: str) -> tuple[list[_Block], str, _Block | None]:
    """The closed blocks, the text around them, and what follows a fence that nothing closes (then the text around ends
    before it)."""
    blocks: list[_Block] = []
    around: list[str] = []
    inside: list[str] = []
    mark = language = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text) if "```" in text else ():
        found = _MARK.match(line.rstrip("\r\n"))
        if not mark and found:
            mark, language, inside = found[1], found[2].strip().lower(), []
        elif mark and found and len(found[1]) >= len(mark) and not found[2].strip():
            blocks.append(_Block(language, "".join(inside)))
            mark = ""
        else:
            (inside if mark else around).append(line)
    return blocks, "".join(around), _Block(language, "".join(inside)) if mark else None
