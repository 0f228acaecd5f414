from __future__ import annotations

import pytest

from autopack.errors import UsageError
from autopack.model.findings import Position, Range
from autopack_server.lsp.plan import links
from autopack_server.lsp.plan.reading import Reading
from tests.lsp.plan.texts import BLOCK, cut, repository

PLAN = (
    "tiers: [{id: back}, {id: front}]\nphases:\n  - id: one\n    tier: back\n  - id: 'two'\n    tier: front\n"
    '    depends_on: [one]\n  - id: three\n    depends_on:\n      - "one"\n      - two\n    goal: one\n'
)


def text_of(reading: Reading, where: Range | None) -> str:
    assert where is not None
    return reading.text[reading.tree.lines.offset(where.start) : reading.tree.lines.offset(where.end)]


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("[one]", "[o¦ne]", 3, "one"), ("- two", "- two¦", 5, "two"), ('"one"', '"¦one"', 3, "one"),
        ("tier: front", "tier: f¦ront", 1, "front"), ("id: one", "id: one¦", 3, "one"),
    ],
)  # fmt: skip
def test_a_name_leads_to_what_it_names(old: str, new: str, line: int, word: str) -> None:
    reading, position, _ = cut(PLAN.replace(old, new))
    target = links.definition(position, reading, None)
    assert target is not None
    assert target.path == ""
    assert target.range is not None
    assert target.range.start.line == line
    assert text_of(reading, target.range) == text_of(reading, target.origin) == word


@pytest.mark.parametrize(
    ("marked", "path"),
    [
        ("phases:\n  - scope: {paths: [src/app.py¦]}", "src/app.py"),
        ("phases:\n  - deliverables: {code: [src/web/page.py¦]}", "src/web/page.py"),
        ('phases:\n  - tests: {must_pass: ["tests/test_app.py::test¦"]}', "tests/test_app.py"),
        ("defaults:\n  scope: {read_only: [{path: ¦README.md}]}", "README.md"),
        ("phases:\n  - scope: {paths: [src/¦]}", None),
        ("phases:\n  - scope: {paths: [../secret¦]}", None),
        ("phases:\n  - goal: src/app.py¦", None),
        ("phases:\n  - depends_on: [nope¦]", None),
        ("phases:\n  - i¦d: a", None),
        ("run: {¦}", None),
    ],
)
def test_a_path_leads_to_its_file(marked: str, path: str | None) -> None:
    reading, position, _ = cut(marked)
    target = links.definition(position, reading, repository())
    assert (target and target.path) == path


def test_tracked_files_are_links() -> None:
    found = links.links(reading := Reading(BLOCK), repository())
    assert [(text_of(reading, link.range), link.path) for link in found] == [
        ("src/models.py", "src/models.py"), ("README.md", "README.md"), ("src/app.py", "src/app.py"),
        ("src/app.py", "src/app.py"),
    ]  # fmt: skip


def test_references_of_a_phase() -> None:
    for old, new in [("id: one", "id: on¦e"), ("[one]", "[¦one]")]:
        reading, position, _ = cut(PLAN.replace(old, new))
        found = links.references(position, reading, declaration=True)
        assert [(where.start.line, text_of(reading, where)) for where in found] == [(3, "one"), (7, "one"), (10, "one")]
        assert len(links.references(position, reading, declaration=False)) == 2
    assert links.references(Position(12, 12), Reading(PLAN), declaration=True) == []


def renamed(marked: str, new: str) -> str:
    reading, position, _ = cut(marked)
    text = reading.text
    for edit in reversed(links.rename(position, reading, new)):
        text = edit.applied(text)
    return text


def test_a_phase_gets_another_name_everywhere_and_nothing_else_does() -> None:
    expected = PLAN.replace("id: one", "id: first").replace("[one]", "[first]").replace('"one"', '"first"')
    assert renamed(PLAN.replace("[one]", "[o¦ne]"), "first") == expected
    assert renamed(PLAN.replace("'two'", "'tw¦o'"), "2") == PLAN.replace("'two'", "'2'").replace("- two", '- "2"')
    assert renamed(PLAN.replace("tier: back", "tier: ¦back"), "rear") == PLAN.replace("back", "rear")
    assert renamed(PLAN.replace("[one]", "[o¦ne]"), "one") == PLAN


@pytest.mark.parametrize("new", ["two", "Two", "", "a b", "-a", "x" * 41])
def test_a_name_that_cannot_be_is_refused(new: str) -> None:
    with pytest.raises(UsageError) as refused:
        renamed(PLAN.replace("[one]", "[o¦ne]"), new)
    assert refused.value.hint


@pytest.mark.parametrize(
    "marked", ["phases:\n  - goal: o¦ne\n", "ph¦ases: []", "phases:\n  - depends_on: [on¦e]\n", "¦"]
)
def test_nothing_else_is_renamed(marked: str) -> None:
    reading, position, _ = cut(marked)
    assert links.renamable(position, reading) is None
    with pytest.raises(UsageError):
        links.rename(position, reading, "new")


def test_what_would_be_renamed_is_shown_first() -> None:
    reading, position, _ = cut(PLAN.replace("'two'", "'tw¦o'"))
    found = links.renamable(position, reading)
    assert found is not None
    assert (text_of(reading, found[0]), found[1]) == ("two", "two")
