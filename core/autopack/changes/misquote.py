"""The one place of a hunk whose unchanged lines are misquoted: found by likeness, and proven to be the only one.

What is taken away must stand there as given, and what is misquoted must be a slip of the pen: other punctuation, or one
word with a letter or two wrong. A place is not certain while any other is nearly as like.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from autopack.changes.edits import HunkLine
from autopack.changes.places import normal

_MOST_CHARACTERS = 30_000_000
_WORD = re.compile(r"\w+")


def only_place(bodies: Sequence[bytes], lines: Sequence[HunkLine]) -> int | None:
    """The 0-based start of the hunk in the file, or None."""
    old = [line for line in lines if line.sign != "+"]
    normals = [normal(body) for body in bodies]
    wanted = [normal(line.body) for line in old]
    if not wanted or len(wanted) > len(normals) or sum(len(w) + 1 for w in wanted) * len(normals) > _MOST_CHARACTERS:
        return None
    fixed = {n for n, line in enumerate(old) if line.sign == "-"} | _beside_insertions(lines)
    starts = [start for start in range(len(normals) - len(wanted) + 1) if _is_like(normals, start, wanted, fixed)]
    if len(starts) != 1 or _has_rival(normals, starts[0], wanted):
        return None
    return starts[0]


def _beside_insertions(lines: Sequence[HunkLine]) -> set[int]:
    """The old lines next to lines that are only added."""
    found: set[int] = set()
    at = 0
    for n, line in enumerate(lines):
        if line.sign == "+":
            found |= {at - 1, at} if not (n and lines[n - 1].sign == "-") else set()
        else:
            at += 1
    return {n for n in found if 0 <= n < at}


def _is_like(normals: Sequence[bytes], start: int, wanted: Sequence[bytes], fixed: set[int]) -> bool:
    """Whether the lines stand there but for slips, in less than half of those with text and never in `fixed`."""
    if any(normals[start + n] != wanted[n] for n in fixed):
        return False
    strays = [n for n, line in enumerate(wanted) if line != normals[start + n]]
    texts = sum(line != b"" for line in wanted)
    if len(strays) * 2 >= texts:
        return False
    return all(_is_slip(_text(wanted[n]), _text(normals[start + n])) for n in strays)


def _is_slip(given: str, real: str) -> bool:
    from rapidfuzz.distance import Levenshtein

    words, others = _WORD.findall(given), _WORD.findall(real)
    if not others or len(words) != len(others):
        return False
    wrong = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    if not wrong:
        return Levenshtein.distance(given, real, score_cutoff=4) <= 4
    (a, b), alone = wrong[0], len(wrong) == 1
    digits = [re.sub(r"\D", "", word) for word in (a, b)]
    far = Levenshtein.distance(a, b, score_cutoff=2)
    return alone and digits[0] == digits[1] and far <= 2 and far * 4 <= min(len(a), len(b))


def _has_rival(normals: Sequence[bytes], start: int, wanted: Sequence[bytes]) -> bool:
    """Whether nearly as many lines stand as given at another place as at `start`."""
    numbers: defaultdict[bytes, list[int]] = defaultdict(list)
    for n, line in enumerate(wanted):
        if line:
            numbers[line].append(n)
    as_given = Counter(at - n for at, line in enumerate(normals) if line in numbers for n in numbers[line])
    best = as_given.pop(start, 0)
    texts = sum(map(len, numbers.values()))
    return any(best - other < max(2, texts // 3) for other in as_given.values())


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def likest(bodies: Sequence[bytes], lines: Sequence[HunkLine]) -> int | None:
    """The 0-based start of the part of the file that is most like the hunk's old lines, to show it; None where nothing is,
    or where looking would take long."""
    from rapidfuzz import fuzz

    wanted = [normal(line.body) for line in lines if line.sign != "+"]
    size = len(wanted)
    if not wanted or sum(len(w) + 1 for w in wanted) * len(bodies) > _MOST_CHARACTERS:
        return None
    normals = [normal(body) for body in bodies]
    block, best, found = _text(b"\n".join(wanted)), 40.0, None
    for start in range(max(1, len(normals) - size + 1)):
        score = fuzz.ratio(block, _text(b"\n".join(normals[start : start + size])), score_cutoff=best)
        if score > best:
            best, found = score, start
    return found
