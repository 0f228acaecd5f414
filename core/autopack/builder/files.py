"""The repository as the Builder reads it: each file in its frame, how it is to be answered, and what is not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autopack.context import fill, framed, numbered, plain
from autopack.model.attempt import Context, ContextFile
from autopack.text import plural, split_lines

_MOST_OMITTED = 60


def settle_forms(context: Context, forms: Mapping[str, str]) -> dict[str, str]:
    """The form asked for per writable file: never the whole file where the model did not see the whole file, never
    a diff where it did not see the lines as they are."""
    return {f.path: _form(f, forms.get(f.path, "content")) for f in context.files if f.writable}


def _form(file: ContextFile, form: str) -> str:
    if file.missing:
        return "content"
    if file.altered or (file.truncated and form == "content"):
        return "operations"
    return form


def render_files(context: Context, forms: Mapping[str, str], mark: str) -> str:
    """Every file shown, then the list of those that are not."""
    shown = [_file(file, forms.get(file.path, ""), mark) for file in context.files]
    if not shown:
        shown = ["No file of the repository is shown for this phase."]
    return "\n\n".join((*shown, *_omitted(context.omitted))) + "\n"


def _file(file: ContextFile, form: str, mark: str) -> str:
    if file.missing:
        return f"{_name(file.path)} does not exist yet; you may create it."
    text = file.text if form == "content" else numbered(file.text)
    return f"{_name(file.path)}: {', '.join(_notes(file, form))}\n{framed(f'file {file.path}', text, mark)}"


def _notes(file: ContextFile, form: str) -> list[str]:
    shown = len(split_lines(file.text.encode("utf-8", "surrogatepass")))
    notes = [f"you may change it (answer with {form})" if file.writable else "READ-ONLY"]
    if file.reason:
        notes.append(" ".join(plain(file.reason).split()))
    if (file.truncated and not file.altered) or shown < file.total_lines:
        notes.append(f"CUT: only its first {shown} of {plural(file.total_lines, 'line')} are shown")
    else:
        notes.append(plural(file.total_lines, "line"))
    if file.altered:
        notes.append(f"not shown exactly as it is ({file.altered})")
    return notes


def _omitted(omitted: Sequence[tuple[str, str]]) -> list[str]:
    if not omitted:
        return []
    lines = [f"- {_name(path)}: {plain(why)}" for path, why in omitted[:_MOST_OMITTED]]
    if len(omitted) > _MOST_OMITTED:
        lines.append(f"- and {len(omitted) - _MOST_OMITTED} more")
    return [
        "\n".join(("Not shown, although the phase names them or the folder they are in; do not change them:", *lines))
    ]


def render_format(context: Context, forms: Mapping[str, str], *, in_parts: bool = False, may_ask: bool = True) -> str:
    """The answer format, and which way of saying a change is asked for each file; `in_parts`: a file object a line;
    `may_ask`: somebody can give what lies beyond the scope."""
    groups: dict[str, list[str]] = {}
    for file in context.files:
        if file.path in forms:
            groups.setdefault(forms[file.path], []).append(_name(file.path))
    lines = [f"- {form}: {', '.join(groups[form])}" for form in ("content", "diff", "operations") if form in groups]
    head = "\nThe way to use here, if you change the file:\n"
    asked = head + "\n".join((*lines, "- every new file: content")) if lines else "\nEvery new file: content."
    shape = fill("builder_lines" if in_parts else "builder_whole").strip()
    requests = "\n" + fill("builder_requests").rstrip() if may_ask else ""
    return fill("builder_format", shape=shape, asked=asked, requests=requests)


def _name(path: str) -> str:
    return f"`{' '.join(plain(path).split(chr(10)))}`"
