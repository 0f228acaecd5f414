"""Plain scalars by the YAML 1.2 core schema, and which of them a YAML 1.1 reader takes for something else."""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})

_OLD_BOOL = re.compile(r"yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF")
_OLD_TRUE = frozenset({"yes", "on"})
_OLD_OCTAL = re.compile(r"[-+]?0[0-9]+")
_OLD_SEXAGESIMAL = re.compile(r"[-+]?[1-9][0-9]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?0?[0-9](:[0-5]?[0-9])+(\.[0-9_]*)?")
_OLD_UNDERSCORE = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?")
_OLD_BINARY = re.compile(r"[-+]?0b[01_]+")

_MAX_DIGITS = 18
"""Longer integers are no limit anybody means, and cost quadratic time to read."""


_MAX_SURPRISE = 40


class TooLong(ValueError):
    """A number with more digits than a setting can mean."""


def resolve(text: str) -> Scalar:
    """The value of a plain scalar. Raises TooLong."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if len(text) > _MAX_DIGITS and (_INT.fullmatch(text) or _OCTAL.fullmatch(text) or _HEX.fullmatch(text)):
        raise TooLong(text)
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITY.fullmatch(text):
        return float(text.replace(".", "", 1))
    if text in _NAN:
        return float("nan")
    return text


def surprise(text: str) -> str:
    """What to write instead of a plain scalar that YAML 1.1 and 1.2 read differently; "" for all others."""
    if _OLD_BOOL.fullmatch(text):
        truth = "true" if text.lower() in _OLD_TRUE else "false"
        return f'`{text}` is text in YAML 1.2 and {truth} in YAML 1.1: write {truth}, or the text in quotes "{text}"'
    if not text or text[0] not in "+-0123456789" or len(text) > _MAX_SURPRISE:
        return ""
    if _OLD_OCTAL.fullmatch(text):
        plain = int(text) if len(text) <= _MAX_DIGITS else 0
        return f'`{text}` is {plain} in YAML 1.2 and octal in YAML 1.1: write {plain}, or the text in quotes "{text}"'
    if _OLD_SEXAGESIMAL.fullmatch(text):
        return f'`{text}` is text in YAML 1.2 and a number in base 60 in YAML 1.1: write it in quotes, "{text}"'
    if _OLD_UNDERSCORE.fullmatch(text):
        plain_text = text.replace("_", "")
        return f"`{text}` is text in YAML 1.2 and a number in YAML 1.1: write {plain_text}, or the text in quotes"
    if _OLD_BINARY.fullmatch(text) or _OCTAL.fullmatch(text):
        return f"`{text}` is read differently by YAML 1.1 and 1.2: write the number in decimal, or the text in quotes"
    return ""
