"""How a person's word enters a run: building requests, what of a change was chosen, finding the grant that covers one,
judging a decision."""

from autopack.approvals.choosing import choose, hunk_line, in_order, part_lines
from autopack.approvals.consent import covering_grant, lapse_reason, make_request
from autopack.approvals.display import describe, visible
from autopack.approvals.widening import widening_digest, widening_request, words_on

__all__ = [
    "choose",
    "covering_grant",
    "describe",
    "hunk_line",
    "in_order",
    "lapse_reason",
    "make_request",
    "part_lines",
    "visible",
    "widening_digest",
    "widening_request",
    "words_on",
]
