"""What an answer may cost to read, checked before anything is parsed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`bytes` of the whole answer as UTF-8; `depth` of JSON nesting; `operations` counts files, operations and hunks
    together; `digits` of an integer."""

    bytes: int = 8 * 1024 * 1024
    depth: int = 64
    operations: int = 5000
    digits: int = 10
