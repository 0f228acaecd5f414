"""Lines that stand for code the model did not write out (AP203).

A line counts only when the file before does not hold it, and only in the shapes models use: dots alone in a comment,
or a comment that says that the rest, existing or remaining code is unchanged or goes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autopack.redaction import MARKER

_MAX_LINE = 160
_PROSE = (".md", ".rst", ".txt", ".adoc", ".org", ".tex", ".html", ".htm")
_DATA = (".yaml", ".yml", ".json", ".jsonl", ".csv", ".po", ".out", ".snap")
_OPENERS = (
    "<%--", "<!--", "{{!--", "{{--", "--[[", "{/*", "<%#", "/**", "//-", "///", "!--", "@*", "/*", "(*", "(;", "{#",
    "{-", "%{", "#|", "<#", "//", "--", ";;", "%%", "-#", "=begin ", "(comment ", "@rem ", "rem ", "dnl ", ".. ", ":: ",
    "\\ ", "' ", '" ', "'''", '"""', "#", ";", "%", "*", "!",
)  # fmt: skip
_CLOSERS = (
    "--%>", "--}}", "-->", "*/}", "%>", "*/", "*)", "*@", "#}", "-}", "%}", "|#", "#>", ";)", "]]", "'''", '"""', ")",
)  # fmt: skip
_WRAPPED = ("[]", "<>", "()", "{}")
_CANDIDATE = re.compile(
    rb"\.\.\.|\xe2\x80\xa6|\xe2\x8b\xaf|rest|remain|existing|unchanged|original|previous|other|omit|truncat|snip|continue"
    rb"|elide|change"
    rb"|redacted",
    re.I,
)
_SIGNS = re.compile(rb"(?![#/<-])[!-/:-@\[-`{-~]+")
"""Signs without a blank, none of which begins a comment."""
_DOTS = re.compile(r"(?:\.{3,}|…|⋯)\Z")
_ELLIPSES = ("...", "…", "⋯")
_THING = (
    r"(?:code|file|files|function|functions|class|classes|method|methods|module|implementation|content|contents|tests?|"
    r"imports?|lines?|script|document|logic|body|definitions?|config|configuration|fields?|routes?|section|sections|"
    r"properties|rules|entries|"
    r"styles|template|markup|handlers|endpoints|components|it|this|that)"
)
_STATE = (
    r"(?:unchanged|omitted|the same|same|same as (?:before|above|original|in the original)|as before|as is|as-is|"
    r"as in the (?:original|previous)(?: \w+)?|untouched|not shown|unmodified|intact|stays?|remains?|is|are|goes|go|here|"
    r"below|above|follows|continues?|"
    r"for brevity|exactly|as it was|identical)"
)
_QUALIFIER = r"(?:the |this |your |of |all |existing |original |previous |other |remaining |rest |unchanged )"
_REST = re.compile(
    rf"(?:keep |and |all |add |insert |include )?(?:the )?"
    rf"(?:rest|remainder|remaining|unchanged|existing|previous|original|other)(?: of)?"
    rf"(?: {_QUALIFIER}){{0,3}}(?: ?{_THING}){{0,3}}(?: {_STATE}){{1,6}}"
)
_BARE = re.compile(
    rf"(?:keep )?(?:the |your |all )?(?:existing|unchanged|original|previous) "
    rf"(?:code|implementation|contents?)(?: here)?"
    rf"|(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:original |existing )?{_THING}"
    rf"|(?:code|content|implementation|lines?|file) (?:omitted|unchanged|truncated|elided|continues)"
    rf"(?: {_STATE}){{0,4}}"
    rf"|(?:no changes?|nothing changes|unchanged)(?: {_STATE}| {_THING}){{0,4}}"
    rf"|snip|omitted|truncated|omitted for brevity"
)
_DOTTED = re.compile(
    r"(?:and |keep )?(?:the |your |all )?"
    r"(?:more|other|remaining|existing|rest|previous|original|unchanged|same|additional)(?: \w{1,20}){0,6}"
    rf"|etc|and so on|(?:your |add )?(?:\w{{1,20}} )?(?:code|implementation|logic) (?:goes )?here"
    rf"|(?:code|implementation)(?: {_STATE}){{0,4}}"
)


def placeholders(path: str, after: bytes, before: bytes) -> list[tuple[int, str]]:
    """(1-based line of `after`, text) of every placeholder line that `before` does not hold; at most five."""
    known = {line.strip() for line in before.split(b"\n")}
    found: list[tuple[int, str]] = []
    previous = ""
    lines = after.split(b"\n")
    for number, raw in enumerate(lines, 1):
        stripped = raw.strip()
        short = len(stripped) <= _MAX_LINE or MARKER.encode() in stripped
        if short and _CANDIDATE.search(stripped) and stripped not in known:
            line = raw.decode("utf-8", "replace")
            if _is_placeholder(path.lower(), line, previous) and not _is_drawn(
                stripped, lines[max(0, number - 2) : number + 1]
            ):
                found.append((number, line.strip()[:_MAX_LINE]))
                if len(found) == 5:
                    break
        if stripped:
            previous = raw[:400].decode("utf-8", "replace")
    return found


def _is_drawn(line: bytes, around: list[bytes]) -> bool:
    """Whether it is a row of a drawing of signs: a neighbour is as long, of signs alone, and one has more than dots."""
    rows = [row.strip() for row in around]
    signs = [row for row in rows if _SIGNS.fullmatch(row) and len(row) == len(line)]
    return line in signs and len(signs) > 1 and any(set(row) - set(b".") for row in signs)


def _is_placeholder(path: str, line: str, previous: str) -> bool:
    text = line.strip()
    if MARKER in text:
        return True
    if _DOTS.match(text):
        return not path.endswith((*_PROSE, *_DATA)) and not _ellipsis_body(line, previous)
    inner, comment = _uncommented(text)
    bare = inner.strip(" ()[]{}<>-*=")
    dotted = bare.startswith(_ELLIPSES) or bare.endswith(_ELLIPSES)
    plain = " ".join(inner.strip(" .…⋯:!()[]{}<>-*=").lower().split())
    if not plain:
        return comment and dotted and "=" not in inner and not path.endswith(_PROSE)
    if not comment and not dotted:
        return text[:1] + text[-1:] in _WRAPPED and bool(_REST.fullmatch(plain))
    if comment and (_REST.fullmatch(plain) or _BARE.fullmatch(plain)):
        return True
    led = comment and bare.startswith(_ELLIPSES)
    return dotted and bool(_REST.fullmatch(plain) or _BARE.fullmatch(plain) or (led and _DOTTED.fullmatch(plain)))


def _ellipsis_body(line: str, previous: str) -> bool:
    """A lone `...` that is the body of a definition, follows its docstring, or continues a doctest."""
    text = previous.strip()
    deeper = len(line) - len(line.lstrip()) > len(previous) - len(previous.lstrip())
    return (
        (deeper and text.endswith((":", ",")))
        or text.endswith(('"""', "'''", "(", "[", "):"))
        or text.startswith((">>>", "...", "@", "#"))
    )


def _uncommented(text: str) -> tuple[str, bool]:
    """The text inside a comment's marks, and whether there were any."""
    opener = next((mark for mark in _openers(text)), "")
    if not opener:
        return text, False
    inner = text[len(opener) :].strip()
    inner = inner.lstrip("#/*-;% ") if opener in ("#", "//", "--", ";", ";;", "%%") else inner
    for closer in _CLOSERS:
        inner = inner.removesuffix(closer)
    return inner.strip(), True


def _openers(text: str) -> Iterable[str]:
    lowered = text.lower()
    return (mark for mark in _OPENERS if lowered.startswith(mark))
