"""Line maps: which line of a base text is which line of another version of it, in bounded time.

What both ends have in common is set aside, then the rest is compared by its longest common subsequence. Where that
would cost more than `MAX_CELLS`, lines that occur once in both texts divide the rest first; a part that is still too
large is *unknown*: nothing is said about its lines rather than something wrong.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autopack_server.lsp.findings.text import Text

MAX_CELLS = 25_000_000
"""Lines times lines of one comparison: about 4 ms in which no other thread runs (measured: 3,000 x 3,000 in 1.2 ms)."""


class Block(NamedTuple):
    """`size` equal lines, from the 0-based lines `base` and `other` on."""

    base: int
    other: int
    size: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that differ: 1-based first line and number of lines on either side; a number of 0 means that the other
    side's lines stand before that line."""

    base: int
    base_count: int
    other: int
    other_count: int


class BaseLine(NamedTuple):
    """`exact`: it is the same line; else the nearest preceding base line of the hunk."""

    line: int
    exact: bool


class LineMap:
    """Lines are 1-based; those outside the texts and those of unknown parts have no counterpart."""

    def __init__(self, blocks: Sequence[Block], unknown: Sequence[int], base_count: int, other_count: int) -> None:
        """`unknown` are 0-based lines of the other text at which a part that was not compared begins."""
        self._blocks = [*blocks, Block(base_count, other_count, 0)]
        self._bases = [block.base for block in self._blocks]
        self._others = [block.other for block in self._blocks]
        self._unknown = frozenset(unknown)

    def back(self, line: int) -> BaseLine | None:
        """The base line of a line of the other text."""
        if not 1 <= line <= self._others[-1]:
            return None
        before = bisect_right(self._others, line - 1) - 1
        base, other, size = self._blocks[before] if before >= 0 else Block(0, 0, 0)
        offset = line - 1 - other
        if offset < size:
            return BaseLine(base + offset + 1, True)
        if other + size in self._unknown:
            return None
        first, following = base + size, self._bases[before + 1]
        if first == following:
            return BaseLine(max(1, first), False)
        return BaseLine(min(first + offset - size, following - 1) + 1, False)

    def forward(self, line: int) -> int | None:
        """The line that still holds a base line; None when it is gone."""
        before = bisect_right(self._bases, line - 1) - 1
        if before < 0 or line - 1 >= self._bases[before] + self._blocks[before].size:
            return None
        return self._others[before] + line - self._bases[before]

    def kept_before(self, line: int, *, base: bool) -> int | None:
        """The last line up to this one, of the base or the other text, that both texts have."""
        starts = self._bases if base else self._others
        before = bisect_right(starts, line - 1, 0, len(starts) - 1) - 1
        return None if before < 0 else min(line, starts[before] + self._blocks[before].size)

    def hunks(self) -> Iterator[Hunk]:
        """What differs, in order."""
        base = other = 0
        for block in self._blocks:
            if (block.base, block.other) != (base, other):
                yield Hunk(base + 1, block.base - base, other + 1, block.other - other)
            base, other = block.base + block.size, block.other + block.size


class LineMaps:
    """The maps made lately, by the digests of their two texts."""

    LIMIT = 512

    def __init__(self) -> None:
        self._maps: OrderedDict[tuple[bytes, bytes], LineMap] = OrderedDict()

    def of(self, base: Text, other: Text) -> LineMap:
        key = (base.digest, other.digest)
        found = self._maps.get(key)
        if found is None:
            found = self._maps[key] = line_map(base.lines, other.lines)
            if len(self._maps) > self.LIMIT:
                self._maps.popitem(last=False)
        self._maps.move_to_end(key)
        return found


def line_map(base: Sequence[str], other: Sequence[str]) -> LineMap:
    """Compare two texts line by line."""
    shorter = min(len(base), len(other))
    head = next((i for i in range(shorter) if base[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if base[-1 - i] != other[-1 - i]), shorter - head)
    numbers: dict[str, int] = {}
    left = [numbers.setdefault(line, len(numbers)) for line in base[head : len(base) - tail]]
    right = [numbers.setdefault(line, len(numbers)) for line in other[head : len(other) - tail]]
    unknown: list[int] = []
    blocks = [Block(0, 0, head)]
    blocks += [Block(head + b, head + o, size) for b, o, size in _middle(left, right, unknown)]
    blocks.append(Block(len(base) - tail, len(other) - tail, tail))
    return LineMap(_joined(blocks), [head + at for at in unknown], len(base), len(other))


def _middle(left: list[int], right: list[int], unknown: list[int]) -> Iterator[Block]:
    if len(left) * len(right) <= MAX_CELLS:
        yield from _common(left, right)
        return
    base = other = 0
    for anchor in [*_anchors(left, right), Block(len(left), len(right), 0)]:
        if (anchor.base - base) * (anchor.other - other) <= MAX_CELLS:
            for found in _common(left[base : anchor.base], right[other : anchor.other]):
                yield Block(base + found.base, other + found.other, found.size)
        else:
            unknown.append(other)
        yield anchor
        base, other = anchor.base + anchor.size, anchor.other + anchor.size


def _common(left: list[int], right: list[int]) -> Iterator[Block]:
    """The blocks of a longest common subsequence."""
    if not left or not right:
        return
    from rapidfuzz.distance import Indel

    for op in Indel.opcodes(left, right):
        if op.tag == "equal":
            yield Block(op.src_start, op.dest_start, op.src_end - op.src_start)


def _anchors(left: list[int], right: list[int]) -> list[Block]:
    """Lines that both sides have once, as many as keep their order (longest increasing subsequence)."""
    once_left, once_right = Counter(left), Counter(right)
    places = {number: at for at, number in enumerate(right) if once_right[number] == 1}
    pairs = [(at, places[n]) for at, n in enumerate(left) if once_left[n] == 1 and n in places]
    ends: list[int] = []
    chain: list[int] = []
    previous: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        previous.append(chain[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            chain.append(index)
        else:
            ends[length], chain[length] = place, index
    found: list[Block] = []
    at = chain[-1] if chain else -1
    while at >= 0:
        found.append(Block(*pairs[at], 1))
        at = previous[at]
    return found[::-1]


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Without empty blocks, and blocks that touch on both sides as one."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else Block(0, 0, 0)
        if found and (last.base + last.size, last.other + last.size) == (block.base, block.other):
            found[-1] = Block(last.base, last.other, last.size + block.size)
        elif block.size:
            found.append(block)
    return found
