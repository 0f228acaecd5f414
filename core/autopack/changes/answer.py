"""From the Builder's text to a ChangeSet, or a refusal that says what to repair. Total: nothing else comes out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

from autopack.changes.base import BaseTree, Trees
from autopack.changes.edits import Draft
from autopack.changes.envelope import HOW, read_envelope
from autopack.changes.limits import Limits
from autopack.changes.patches import Patched, verify
from autopack.changes.patchtext import PatchRefused, read_patch
from autopack.changes.refusal import Refusals, refuse
from autopack.changes.resolve import Resolver
from autopack.model.changes import ChangeSet
from autopack.paths import printable

_FENCE = re.compile(r"^```+[^`\n]*$", re.M)
_DIFF = re.compile(r"^(?:diff --git |--- \S[^\n]*\n\+\+\+ \S)", re.M)


def parse_answer(
    text: str,
    stop_reason: str,
    base_tree: str,
    trees: Trees,
    shown: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    *,
    truncated: Collection[str] = (),
    allow_empty: bool = False,
) -> ChangeSet:
    """The change set the answer comes down to against `base_tree`. Raises AnswerRefused.

    `shown`: path -> blob id as shown in the prompt, "" for a file shown as missing (None: everything was shown);
    `truncated`: paths shown in part; `allow_empty`: an answer without any change is a change set without changes.
    """
    limits = limits or Limits()
    draft = read_draft(text, stop_reason, limits)
    problems = Refusals()
    touched = Counter(path for edit in draft.edits for path in {edit.path, edit.target})
    for path, times in touched.items():
        if times > 1:
            problems.add("AP201", f"{printable(path)} is touched {times} times; say each file once.", path=path)
    problems.settle()
    base = BaseTree(trees, base_tree)
    removed = {edit.path for edit in draft.edits if edit.action in ("delete", "rename")}
    resolver = Resolver(base, shown, truncated, removed, problems)
    resolved = [(edit, resolver.resolve(edit)) for edit in draft.edits]
    problems.settle()
    patched: list[Patched] = [found for _, found in resolved if found is not None]
    verify(base, [found for edit, found in resolved if found is not None and (edit.hunks or edit.patch)])
    if not patched and not allow_empty:
        why = "every file it gives is already exactly so" if draft.edits else "it names no file"
        raise refuse("AP206", f"the answer changes nothing: {why}. Say what is to change to reach the goal.")
    changes = sorted((found.change for found in patched), key=lambda change: change.path)
    return ChangeSet(base_tree, tuple(changes), draft.summary)


def read_draft(text: str, stop_reason: str, limits: Limits) -> Draft:
    """What the answer says, in whichever form, before it is held against any base. Raises AnswerRefused."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise refuse("AP201", f"the answer holds half a surrogate pair, which is no character. {HOW}") from None
    if size > limits.bytes:
        raise refuse("AP207", f"the answer has {size} bytes, the limit is {limits.bytes}. Do less at once.")
    if stop_reason == "max_tokens":
        raise refuse(
            "AP202",
            "the answer was cut off by the output limit; nothing of it was applied. Answer again, shorter: use "
            "operations instead of whole content, and change fewer files at once.",
        )
    body = _unfenced(text)
    if not body.strip():
        raise refuse("AP206", f"the answer is empty. {HOW}")
    if body.lstrip()[0] in "{[":
        return read_envelope(body, limits)
    if _DIFF.search(body):
        return _diff(body, limits)
    raise refuse("AP201", f"the answer is neither the JSON envelope nor a git diff. {HOW}")


def _unfenced(text: str) -> str:
    """The inside of the one code fence, or the text itself where there is none."""
    text = text.replace("\r\n", "\n") if _FENCE.search(text.replace("\r\n", "\n")) else text
    marks = list(_FENCE.finditer(text))
    if not marks:
        return text.removeprefix("\ufeff")
    if len(marks) == 1:
        raise refuse("AP202", f"the answer's code block is not closed: it looks cut off. {HOW}")
    if len(marks) > 2:
        raise refuse("AP201", f"the answer holds {len(marks) // 2} code blocks; give everything in one. {HOW}")
    return text[marks[0].end() + 1 : marks[1].start()]


def _diff(text: str, limits: Limits) -> Draft:
    try:
        return Draft(tuple(read_patch(text, limits.operations)))
    except PatchRefused as error:
        said = f"the diff cannot be read, at its line {error.line}: {error.why}."
        raise refuse(error.code, said, never=error.never) from None
