from __future__ import annotations

from autopack.context import finding_lines
from autopack.model.findings import Range, Related
from autopack.model.rules import finding


def test_a_finding_is_one_line_with_what_explains_it():
    related = (Related("a.py", "changed\nhere", Range.of_lines(3, 5)), Related("b.py", "deleted"))
    found = finding("AP401", "t fails:\nassert 0", path="t.py", range=Range.of_line(2), related=related)
    assert finding_lines([found]) == [
        "AP401 new-test-failure at t.py:2: t fails: assert 0 (See a.py:3-5 changed here; b.py deleted.)"
    ]
