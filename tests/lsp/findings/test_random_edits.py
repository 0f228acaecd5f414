from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from autopack.model.findings import Finding, Range, Tree
from autopack.model.rules import finding
from autopack_server.lsp.findings.diagnostics import SUFFIX
from autopack_server.lsp.findings.placing import Placer, RunCache
from autopack_server.lsp.findings.publish import DELAY
from autopack_server.lsp.findings.user_files import OpenDocument
from autopack_server.lsp.positions import Positions, text_lines
from tests.lsp.findings.fakes import FOLDER, PLAN, PLAN_TEXT, Files, Server, file_uri, phase_of, run_of
from tests.lsp.findings.virtual_time import run

ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])
LINE_ENDS = st.sampled_from(["\n", "\r\n"])
NAMES = ("a.py", "b.py")

new_lines = st.text(st.sampled_from("xyz é𝄞}\t\x0c\u2028"), max_size=6)
"""Never equal to a numbered line, so that what both sides kept of the base can be told from what they added."""

line_edits = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.lists(new_lines, max_size=3)), max_size=4)
pasted = st.text(st.sampled_from("xyz é𝄞}\t\n\r\x0c\u2028"), max_size=8)
shares = st.floats(0, 1, allow_nan=False)


@dataclass(frozen=True)
class Edit:
    """A change of a text, by shares of it: where, how much is taken out, what is put in."""

    at: float
    taken: float
    put: str

    def range(self, text: str, positions: Positions) -> types.Range:
        """As a client says it: found by counting in the text, not with our own conversions."""
        start = round(self.at * len(text))
        end = min(len(text), start + round(self.taken * 40))
        return types.Range(client_place(text, start, positions.encoding), client_place(text, end, positions.encoding))


def client_place(text: str, offset: int, encoding: str) -> types.Position:
    if text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1
    before = text[:offset]
    lines = re.split(r"\r\n|\r(?!\n)|\n", before)
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    return types.Position(len(lines) - 1, len(lines[-1].encode(codec)) // width)


edits = st.builds(Edit, shares, shares, pasted)


def numbered(count: int, prefix: str = "", duplicates: int = 0) -> list[str]:
    """Lines that occur once, every `duplicates`-th of them a brace."""
    return ["}" if duplicates and n % duplicates == 0 else f"  {prefix}{n:03d}𝄞! é" for n in range(count)]


def changed(lines: Sequence[str], changes: Sequence[tuple[int, int, list[str]]]) -> list[str]:
    found = list(lines)
    for at, taken, put in changes:
        at = min(at, len(found))
        found[at : at + taken] = put
    return found


def on_lines(path: str, count: int, tree: Tree, first: int = 0) -> list[Finding]:
    """One finding on each line, told apart by its message."""
    return [finding("AP401", f"#{first + n}#", path=path, range=Range.of_line(n + 1), tree=tree) for n in range(count)]


def place_all(findings: Sequence[Finding], files: Files, users: dict[str, str], encoding: str) -> dict[str, list[Any]]:
    documents = [OpenDocument(file_uri(FOLDER / path), 1, text) for path, text in {PLAN: PLAN_TEXT, **users}.items()]
    placer = Placer(Positions(encoding), lambda code: None)
    found = placer.place(run_of(phase_of(*findings), versions=files), documents, RunCache())
    return {one.uri: [*one.summaries, *one.findings] for one in found.documents.values()}


def number(diagnostic: types.Diagnostic) -> str:
    return re.findall(r"#\d+#", diagnostic.message)[0]


def check_once_and_inside(
    shown: dict[str, list[Any]], findings: Sequence[Finding], users: dict[str, str], encoding: str
) -> None:
    told = Counter(number(d) for uri, found in shown.items() for d in found if not is_summary(d))
    assert told == Counter(finding.message for finding in findings)
    texts = {file_uri(FOLDER / path): text_lines(text) for path, text in {PLAN: PLAN_TEXT, **users}.items()}
    codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    for uri, found in shown.items():
        for diagnostic in found:
            start, end = diagnostic.range.start, diagnostic.range.end
            assert start.line == end.line < len(texts[uri])
            units = len(texts[uri][start.line].encode(codec, "surrogatepass")) // width
            assert start.character <= end.character <= units


def is_summary(diagnostic: types.Diagnostic) -> bool:
    return re.match(r"(Failed: )?\d+ findings?, ", diagnostic.message) is not None


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 25),
    line_edits,
    st.lists(edits, max_size=5),
    st.sampled_from([Tree.BASE, Tree.CANDIDATE]),
    ENCODINGS,
    LINE_ENDS,
)
def test_a_finding_on_a_line_both_sides_kept_lands_on_that_line(
    count: int, candidate_edits: list, user_edits: list[Edit], tree: Tree, encoding: str, end: str
) -> None:
    positions = Positions(encoding)
    base = numbered(count)
    candidate = changed(base, candidate_edits)
    user = end.join(base)
    for edit in user_edits:
        user = positions.edited(user, edit.range(user, positions), edit.put)
    user_lines = text_lines(user)
    judged = base if tree is Tree.BASE else candidate
    findings = on_lines("a.py", len(judged), tree)
    files = Files({"a.py": "\n".join(base)}, {"a.py": "\n".join(candidate)})

    shown = place_all(findings, files, {"a.py": user}, encoding)

    check_once_and_inside(shown, findings, {"a.py": user}, encoding)
    here = {number(d): d for d in shown.get(file_uri(FOLDER / "a.py"), [])}
    for one, line in zip(findings, judged, strict=True):
        diagnostic = here.get(one.message)
        if line in base and line in user_lines:
            assert diagnostic is not None
            assert user_lines[diagnostic.range.start.line] == line
            assert not diagnostic.message.endswith(SUFFIX)
        elif line in base:
            assert diagnostic is None
        elif diagnostic is not None:
            assert diagnostic.message.endswith(SUFFIX)
            assert user_lines[diagnostic.range.start.line] in base


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 25), st.integers(1, 3), line_edits, line_edits, ENCODINGS)
def test_where_lines_repeat_a_finding_never_lands_on_another_text(
    count: int, duplicates: int, candidate_edits: list, user_edits: list, encoding: str
) -> None:
    base = numbered(count, duplicates=duplicates)
    candidate, user = changed(base, candidate_edits), changed(base, user_edits) or [""]
    findings = on_lines("a.py", len(candidate), Tree.CANDIDATE)
    files = Files({"a.py": "\n".join(base)}, {"a.py": "\n".join(candidate)})
    shown = place_all(findings, files, {"a.py": "\n".join(user)}, encoding)
    check_once_and_inside(shown, findings, {"a.py": "\n".join(user)}, encoding)
    for diagnostic in shown.get(file_uri(FOLDER / "a.py"), []):
        line = candidate[int(number(diagnostic)[1:-1])]
        there = text_lines("\n".join(user))[diagnostic.range.start.line]
        assert diagnostic.message.endswith(SUFFIX) or there == line
    if candidate == base == user:
        assert len(shown[file_uri(FOLDER / "a.py")]) == len(findings)


class Play:
    """An editor and a run at work on the same files."""

    def __init__(self, encoding: str, end: str) -> None:
        self.server = Server(encoding)
        self.base = {name: end.join(numbered(12, name[0], duplicates=5)) for name in NAMES}
        self.plan = self.server.workspace.open(PLAN, PLAN_TEXT)
        self.documents = {name: self.server.workspace.open(name, self.base[name]) for name in NAMES}
        self.attempt = 0
        self.findings: list[Finding] = []
        self.files = Files()
        self.state = "EXECUTING"

    def type(self, name: str, edit: Edit) -> None:
        document = self.documents[name]
        where = edit.range(document.source, self.server.positions)
        document.source = self.server.positions.edited(document.source, where, edit.put)
        document.version += 1
        self.server.feature.changed(document.uri)

    def next_attempt(self, changes: Sequence[Any], state: str) -> None:
        """What the run holds now: findings on every line of what this attempt proposes, none when it is complete."""
        self.attempt += 1
        self.state = state
        proposed = {name: changed(text_lines(text), changes) for name, text in self.base.items()}
        self.files = Files(self.base, {name: "\n".join(lines) for name, lines in proposed.items()})
        found = [
            one
            for at, name in enumerate(NAMES)
            for one in on_lines(name, len(proposed[name]), Tree.CANDIDATE, at * 100)
        ]
        self.findings = [] if state == "COMPLETE" else found
        self.server.feature.put(self.run_now())

    def run_now(self) -> Any:
        phase = replace(phase_of(*self.findings, state=self.state), attempt=self.attempt)
        return run_of(phase, versions=self.files)

    def shown(self) -> dict[str, list[tuple[Any, ...]]]:
        return {uri: [facts(d) for d in found] for uri, found in self.server.client.has.items()}

    def expected(self) -> dict[str, list[tuple[Any, ...]]]:
        """From nothing but the findings and the texts as they are now."""
        server = Server(self.server.positions.encoding)
        documents = [OpenDocument(d.uri, d.version, d.source) for d in (self.plan, *self.documents.values())]
        placer = Placer(server.positions, lambda code: f"https://rules.test/{code}")
        for document in placer.place(self.run_now(), documents, RunCache()).documents.values():
            found = [*document.summaries, *document.findings]
            server.board.put("runs", document.uri, found, pinned=len(document.summaries))
        return {uri: [facts(d) for d in found] for uri, found in server.client.has.items()}


def facts(diagnostic: types.Diagnostic) -> tuple[Any, ...]:
    return diagnostic.range, diagnostic.message, diagnostic.severity, diagnostic.data, diagnostic.related_information


acts = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.sampled_from(NAMES), edits),
        st.tuples(st.just("attempt"), line_edits, st.sampled_from(["EXECUTING", "EXECUTING", "FAILED", "COMPLETE"])),
        st.tuples(st.just("wait"), st.floats(0, 2 * DELAY)),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(acts, ENCODINGS, LINE_ENDS)
def test_whatever_is_typed_while_findings_come_and_go_the_end_is_a_function_of_both(
    script: list, encoding: str, end: str
) -> None:
    async def played() -> None:
        play = Play(encoding, end)
        for act, *rest in script:
            if act == "type":
                play.type(*rest)
            elif act == "attempt":
                play.next_attempt(*rest)
            else:
                await asyncio.sleep(*rest)
        await asyncio.sleep(2 * DELAY)
        await play.server.feature.idle()
        assert play.shown() == play.expected()
        users = {name: document.source for name, document in play.documents.items()}
        check_once_and_inside(play.server.client.has, play.findings, users, encoding)
        play.server.feature.close()

    run(played())
