# ruff: noqa: PTH117, PTH118, UP031
# pyright: basic
"""What an exception of a test says, and where in the worktree. PYTEST_DONT_REWRITE"""

import linecache
import os

_LIMIT = 4000
_OUTER_FRAMES, _INNER_FRAMES = 4, 12


def text_of(value, limit=_LIMIT):
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception as error:
        text = "<unprintable %s: %s>" % (type(value).__name__, type(error).__name__)
    return text if len(text) <= limit else text[: limit - 20] + "\n[... cut ...]"


def _frames(exc):
    tb = exc.__traceback__
    while tb is not None:
        hidden = tb.tb_frame.f_locals.get("__tracebackhide__", False)
        yield tb.tb_frame.f_code.co_filename, tb.tb_lineno, hidden is True
        tb = tb.tb_next


def locate(layout, exc):
    """(relative path, line) of the innermost frame inside the worktree, or None."""
    if isinstance(exc, SyntaxError) and exc.filename and layout.inside(exc.filename):
        return layout.relative(exc.filename), exc.lineno or 0
    found = [f for f in _frames(exc) if os.path.isabs(f[0]) and layout.inside(f[0])]
    shown = [f for f in found if not f[2]] or found
    return (layout.relative(shown[-1][0]), shown[-1][1]) if shown else None


def frames(layout, exc):
    """The way to an exception, outermost first: [path, line] of each frame in the worktree, a place told once; ["", n] for
    n frames between them that are neither the worktree's nor the import machinery's, or that are left out."""
    found, others = [], 0
    for file, line, _ in _frames(exc):
        known = layout.known(file) if os.path.isabs(file) else ""
        if not known:
            others += not (file.startswith("<frozen importlib") or _is_runner(file))
        elif not found or found[-1] != [known, line]:
            found += [["", others], [known, line]] if others and found else [[known, line]]
            others = 0
    if isinstance(exc, SyntaxError) and exc.filename and layout.inside(exc.filename):
        found.append([layout.relative(exc.filename), exc.lineno or 0])
    cut = found[_OUTER_FRAMES:-_INNER_FRAMES]
    if cut:
        found[_OUTER_FRAMES:-_INNER_FRAMES] = [["", sum(1 if path else line for path, line in cut)]]
    return found


def _is_runner(file):
    """A frame of these files, or of pytest's own import hook."""
    return os.path.join("_pytest", "assertion", "rewrite.py") in file


def _statement(layout, path, line):
    """The statement at `line`: up to 12 source lines, taken by bracket depth."""
    full = os.path.join(layout.worktree, path)
    lines = []
    depth = 0
    for number in range(line, line + 12):
        text = linecache.getline(full, number).rstrip()
        if not text:
            break
        lines.append(text)
        depth += sum(text.count(c) for c in "([{") - sum(text.count(c) for c in ")]}")
        if depth <= 0 and not text.endswith("\\"):
            break
    return "\n".join(("> " if i == 0 else "  ") + text for i, text in enumerate(lines))


def told(exc):
    text = text_of(exc).strip()
    name = type(exc).__name__
    if isinstance(exc, AssertionError):
        return text or name
    if name in ("Failed", "XFailed", "Skipped", "CollectError", "UsageError"):
        return text or name
    return "%s: %s" % (name, text) if text else name


def failure(layout, exc, fallback, message=""):
    """{path, line, message, excerpt, frames} of an exception; `fallback` is (path, line) when no frame is in the
    worktree."""
    place = locate(layout, exc) if exc is not None else None
    path, line = place or fallback
    message = message or (told(exc) if exc is not None else "failed")
    message = message.replace(layout.worktree + os.sep, "")
    source = _statement(layout, path, line) if line else ""
    said = "\n".join("E " + part for part in message.splitlines()[:30])
    return {
        "path": path,
        "line": line,
        "message": message,
        "excerpt": text_of(source + "\n" + said if source else said),
        "frames": frames(layout, exc) if exc is not None else [],
    }
