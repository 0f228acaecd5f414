"""The base's own tests on the candidate's product code: what a change of the tests hides.

A test that passed on the base and fails here fails because of the product code. Where the candidate's run does not say so,
the change of the tests (or of their configuration) is why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from autopack.model.changes import FileChange
from autopack.model.findings import Finding, Range, Related, Severity, Tree
from autopack.model.rules import finding
from autopack.model.test_report import RunnerEnd, TestReport
from autopack.testing.additions import only_grows
from autopack.testing.expecting import expects_as_before
from autopack.testing.functions import functions, imports_in, names_with_helpers, parsed, span, used_names
from autopack.testing.ids import function_of
from autopack.testing.invocation import file_part
from autopack.testing.licence import Licence
from autopack.testing.lines import added_lines, is_python
from autopack.testing.masked import Masked
from autopack.testing.sides import Sides, names_of
from autopack.testing.stored import is_as_it_was, stored_results, text_of, unasked_results
from autopack.text import shorten

_SAME = "It expects what it expected: let the code do that for what the test did, and do not change the test round it."
_ADDS = "The goal only adds: keep what is expected of what was there, or let the goal say that it changes."

_NAME = re.compile(r"[^\W\d]\w+")
_WORDED = re.compile(r"[^\W\d_]{3}")
"""A text with a word in it is a subject of the plan where the plan has one of its words."""
_ASKS = re.compile(r"assert\b|AssertionError|Failed\b|DID NOT|Regex")
"""How the message of a failed assertion begins; an error's begins with its class."""
_NOT_RAISED = re.compile(r"DID NOT RAISE|\w not raised\b")


def cross_findings(
    found: Iterable[Masked], crossed: TestReport, sides: Sides, licence: Licence, removed: Collection[str]
) -> list[Finding]:
    """AP405 per test: an error, or information where the plan asks for what was done to it. `removed` are names and texts
    that the change takes out of the product."""
    if crossed.end is not RunnerEnd.FINISHED:
        text = f"The base's own tests came to no end on the proposed code ({crossed.detail or crossed.end.value})."
        return [finding("AP405", text, entry="tests")]
    by_path = {path: c for c in sides.tests.changes for path in names_of(c)}
    return [
        replace(_finding(m, by_path.get(file_part(m.test)), sides, licence, removed), related=_failing_place(m, sides))
        for m in found
    ]


def rests_on_the_file(m: Masked, sides: Sides, licence: Licence, removed: Collection[str]) -> bool:
    """Whether all that the plan says for what was done to a test is that its file is asked for."""
    change = next((c for c in sides.tests.changes if file_part(m.test) in names_of(c)), None)
    if change is None or not licence.names(change) or (m.outcome is not None and m.hidden):
        return False
    said = licence.removes_subject_of(m.test) or bool(removed_subjects(change, m.test, removed))
    said = said or (change.after is None and licence.deletes(change.path))
    return not said and not licence.spells_out(text_of(change.before, m.test), text_of(change.after, m.now))


def _failing_place(m: Masked, sides: Sides) -> tuple[Related, ...]:
    """Where the base's test fails on the proposed code: in its own file as the base has it, or in the product's."""
    if m.failure is None or not m.failure.path or not m.failure.line:
        return ()
    ours = any(m.failure.path in names_of(c) for c in sides.tests.changes)
    told = "the test as it stands in the base fails here on the proposed code"
    where = Range.of_line(m.failure.line)
    return (Related(m.failure.path, told, where, Tree.BASE if ours else Tree.CANDIDATE),)


def _finding(m: Masked, change: FileChange | None, sides: Sides, licence: Licence, removed: Collection[str]) -> Finding:
    said = shorten(m.failure.message, 300) if m.failure else "no reason was given"
    base = f"{m.test} as it stands in the base fails on the proposed code ({said})"
    stored = stored_results(m, change, sides, licence)
    if stored is not None:
        how = Severity.INFORMATION if licence.speaks_of(stored, (), ()) else Severity.WARNING
        text = f"{base}. What it compares with is in {stored.path}, which the plan asks for"
        if licence.adds and not only_grows("\n".join(_lines(stored.before)), "\n".join(_lines(stored.after))):
            return _for_a_person(
                _at_change(f"{text}, but it holds other values now. {_ADDS}", stored, None, Severity.WARNING)
            )
        return _at_change(f"{text}.", stored, None, how)
    unasked = unasked_results(m, change, sides, licence)
    if unasked is not None:
        advice = "Leave it as it was, or let the plan name it."
        return _at_change(f"{base}, and passes by what {unasked.path} holds now. {advice}", unasked, None)
    if sides.configuration and is_as_it_was(m, change, sides, licence):
        settings = sides.configuration[0]
        if all(
            licence.names(c) and licence.speaks_of(c, _lines(c.before), _lines(c.after)) for c in sides.configuration
        ):
            text = f"{base}, and passes by the settings of {settings.path}, which the plan asks for."
            return _at_change(text, settings, None, Severity.WARNING)
    if change is None:
        first = next(iter(sides.configuration or sides.tests.changes))
        text = (
            f"{base}, and passes or is not run now: {first.path} hides it. Leave what decides on the tests as it was."
        )
        return _at_change(text, first, None)
    subjects, named = removed_subjects(change, m.test, removed), licence.names(change)
    subjects = [s for s in subjects if named or _says_why(s, m, licence)]
    said_gone = next(filter(licence.removes, subjects), "")
    gone = said_gone or next(iter(subjects), "")
    if m.outcome is not None and m.hidden:
        return _at_test(f"{base}, and is {m.outcome.value} now. Make the test pass.", m, change, None)
    if m.outcome is None:
        by_name = "the plan removes what it is called after" if named and licence.removes_subject_of(m.test) else ""
        by_name = "the plan removes its file" if change.after is None and licence.deletes(change.path) else by_name
        if said_gone or (named and (gone or m.successor or by_name)):
            why = (
                f"it is about {gone}, which the change removes" if gone else by_name or f"{m.successor} takes its place"
            )
            return _at_test(f"{m.test} is gone; {why}.", m, change, Severity.INFORMATION)
        return _at_test(f"{base}, and is gone. Make the test pass, do not take it away.", m, change, None)
    return _rewritten(f"{base} and was rewritten so that it passes.", m, change, sides, licence, gone)


def _rewritten(text: str, m: Masked, change: FileChange, sides: Sides, licence: Licence, gone: str) -> Finding:
    """Of a test that passes in another form; `gone` is what it is about that the change removes, "" for nothing."""
    before, after = text_of(change.before, m.test), text_of(change.after, m.now)
    if licence.names(change):
        said = _says(licence, m, change, before, after)
        why = f"The plan asks for {change.path}{'' if said else ', but has no word of what is new in it'}."
        same = _asked(m) and not licence.rewrites and expects_as_before(before, after)
        same = same and not _follows(before, after, sides)
        if not said and (same or (licence.adds and not (licence.opens and _raised(m)))):
            return _for_a_person(_at_test(f"{text} {why} {_SAME if same else _ADDS}", m, change, Severity.WARNING))
        return _at_test(f"{text} {why}", m, change, Severity.INFORMATION if said else Severity.WARNING)
    if gone or licence.spells_out(before, after, _bound(change.after, m.now)):
        why = f"It is about {gone}, which the change removes." if gone else "The plan's words say what it expects now."
        return _at_test(f"{text} {why}", m, change, Severity.INFORMATION)
    advice = f"Keep what it expects; if the goal asks for the new behaviour, name {change.path} in deliverables."
    return _at_test(f"{text} {advice}", m, change, None)


def _says(licence: Licence, m: Masked, change: FileChange, before: list[str], after: list[str]) -> bool:
    """Whether the plan has a word of what is new in a test. Where it only adds, a case that others took the place of is
    nothing that was added."""
    return licence.speaks_of_test(change, before, after) and not (licence.adds and m.by_others)


def _words_of(lines: Iterable[str]) -> set[str]:
    return set(_NAME.findall("\n".join(lines)))


def _follows(before: Iterable[str], after: Iterable[str], sides: Sides) -> bool:
    """Whether a test lost a word that a file of the product lost as well: it need not set that up any longer."""
    lost = _words_of(before) - _words_of(after)
    pairs = ((_words_of(_lines(c.before)), _words_of(_lines(c.after))) for c in sides.product.changes)
    return bool(lost) and any(lost & (was - now) for was, now in pairs)


def _for_a_person(warning: Finding) -> Finding:
    """A person may accept it: words are all that tells what an addition changes on purpose."""
    return replace(warning, blocking=True, fingerprint="")


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


def _asked(m: Masked) -> bool:
    """Whether it is an assertion that fails, and not the code that it looks at."""
    return m.failure is None or _ASKS.match(m.failure.message) is not None


def _raised(m: Masked) -> bool:
    """Whether the test expects an error that the code raises no more: what is allowed in addition was one before."""
    return m.failure is not None and _NOT_RAISED.search(m.failure.message) is not None


def _says_why(removed: str, m: Masked, licence: Licence) -> bool:
    """Whether the test may fail because the product has this name or text no more. A text that is gone makes no code
    raise, and where it has words the plan has one of them."""
    if removed.isidentifier():
        return True
    return _asked(m) and (licence.mentions(removed) or not _WORDED.search(removed))


def _bound(data: bytes | None, test: str) -> set[str]:
    """Names that a Python test gives values itself: parameters, variables, keywords of its calls."""
    node = functions(data or b"").get(function_of(test).partition("::")[2])
    parts = list(ast.walk(node)) if node is not None else []
    stored = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in parts if isinstance(n, ast.arg | ast.keyword) and n.arg}


def removed_subjects(change: FileChange, test: str, removed: Collection[str]) -> list[str]:
    """Names in the test's base version that the change removes from the product, sorted; of a file whose imports name
    some, those. Of other languages than Python the words of the whole file count."""
    if change.before is None or not removed:
        return []
    path = change.old_path or change.path
    if not is_python(path, change.before):
        words = set(change.before.decode("utf-8", "replace").replace(".", " ").split())
        return sorted(words.intersection(removed))
    tree = parsed(change.before)
    node = functions(change.before).get(function_of(test).partition("::")[2])
    if tree is None:
        return []
    imports = imports_in(change.before)
    used = names_with_helpers(node, tree) if node is not None else {name for n in imports for name in used_names(n)}
    used |= {alias.name for n in imports for alias in n.names if alias.asname in used}
    said = _texts_in(node) if node is not None else []
    return sorted(r for r in removed if r in used or r in said or (not r.isidentifier() and r in "\n".join(said)))


def _texts_in(node: ast.AST) -> list[str]:
    """The string constants of a test; a text that the product no longer has may stand in a longer one."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _at_test(message: str, m: Masked, change: FileChange, severity: Severity | None) -> Finding:
    """At the first changed line of the test as it is now; of a test that is gone, at its place in the base."""
    now = function_of(m.now).partition("::")[2] if m.outcome is not None else ""
    if change.after is not None and now:
        node = functions(change.after).get(now) if is_python(change.path, change.after) else None
        return _at_change(message, change, span(node) if node is not None else None, severity)
    path = change.old_path or change.path
    before = functions(change.before or b"").get(function_of(m.test).partition("::")[2])
    where = Range.of_line(before.lineno) if before is not None else None
    return finding("AP405", message, path=path, range=where, tree=Tree.BASE, severity=severity)


def _at_change(
    message: str, change: FileChange, within: tuple[int, int] | None, severity: Severity | None = None
) -> Finding:
    """At the first line the change added, within these lines where they hold one, else at the first of them."""
    if change.after is None:
        return finding("AP405", message, path=change.path, tree=Tree.BASE, severity=severity)
    first, last = within or (1, len(change.after.splitlines()) or 1)
    line = next((n for n in added_lines(change) if first <= n <= last), first)
    return finding("AP405", message, path=change.path, range=Range.of_line(line), severity=severity)
