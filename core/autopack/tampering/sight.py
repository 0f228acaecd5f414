"""What a comparison of tests needs to know of both trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autopack.tampering.texts import Texts

Ancestors = Callable[[str], frozenset[str]]
"""Names of the classes an exception derives from, itself left out."""


@dataclass(frozen=True)
class Sight:
    """The texts before and after the change, and the errors of both."""

    before: Texts
    after: Texts
    ancestors: Ancestors
