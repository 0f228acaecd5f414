"""From whatever form a model answered in to one ChangeSet against a named base tree (docs/answers.md)."""

from autopack.changes.answer import parse_answer
from autopack.changes.base import Trees
from autopack.changes.forms import Form, form_for
from autopack.changes.limits import Limits
from autopack.changes.repairs import repairs
from autopack.changes.shape import answer_schema

__all__ = ["Form", "Limits", "Trees", "answer_schema", "form_for", "parse_answer", "repairs"]
