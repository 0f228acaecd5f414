"""From the Builder's text to a ChangeSet, or a refusal that says what to repair. Total: nothing else comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from autopack.changes.base import BaseTree, Trees
from autopack.changes.edits import Draft, FileEdit
from autopack.changes.envelope import HOW, read_envelope
from autopack.changes.fences import Body, NotOneBody, is_diff, unwrapped
from autopack.changes.leading import CUT, leading, noted
from autopack.changes.limits import Limits
from autopack.changes.names import PatchRefused
from autopack.changes.patches import Patched, verify
from autopack.changes.patchtext import read_patch
from autopack.changes.refusal import Refusals, refuse
from autopack.changes.resolve import Resolver
from autopack.errors import AnswerRefused
from autopack.model.changes import ChangeSet, Rung
from autopack.paths import printable


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
    `truncated`: paths shown in part; `allow_empty`: an answer without any change is a change set without changes. One
    that only asks for a wider scope is a change set without changes too, with its `requests`.
    """
    limits = limits or Limits()
    draft = read_draft(text, stop_reason, limits)
    problems = Refusals()
    touched = Counter(path for edit in draft.edits for path in {edit.path, edit.target})
    for path, times in touched.items():
        if times > 1:
            problems.add("AP201", f"{printable(path)} is touched {times} times; say each file once.", path=path)
    for path in (path for each in draft.requests for path in each.paths if draft.edits and path not in touched):
        problems.add(
            "AP201", f"{printable(path)} is asked for beside files and not among them. Ask alone, without files, to be "
            "given it; or change it in this answer.", path=path,
        )  # fmt: skip
    problems.settle()
    base = BaseTree(trees, base_tree)
    removed = {edit.path for edit in draft.edits if edit.action in ("delete", "rename")}
    resolver = Resolver(base, shown, truncated, removed, problems)
    resolved = [(edit, resolver.resolve(edit)) for edit in draft.edits]
    problems.settle()
    patched: list[Patched] = [found for _, found in resolved if found is not None]
    verify(base, [found for edit, found in resolved if found is not None and _of_hunks(edit, found)])
    if not patched and not allow_empty and not draft.only_asks:
        why = "every file it gives is already exactly so" if draft.edits else "it names no file"
        raise refuse("AP206", f"the answer changes nothing: {why}. Say what is to change to reach the goal.")
    changes = sorted((found.change for found in patched), key=lambda change: change.path)
    return ChangeSet(base_tree, tuple(changes), draft.summary, draft.requests)


def _of_hunks(edit: FileEdit, found: Patched) -> bool:
    """Whether git can be asked to do the same again: a diff against the base itself."""
    return bool(edit.hunks or edit.patch) and found.change.rung is not Rung.THREE_WAY


def read_draft(text: str, stop_reason: str, limits: Limits) -> Draft:
    """What the answer says, in whichever form, before it is held against any base. Raises AnswerRefused; one that was cut
    off names the files that came complete before."""
    try:
        return _read(text, stop_reason, limits)
    except AnswerRefused as refused:
        if not any(each.code == CUT for each in refused.findings):
            raise
        raise AnswerRefused(noted(refused.findings, leading(text, limits)), never=refused.never) from None


def _read(text: str, stop_reason: str, limits: Limits) -> Draft:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise refuse("AP201", f"the answer holds half a surrogate pair, which is no character. {HOW}") from None
    if size > limits.bytes:
        raise refuse("AP207", f"the answer has {size} bytes, the limit is {limits.bytes}. Do less at once.")
    if stop_reason == "max_tokens":
        raise refuse(
            CUT,
            "the answer was cut off by the output limit; nothing of it was applied. Answer again, shorter: use "
            "operations instead of whole content, and change fewer files at once.",
        )
    try:
        body = unwrapped(text)
    except NotOneBody as error:
        raise refuse(error.code, f"{error}. {HOW}") from None
    if not body.text.strip():
        raise refuse("AP206", f"the answer is empty. {HOW}")
    if body.text.lstrip()[0] in "{[":
        draft = read_envelope(body.text, limits)
    elif is_diff(body.text):
        draft = _diff(body, limits)
    else:
        raise refuse("AP201", f"the answer is neither the JSON envelope nor a git diff. {HOW}")
    if stop_reason != "end" and not (draft.whole or body.closed):
        raise refuse(CUT, f"the model stopped before its end, and nothing says that this is all of the answer. {HOW}")
    return draft


def _diff(body: Body, limits: Limits) -> Draft:
    try:
        return Draft(tuple(read_patch(body.text, limits.operations, closed=body.closed)))
    except PatchRefused as error:
        said = f"the diff cannot be read, at its line {error.line}: {error.why}."
        raise refuse(error.code, said, never=error.never) from None
