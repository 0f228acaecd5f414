"""A file as lines whose ends, byte order mark and final newline are kept apart from their text.

Answers speak of text; which bytes end a line is the file's own business. New lines take the end of their neighbours,
unchanged lines keep theirs byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from autopack.text import common_ends, split_lines

BOM = b"\xef\xbb\xbf"
_DIFF_AREA = 1_000_000

Line = tuple[bytes, bytes]


def bodies_of(text: str | bytes) -> list[bytes]:
    """The lines of an answer's text without their ends (LF or CRLF). Raises UnicodeEncodeError on a lone surrogate."""
    data = text.encode() if isinstance(text, str) else text
    return [_split(raw)[0] for raw in split_lines(data)]


def _split(raw: bytes) -> Line:
    if raw.endswith(b"\r\n"):
        return raw[:-2], b"\r\n"
    if raw.endswith(b"\n"):
        return raw[:-1], b"\n"
    return raw, b""


@dataclass(frozen=True, slots=True)
class FileText:
    """`lines` are (body, end); only the last may have the end b"". `bom` is BOM or b"". `spare` ends new lines of files
    that have no line end of their own."""

    bom: bytes
    lines: tuple[Line, ...]
    spare: bytes = b"\n"

    @classmethod
    def of(cls, data: bytes, answer: bytes = b"") -> FileText:
        """The file's text; where it has no line end, the first one of `answer` counts."""
        bom = BOM if data.startswith(BOM) else b""
        first = answer.find(b"\n")
        spare = b"\r\n" if first > 0 and answer[first - 1 : first] == b"\r" else b"\n"
        return cls(bom, tuple(_split(raw) for raw in split_lines(data[len(bom) :])), spare)

    @property
    def bodies(self) -> list[bytes]:
        return [body for body, _ in self.lines]

    @property
    def final_newline(self) -> bool:
        """True for an empty file."""
        return not self.lines or self.lines[-1][1] != b""

    def style_at(self, index: int) -> bytes:
        """The line end a new line before `lines[index]` takes: the preceding neighbour's, else the following one's."""
        for at in (index - 1, index):
            if 0 <= at < len(self.lines) and self.lines[at][1]:
                return self.lines[at][1]
        for _, end in self.lines:
            if end:
                return end
        return self.spare

    def replaced(self, edits: list[tuple[int, int, list[bytes]]], *, final_newline: bool | None = None) -> bytes:
        """The bytes after replacing `lines[start:stop]` by new bodies, for disjoint edits in ascending order.

        A line whose body is kept in place within an edit keeps its own end. `final_newline` None = as the file has it.
        """
        result: list[Line] = []
        at = 0
        for start, stop, bodies in edits:
            result += self.lines[at:start]
            result += self._merged(start, stop, bodies)
            at = stop
        result += self.lines[at:]
        return self._joined(result, final_newline)

    def rewritten(self, bodies: list[bytes]) -> bytes:
        """The bytes of a whole new text in this file's line ends, byte order mark and final newline."""
        return self.replaced([(0, len(self.lines), bodies)])

    def _merged(self, start: int, stop: int, bodies: list[bytes]) -> list[Line]:
        styles = {end for _, end in self.lines[max(0, start - 1) : stop + 1] if end}
        if len(styles) <= 1:
            style = next(iter(styles), None) or self.style_at(start)
            return [(body, style) for body in bodies]
        old = self.lines[start:stop]
        merged: list[Line] = []
        for tag, i1, i2, j1, j2 in _opcodes([body for body, _ in old], bodies):
            if tag == "equal":
                merged += [(body, end or self.style_at(start + i1)) for body, end in old[i1:i2]]
            elif tag == "replace" and i2 - i1 == j2 - j1:
                pairs = zip(bodies[j1:j2], old[i1:i2], strict=True)
                merged += [(body, end or self.style_at(start + i1)) for body, (_, end) in pairs]
            else:
                merged += [(body, self.style_at(start + i1)) for body in bodies[j1:j2]]
        return merged

    def _joined(self, lines: list[Line], final_newline: bool | None) -> bytes:
        if not lines:
            return b""
        keep = self.final_newline if final_newline is None else final_newline
        spare = self.style_at(len(self.lines))
        whole = [body + (end or spare) for body, end in lines[:-1]]
        body, end = lines[-1]
        return self.bom + b"".join(whole) + body + ((end or spare) if keep else b"")


def _opcodes(old: list[bytes], new: list[bytes]) -> list[tuple[str, int, int, int, int]]:
    """difflib's opcodes between two lists of bodies; a middle too large to compare is one replacement."""
    head, tail = common_ends(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    codes: list[tuple[str, int, int, int, int]] = [("equal", 0, head, 0, head)]
    if (old_end - head) * (new_end - head) > _DIFF_AREA:
        codes.append(("replace", head, old_end, head, new_end))
    else:
        matcher = SequenceMatcher(None, old[head:old_end], new[head:new_end], autojunk=False)
        codes += [(t, a + head, b + head, c + head, d + head) for t, a, b, c, d in matcher.get_opcodes()]
    codes.append(("equal", old_end, len(old), new_end, len(new)))
    return codes
