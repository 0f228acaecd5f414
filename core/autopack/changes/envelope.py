"""The envelope: JSON or NDJSON that names files and says each change as content, diff or operations."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, cast

from autopack.changes.asking import read_requests
from autopack.changes.edits import Action, Draft, FileEdit, Operation
from autopack.changes.limits import Limits
from autopack.changes.names import PatchRefused
from autopack.changes.patchtext import read_hunks
from autopack.changes.refusal import Refusals, refuse
from autopack.changes.strict_json import JsonRefused, load
from autopack.model.changes import PathRequest
from autopack.paths import NEVER, PathRefused, canonical, printable

TOP_KEYS = ("summary", "files", "notes", "requests")
FILE_KEYS = ("path", "action", "new_path", "content", "diff", "operations", "exact")
ABOUT_KEYS = ("summary", "notes", "total", "requests")
OP_KEYS = ("op", "start_line", "end_line", "line", "content", "context_before", "context_after", "old")
WAYS = ("content", "diff", "operations")
OPS: dict[str, tuple[str, ...]] = {
    "replace": ("start_line", "end_line", "content"),
    "insert": ("line", "content"),
    "delete": ("start_line", "end_line"),
    "append": ("content",),
    "prepend": ("content",),
}
HOW = (
    'Answer with one JSON object {"summary": "...", "files": [{"path": "...", "action": "create|modify|delete|rename", '
    '"content" | "diff" | "operations": ...}]}, or one such file object a line, and nothing else.'
)


def read_envelope(text: str, limits: Limits) -> Draft:
    """The draft of an envelope in either spelling. Raises AnswerRefused."""
    try:
        first, end = load(text, limits)
    except JsonRefused as error:
        raise _json_refusal(error) from None
    problems = Refusals()
    if not text[end:].strip() and not _is_about(first):
        if not isinstance(first, dict):
            raise refuse("AP201", f"the answer is a JSON {_kind(first)}, not an object. {HOW}")
        draft = _draft(cast("dict[str, Any]", first), problems, limits)
    else:
        draft = _lines(text, problems, limits)
    problems.settle()
    return draft


def _json_refusal(error: JsonRefused, line: int = 0) -> Exception:
    where = f"line {line or error.line}, column {error.column}"
    if error.cut:
        return refuse(
            "AP202",
            f"the answer is cut off at {where}: {error.why}. Nothing of it was applied. "
            "Answer again, shorter: use operations for long files instead of whole content.",
        )
    return refuse("AP201", f"the answer is not the JSON it should be, at {where}: {error.why}. {HOW}")


def _lines(text: str, problems: Refusals, limits: Limits) -> Draft:
    edits: list[FileEdit] = []
    summary = ""
    total: int | None = None
    requests: tuple[PathRequest, ...] = ()
    files = count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        count = _counted({}, count, limits)
        try:
            value, end = load(line, limits)
        except JsonRefused as error:
            raise _json_refusal(error, number) from None
        if line[end:].strip() or not isinstance(value, dict) or "files" in value:
            raise refuse(
                "AP201",
                f"line {number}: the answer holds more than one JSON value. Give either one envelope object, or one "
                f"file object (with path) on each line.",
            )
        entry = cast("dict[str, Any]", value)
        if "path" not in entry and set(entry) <= {*ABOUT_KEYS}:
            summary = _text(entry, "summary", f"line {number}", problems) or summary
            total = _total(entry, total, f"line {number}", problems)
            if "requests" in entry:
                requests = read_requests(entry["requests"], f"line {number}", requests, problems)
            continue
        files += 1
        count = _counted(entry, count - 1, limits)
        edit = _edit(entry, f"line {number}", problems)
        edits += [edit] if edit else []
    if total is not None and files < total:
        problems.add("AP202", f"the answer is cut off: it holds {files} of the {total} file objects it announces.")
    elif total is not None and files > total:
        problems.add("AP201", f'the answer holds {files} file objects and says "total": {total}; count them.')
    return Draft(tuple(edits), summary, total is not None, requests)


def _is_about(value: Any) -> bool:
    """Whether it is the line of an NDJSON answer that says how many file objects there are."""
    return isinstance(value, dict) and "total" in value and not {"files", "path"} & {*cast("dict[str, Any]", value)}


def _total(entry: dict[str, Any], known: int | None, where: str, problems: Refusals) -> int | None:
    total: Any = entry.get("total")
    if total is None:
        return known
    if isinstance(total, bool) or not isinstance(total, int) or total < 0 or known not in (None, total):
        problems.add("AP201", f'{where}: "total" is the number of file objects, and is said once')
        return known
    return total


def _draft(top: dict[str, Any], problems: Refusals, limits: Limits) -> Draft:
    if "path" in top and "files" not in top:
        _counted(top, 0, limits)
        edit = _edit(top, "the file object", problems)
        return Draft((edit,) if edit else ())
    _unknown_keys(top, TOP_KEYS, "the envelope", "", problems)
    summary = _text(top, "summary", "the envelope", problems) or ""
    requests = read_requests(top["requests"], "the envelope", (), problems) if "requests" in top else ()
    if "files" not in top and "requests" in top:
        return Draft((), summary, True, requests)
    if "files" not in top:
        problems.add("AP201", f'the envelope has no "files". {HOW}')
        return Draft((), summary)
    files = top["files"]
    if not isinstance(files, list):
        problems.add("AP201", f'"files" is a {_kind(files)}, not a list. {HOW}')
        return Draft((), summary)
    edits: list[FileEdit] = []
    count = 0
    for number, entry in enumerate(cast("list[Any]", files), 1):
        if not isinstance(entry, dict):
            problems.add("AP201", f"files[{number}] is a {_kind(entry)}, not an object. {HOW}")
            continue
        count = _counted(cast("dict[str, Any]", entry), count, limits)
        edit = _edit(cast("dict[str, Any]", entry), f"files[{number}]", problems)
        edits += [edit] if edit else []
    return Draft(tuple(edits), summary, True, requests)


def _counted(entry: dict[str, Any], count: int, limits: Limits) -> int:
    operations = entry.get("operations")
    count += 1 + (len(cast("list[Any]", operations)) if isinstance(operations, list) else 0)
    if count > limits.operations:
        raise refuse("AP207", f"the answer holds more than {limits.operations} files and operations. Do less at once.")
    return count


def _edit(entry: dict[str, Any], where: str, problems: Refusals) -> FileEdit | None:
    known = len(problems.findings)
    path = _text(entry, "path", where, problems)
    if not path:
        problems.add("AP201", f'{where} has no "path"')
        return None
    label = printable(path)
    new_path = _text(entry, "new_path", label, problems) or ""
    try:
        canonical(path)
        if new_path:
            canonical(new_path)
    except PathRefused as error:
        problems.add(error.code, f"{where}: {error.message}. {error.hint}", never=error.code == NEVER)
        return None
    _unknown_keys(entry, FILE_KEYS, label, path, problems)
    ways = [way for way in WAYS if entry.get(way) is not None]
    if len(ways) > 1:
        problems.add("AP201", f"{label} says its change in {' and '.join(ways)}; use one of them", path=path)
    action = _action(entry, label, path, new_path, ways, problems)
    exact = entry.get("exact", False)
    if not isinstance(exact, bool) or (exact and ways != ["content"]):
        problems.add("AP201", f'{label}: "exact" is true or false, and goes with "content" only', path=path)
    content = _text(entry, "content", label, problems)
    hunks = None
    diff = _text(entry, "diff", label, problems)
    if diff is not None:
        try:
            hunks = read_hunks(diff, path, new_path)
        except PatchRefused as error:
            problems.add(error.code, f"{label}, diff line {error.line}: {error.why}", path=path)
    operations = _operations(entry["operations"], label, path, problems) if "operations" in ways else None
    if len(problems.findings) > known or action is None:
        return None
    return FileEdit(path, action, new_path, content, hunks, operations, bool(exact))


def _action(
    entry: dict[str, Any], label: str, path: str, new_path: str, ways: list[str], problems: Refusals
) -> Action | None:
    action = entry.get("action")
    if action is None:
        action = "rename" if new_path else "modify" if ways else None
        if ways == ["content"] and not new_path:
            action = "write"
    if action not in ("create", "modify", "delete", "rename", "write"):
        problems.add("AP201", f'{label}: "action" must be create, modify, delete or rename', path=path)
        return None
    if action in ("create", "modify") and not ways:
        problems.add("AP201", f"{label}: {action} needs content, diff or operations", path=path)
    if action == "delete" and ways:
        problems.add("AP201", f"{label}: delete takes no {ways[0]}", path=path)
    if (action == "rename") != bool(new_path):
        problems.add("AP201", f'{label}: rename, and only rename, takes "new_path"', path=path)
    return action


def _operations(value: Any, label: str, path: str, problems: Refusals) -> tuple[Operation, ...] | None:
    if not isinstance(value, list) or not value:
        problems.add("AP201", f'{label}: "operations" must be a list with at least one operation', path=path)
        return None
    found = [_operation(n, op, label, path, problems) for n, op in enumerate(cast("list[Any]", value), 1)]
    return tuple(op for op in found if op is not None)


def _operation(number: int, value: Any, label: str, path: str, problems: Refusals) -> Operation | None:
    where = f"{label}, operation {number}"
    if not isinstance(value, dict):
        problems.add("AP201", f"{where} is a {_kind(value)}, not an object", path=path)
        return None
    entry = cast("dict[str, Any]", value)
    known = len(problems.findings)
    _unknown_keys(entry, OP_KEYS, where, path, problems)
    kind = entry.get("op")
    if not isinstance(kind, str) or kind not in OPS:
        problems.add("AP201", f'{where}: "op" must be one of {", ".join(OPS)}', path=path)
        return None
    old = _text(entry, "old", where, problems)
    needed = OPS[kind]
    if old is not None and kind in ("replace", "delete") and "start_line" not in entry and "end_line" not in entry:
        needed = tuple(key for key in needed if key == "content")
    allowed = {
        "op",
        "context_before",
        "context_after",
        *OPS[kind],
        *(("old",) if kind in ("replace", "delete") else ()),
    }
    for key in needed:
        if entry.get(key) is None:
            problems.add("AP201", f'{where}: {kind} needs "{key}"', path=path)
    for key in sorted(set(entry) & set(OP_KEYS) - allowed):
        problems.add("AP201", f'{where}: {kind} takes no "{key}"', path=path)
    start = _line_number(entry, "line" if kind == "insert" else "start_line", where, path, problems)
    end = _line_number(entry, "end_line", where, path, problems)
    content = _text(entry, "content", where, problems) or ""
    before = _text(entry, "context_before", where, problems) or ""
    after = _text(entry, "context_after", where, problems) or ""
    if len(problems.findings) > known:
        return None
    return Operation(number, kind, start, end, content, before, after, old)


def _line_number(entry: dict[str, Any], key: str, where: str, path: str, problems: Refusals) -> int:
    value = entry.get(key)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        problems.add("AP201", f'{where}: "{key}" must be a line number, 1 or more, not {str(value)[:40]}', path=path)
        return 0
    return value


def _text(entry: dict[str, Any], key: str, where: str, problems: Refusals) -> str | None:
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        problems.add("AP201", f'{where}: "{key}" must be text, not a {_kind(value)}')
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        problems.add("AP201", f'{where}: "{key}" holds half a surrogate pair, which is no character')
        return None
    return value


def _unknown_keys(entry: dict[str, Any], known: tuple[str, ...], where: str, path: str, problems: Refusals) -> None:
    for key in entry:
        if key not in known:
            near = get_close_matches(key[:60], known, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(known)}"
            problems.add("AP201", f"{where} has an unknown key {printable(key)}{hint}", path=path)


def _kind(value: Any) -> str:
    names = {"dict": "object", "list": "list", "str": "string", "bool": "boolean", "int": "number", "float": "number"}
    return names.get(type(value).__name__, "null")
