"""Prices of the shipped models, from the table of genai-prices into models.yaml.

    python -m autopack_config.prices [--check]

The table is only read here and for models that models.yaml does not price, so that a run need not load it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FILE = Path(__file__).with_name("models.yaml")
_LINE = re.compile(r"^(  (?P<model>[a-z0-9.-]+): \{(?P<body>provider: [^}]*?))(?:,\s*price_in: [^}]*)?\}$")


def priced(text: str) -> str:
    """The file's text with the table's prices for every model it knows."""
    lines = [_with_price(line) for line in text.split("\n")]
    return "\n".join(lines)


def _with_price(line: str) -> str:
    match = _LINE.match(line)
    if match is None:
        return line
    prices = _prices(match["model"])
    return f"{match[1]}{prices}}}"


def _prices(model: str) -> str:
    from genai_prices import Usage, calc_price

    try:
        found = calc_price(Usage(input_tokens=1), model).model_price
    except LookupError:
        return ""
    names = {
        "price_in": found.input_mtok,
        "price_out": found.output_mtok,
        "price_cache_read": found.cache_read_mtok,
        "price_cache_write": found.cache_write_mtok,
    }
    if any(value is not None and not hasattr(value, "as_integer_ratio") for value in names.values()):
        return ""
    return "".join(f", {name}: {value}" for name, value in names.items() if value is not None)


def main(arguments: list[str]) -> int:
    """0 when written or, with --check, up to date."""
    text = FILE.read_text("utf-8")
    new = priced(text)
    if "--check" in arguments:
        if new != text:
            print(f"{FILE.name} is out of date: python -m autopack_config.prices", file=sys.stderr)
        return int(new != text)
    FILE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
