"""How text reaches a terminal: colours only where they are wanted, nothing invisible, lines that keep their indent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import IO

from autopack.text import visible

_CODES = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


class Terminal:
    """A stream for people. `live` means that a line may be written and taken back."""

    def __init__(self, stream: IO[str], env: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self.live = stream.isatty() and env.get("TERM") != "dumb"
        self._coloured = self.live and not env.get("NO_COLOR")
        self._passing = False

    def paint(self, text: str, *styles: str) -> str:
        """The text in colours where the terminal shows them and nobody asked for none."""
        if not self._coloured or not text:
            return text
        return f"\x1b[{';'.join(_CODES[s] for s in styles)}m{text}\x1b[0m"

    def line(self, text: str = "") -> None:
        """A line that stays, at once on the screen; it replaces a passing one."""
        head = "\r\x1b[K" if self._passing else ""
        self._passing = False
        self._stream.write(f"{head}{text}\n")
        self._stream.flush()

    def passing(self, text: str) -> None:
        """A line that the next one replaces; nothing at all where the stream keeps everything."""
        if self.live:
            fits = text[: shutil.get_terminal_size().columns - 1]
            self._stream.write(f"\r\x1b[K{self.paint(fits, 'dim')}")
            self._stream.flush()
            self._passing = True


def visible_lines(text: str, limit: int = 30) -> list[str]:
    """The lines of a text from elsewhere, tabs widened, everything invisible spelled out, at most `limit` of them."""
    lines = [visible(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n")]
    if len(lines) > limit:
        return [*lines[: limit - 1], f"… {len(lines) - limit + 1} more lines"]
    return lines
