"""From whatever form a model answered in to one ChangeSet against a named base tree (docs/answers.md)."""

from autopack.changes.answer import parse_answer, read_draft
from autopack.changes.base import Trees
from autopack.changes.forms import Form, form_for
from autopack.changes.leading import CUT, Whole, envelope_of, leading, named
from autopack.changes.limits import Limits
from autopack.changes.repairs import repairs
from autopack.changes.selecting import Division, Edit, ShownHunk, ShownPart, divide, edits_in, shown_parts
from autopack.changes.shape import answer_schema

__all__ = [
    "CUT",
    "Division",
    "Edit",
    "Form",
    "Limits",
    "ShownHunk",
    "ShownPart",
    "Trees",
    "Whole",
    "answer_schema",
    "divide",
    "edits_in",
    "envelope_of",
    "form_for",
    "leading",
    "named",
    "parse_answer",
    "read_draft",
    "repairs",
    "shown_parts",
]
