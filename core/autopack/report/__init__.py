"""What people read when a run has ended: the report in Markdown, and the pages of the rule codes."""

from autopack.report.facts import ApprovalFacts, AttemptFacts, PhaseFacts, RunFacts, Spend, Times
from autopack.report.render import render_report
from autopack.report.rule_text import rule_page

__all__ = [
    "ApprovalFacts",
    "AttemptFacts",
    "PhaseFacts",
    "RunFacts",
    "Spend",
    "Times",
    "render_report",
    "rule_page",
]
