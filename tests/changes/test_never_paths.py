"""Answers that reach into git's own folder say so, whatever their form: two of them in a row end a run."""

from __future__ import annotations

import json

import pytest

from autopack.changes import Limits
from autopack.changes.answer import read_draft
from autopack.errors import AnswerRefused


def _envelope(path: str) -> str:
    return json.dumps({"summary": "s", "files": [{"path": path, "action": "create", "content": "x\n"}]})


def _diff(path: str) -> str:
    return f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"


@pytest.mark.parametrize("form", [_envelope, _diff])
@pytest.mark.parametrize(
    ("path", "never"),
    [(".git/config", True), ("sub/.GIT/hooks/x", True), ("GIT~1/config", True), ("./a.py", False), ("a//b.py", False)],
)  # fmt: skip
def test_only_gits_own_folder_counts_as_never(form, path: str, never: bool) -> None:
    with pytest.raises(AnswerRefused) as refused:
        draft = read_draft(form(path), "end", Limits())
        raise AssertionError(draft)
    assert refused.value.never is never
