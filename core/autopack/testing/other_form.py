"""Tests that the product's new form keeps from being run as they were."""

from __future__ import annotations

import re

from autopack.testing.delta import GOOD
from autopack.testing.licence import Licence, words_of
from autopack.testing.masked import Masked

_OTHER_FORM = re.compile(
    r"\b(?:TypeError: (?=[\w.]+\(\) (?:takes|got|missing))|(?:Attribute|Import|ModuleNotFound|Name)Error: )(.*)"
)
_OF_SUCH_ERRORS = re.compile(
    r"takes|from|to|positional|arguments?|but|was|were|given|missing|required|got|an?|unexpected|keyword|multiple|values|for|"
    r"has|no|object|attribute|cannot|import|name|module|named|is|not|defined|did|you|mean|type|and|the|in|of"
)
"""Words that such an error is told in, whatever it is about."""


def other_form(m: Masked, licence: Licence) -> bool:
    """Whether a test that was rewritten, or that another one stands for, could not so much as be run as it was: the product
    has another form now (a parameter, a name, a module), one that the plan's words speak of."""
    passes = m.outcome in GOOD or (m.outcome is None and bool(m.successor))
    found = _OTHER_FORM.search(m.failure.message) if m.failure is not None and passes else None
    said = set(words_of(found[1])) if found is not None else set[str]()
    return any(word in licence.words for word in said if len(word) > 1 and not _OF_SUCH_ERRORS.fullmatch(word))
