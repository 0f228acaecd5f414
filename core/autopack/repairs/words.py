"""Text into words: the character filter, then blanks and quotes. No expansion exists, so what asks for one is refused.

Outside quotes a character that any shell reads as more than itself is refused; in double quotes those a shell still
reads there; in single quotes none. A command given as an argument list is filtered like the inside of single quotes.
"""

from __future__ import annotations

import unicodedata
from typing import cast

from autopack.paths import folded, printable
from autopack.repairs.refusal import CommandRefused

MAX_CHARACTERS = 4096
MAX_WORDS = 128
ACTIVE = frozenset("${}*?[]~!#&|;<>()\\`")
_ACTIVE_IN_DOUBLE = frozenset("$`!\\")
_QUOTES = "'\""


def words_of(proposed: object) -> tuple[str, ...]:
    """The words of a command line, or of an argument list; at least one. Raises CommandRefused for anything else."""
    if isinstance(proposed, str):
        _check_characters(proposed)
        words = _split(proposed)
    elif isinstance(proposed, list | tuple):
        words = _listed(cast("list[object]", proposed))
    else:
        raise CommandRefused(f"a command is text or a list of words, not {type(proposed).__name__}")
    if not words:
        raise CommandRefused("the command is empty")
    if len(words) > MAX_WORDS:
        raise CommandRefused(f"the command has more than {MAX_WORDS} words")
    return tuple(words)


def _listed(proposed: list[object] | tuple[object, ...]) -> list[str]:
    words: list[str] = []
    for word in proposed[: MAX_WORDS + 1]:
        if not isinstance(word, str):
            raise CommandRefused(f"each word of a command is text, not {type(word).__name__}")
        _check_characters(word)
        words.append(word)
    if sum(map(len, words)) > MAX_CHARACTERS:
        raise CommandRefused(f"the command is longer than {MAX_CHARACTERS} characters")
    return words


def _check_characters(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise CommandRefused(f"the command is longer than {MAX_CHARACTERS} characters")
    for char in text:
        if not _plain(char):
            name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
            raise CommandRefused(
                f"the command holds a character that is neither printable ASCII nor a plain letter ({name})",
                hint="Write one command on one line, with ordinary blanks and ASCII punctuation.",
            )


def _plain(char: str) -> bool:
    """Printable ASCII, or a letter (or its accent) that has no other form and cannot be overlooked."""
    if char.isascii():
        return " " <= char <= "~"
    if unicodedata.category(char)[0] not in "LM":
        return False
    return unicodedata.normalize("NFKC", char) == char and folded(char) != ""


def _split(text: str) -> list[str]:
    words: list[str] = []
    word: str | None = None
    quote = ""
    for char in text:
        if quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in _ACTIVE_IN_DOUBLE:
                raise _active(char, ' inside "..."')
            else:
                word = (word or "") + char
        elif char in _QUOTES:
            quote, word = char, word or ""
        elif char == " ":
            words += [] if word is None else [word]
            word = None
        elif char in ACTIVE:
            raise _active(char, "")
        else:
            word = (word or "") + char
    if quote:
        raise CommandRefused(f"the quote {quote} is never closed")
    return [*words, *([] if word is None else [word])]


def _active(char: str, where: str) -> CommandRefused:
    return CommandRefused(
        f"{printable(char)}{where} would mean something to a shell, and there is none",
        hint="Write one command without lists, pipes, redirections, patterns or substitutions; put a name that really "
        "holds the character in single quotes.",
    )
