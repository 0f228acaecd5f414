"""Which of the three ways of saying a change the prompt asks for, per file."""

from __future__ import annotations

from typing import Literal

Form = Literal["content", "diff", "operations"]

CONTENT_LINES = 500
DIFF_LINES = 1000
WIDE_SCOPE = 30

_LADDER: tuple[Form, ...] = ("content", "diff", "operations")


def form_for(path: str, lines: int, scope_size: int, builder_mode: str = "default", step_down: int = 0) -> Form:
    """The form for a file of `lines` lines in a scope of `scope_size` files; `step_down` counts the attempts of this
    phase whose answer was cut off. A file that does not exist yet (0 lines) is always given whole."""
    if lines == 0:
        return "content"
    if builder_mode == "full_file":
        start = 0
    elif builder_mode == "structured_edit" or scope_size >= WIDE_SCOPE or lines > DIFF_LINES:
        start = 2
    else:
        start = 0 if lines <= CONTENT_LINES else 1
    return _LADDER[min(start + max(step_down, 0), 2)]
