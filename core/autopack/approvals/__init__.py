"""How a person's word enters a run: building requests, finding the grant that covers one, judging a decision."""

from autopack.approvals.consent import covering_grant, lapse_reason, make_request
from autopack.approvals.display import describe, visible
from autopack.approvals.widening import widening_digest, widening_request, words_on

__all__ = [
    "covering_grant",
    "describe",
    "lapse_reason",
    "make_request",
    "visible",
    "widening_digest",
    "widening_request",
    "words_on",
]
