"""Added lines of code in languages that are told from comments by their marks alone (`//`, `/* */`)."""

from __future__ import annotations

from collections.abc import Iterator

from autopack.languages import language_of
from autopack.model.changes import FileChange
from autopack.testing.lines import added_lines

_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_LOADED: dict[str, frozenset[str]] = {
    "node": _SCRIPTS, "vitest": _SCRIPTS, "jest": _SCRIPTS, "go": frozenset({"go"}), "cargo": frozenset({"rust"}),
    "maven": frozenset({"java"}), "gradle": frozenset({"java"}),
}  # fmt: skip
_MORE = {
    "vitest": (".vue", ".svelte"), "jest": (".vue", ".svelte"), "maven": (".kt", ".groovy", ".scala"),
    "gradle": (".kt", ".groovy", ".scala"),
}  # fmt: skip
"""What a runner loads beside, in languages that have no name here."""
_MARKS = ("//", "/*", "*")


def loads(runner: str, path: str) -> bool:
    """Whether a runner that is no Python loads a file of this name."""
    return language_of(path) in _LOADED.get(runner, ()) or path.endswith(_MORE.get(runner, ()))


def own_languages(runner: str) -> bool:
    """Whether the runner loads languages that are judged here, and no Python."""
    return runner in _LOADED


def added_code_lines(change: FileChange) -> frozenset[int]:
    """1-based lines of `after` that were added or altered and hold more than blanks and comments; in doubt they do."""
    if change.after is None:
        return frozenset()
    text = change.after.decode("utf-8", "replace").replace("\r\n", "\n")
    code = {number for number, line in _outside_comments(text, language_of(change.path)) if line}
    lines = text.split("\n")
    marked = (n for n in added_lines(change) if n in code or not lines[n - 1].strip().startswith(_MARKS))
    return frozenset(n for n in marked if lines[n - 1].strip())


def _outside_comments(text: str, language: str) -> Iterator[tuple[int, bool]]:
    """Each line with whether anything but blanks stands in it outside of comments."""
    number, seen, at, quote, depth = 1, False, 0, "", 0
    long = ("`",) if language != "rust" else ('"',)
    while at < len(text):
        char, two = text[at], text[at : at + 2]
        if char == "\n":
            yield number, seen
            number, seen = number + 1, False
            quote = quote if quote in (*long, '"""') else ""
        elif depth:
            if two == "*/" or (two == "/*" and language == "rust"):
                depth += 1 if two == "/*" else -1
                at += 1
        elif quote:
            seen = seen or not char.isspace()
            if char == "\\" and quote != '"""':
                at += text[at + 1 : at + 2] != "\n"
            elif text.startswith(quote, at):
                at += len(quote) - 1
                quote = ""
        elif two == "//":
            at = text.find("\n", at)
            at = len(text) if at < 0 else at
            continue
        elif two == "/*":
            depth, at = 1, at + 1
        else:
            seen = seen or not char.isspace()
            if text.startswith('"""', at) and language != "rust":
                quote, at = '"""', at + 2
            elif char in "\"'`":
                quote = char
        at += 1
    yield number, seen
