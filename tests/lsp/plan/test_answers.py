"""Answers in LSP's shapes: units, abilities, versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from autopack.model.findings import Position
from autopack_server.lsp.plan.abilities import Abilities, abilities_of
from autopack_server.lsp.plan.answers import Answers
from autopack_server.lsp.plan.convert import Converter, Units
from autopack_server.lsp.plan.ground import NO_FOLDER, Open
from autopack_server.lsp.plan.reading import Reading
from autopack_server.lsp.positions import Positions
from tests.lsp.plan.texts import CURSOR

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
ALL = Abilities(True, True, True, True, True, True, True, "suggest")
HEAD = "autopack: 1\nrun: {id: r}\nphases:\n"


def answers(encoding: str = "utf-16", abilities: Abilities = ALL) -> Answers:
    return Answers(Positions(encoding), abilities, lambda code: f"file:///rules/{code}.md")


def opened(marked: str, encoding: str = "utf-16") -> tuple[Open, types.Position]:
    """An open plan, and its cursor in the client's units."""
    offset = marked.find(CURSOR)
    text = marked.replace(CURSOR, "")
    reading = Reading(text)
    at = Positions(encoding).to_client(reading.tree.lines.position(max(offset, 0)), reading.lines)
    return Open("file:///r/p.autopack.yaml", Path("/r/p.autopack.yaml"), text, 7), at


def applied(text: str, edits: list[tuple[types.Range, str]], units: Units) -> str:
    """As a client applies edits: ranges in its units, last first."""
    reading = Reading(text)
    for where, new in sorted(edits, key=lambda edit: (edit[0].start.line, edit[0].start.character), reverse=True):
        start, end = (reading.offset(units.from_client(p, reading.lines)) for p in (where.start, where.end))
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_completion_replaces_the_same_word_in_every_encoding(encoding: str) -> None:
    plan, at = opened("run: {id: '𝄞é', base: wor¦k, autonomy: x}\n", encoding)
    found = answers(encoding).completion(plan, at, NO_FOLDER)
    assert found is not None
    edit = found.items[1].text_edit
    assert isinstance(edit, types.InsertReplaceEdit)
    units = Positions(encoding)
    assert (
        applied(plan.text, [(edit.replace, edit.new_text)], units)
        == "run: {id: '𝄞é', base: working-tree, autonomy: x}\n"
    )
    assert (
        applied(plan.text, [(edit.insert, edit.new_text)], units)
        == "run: {id: '𝄞é', base: working-treek, autonomy: x}\n"
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_hover_definition_and_rename_find_the_same_places_in_every_encoding(encoding: str) -> None:
    plan, at = opened(HEAD + "  - {goal: '𝄞é', id: one}\n  - {goal: 𝄞, depends_on: [o¦ne]}\n", encoding)
    units, lines = Positions(encoding), Reading(plan.text).lines
    hover = answers(encoding).hover(plan, at, NO_FOLDER)
    assert hover is not None
    assert hover.range is not None
    assert units.from_client(hover.range.start, lines) == Position(5, 28)
    links = answers(encoding).definition(plan, at, NO_FOLDER)
    assert isinstance(links, list)
    assert units.from_client(links[0].target_range.start, lines) == Position(4, 22)
    assert [
        units.from_client(found.range.start, lines).line for found in answers(encoding).references(plan, at, True)
    ] == [4, 5]
    edit = answers(encoding).rename(plan, at, "two")
    assert edit.document_changes is not None
    change: Any = edit.document_changes[0]
    assert change.text_document.version == 7
    expected = plan.text.replace("one", "two")
    assert applied(plan.text, [(e.range, e.new_text) for e in change.edits], units) == expected


def test_problems_say_where_they_are_explained_and_come_back_as_fixes() -> None:
    plan, _ = opened(HEAD + "  - {id: 𝄞a, goal: g}\n  - {id: b, gaol: 𝄞, scope: {paths: [x]}}\n")
    found = answers().diagnostics(plan, NO_FOLDER)
    assert [(one.code, one.severity, one.range.start.line, one.source) for one in found] == [
        ("AP901", types.DiagnosticSeverity.Information, 0, "autopack"),
        ("AP101", types.DiagnosticSeverity.Error, 3, "autopack"),
        ("AP101", types.DiagnosticSeverity.Error, 4, "autopack"),
    ]
    assert found[1].code_description == types.CodeDescription("file:///rules/AP101.md")
    actions = answers().fixes(plan, found)
    assert [(a.title, a.is_preferred, a.diagnostics) for a in actions] == [
        ("Change `gaol` to `goal`", True, [found[2]])
    ]
    plain = answers(abilities=Abilities()).fixes(plan, found)[0].edit
    assert plain is not None
    assert plain.changes is not None
    (change,) = plain.changes[plan.uri]
    assert applied(plan.text, [(change.range, change.new_text)], Positions()) == plan.text.replace("gaol", "goal")


def test_what_is_inserted_fits_the_client() -> None:
    plan, at = opened(HEAD + "  - id: a\n    ch¦")
    rich = answers().completion(plan, at, NO_FOLDER)
    poor = answers(abilities=Abilities()).completion(plan, at, NO_FOLDER)
    assert rich is not None
    assert poor is not None
    item = next(one for one in rich.items if one.label == "checks")
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.new_text == "checks:\n      - [$0]"
    assert item.insert_text_format is types.InsertTextFormat.Snippet
    assert item.insert_text_mode is types.InsertTextMode.AsIs
    assert item.command == types.Command("Suggest", "suggest")
    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.kind is types.MarkupKind.Markdown
    bare = next(one for one in poor.items if one.label == "checks")
    assert isinstance(bare.text_edit, types.TextEdit)
    assert bare.text_edit.new_text == "checks:\n      - []"
    assert (bare.insert_text_format, bare.insert_text_mode, bare.command) == (None, None, None)
    assert isinstance(bare.documentation, types.MarkupContent)
    assert bare.documentation.kind is types.MarkupKind.PlainText
    assert [one.sort_text for one in rich.items] == sorted(one.sort_text or "" for one in rich.items)
    assert all(one.filter_text == one.label for one in rich.items)


def test_dollars_and_braces_in_a_snippet_are_text() -> None:
    from autopack_server.lsp.plan.items import Completion, Item, ItemKind

    converter = Converter(Positions(), ALL, Reading("x"))
    item = Item("a", ItemKind.VALUE, "$a}\\b", "a", 3)
    (made,) = converter.completion(Completion(0, 1, (item,)), 1).items
    assert isinstance(made.text_edit, types.TextEdit)
    assert made.text_edit.new_text == "\\$a\\}$0\\\\b"


def test_symbols_are_flat_where_the_client_shows_no_tree() -> None:
    plan, _ = opened(HEAD + "  - {id: a, goal: g}\n")
    (run, phases) = answers().symbols(plan)
    assert isinstance(phases, types.DocumentSymbol)
    assert [(child.name, child.detail) for child in phases.children or ()] == [("a", "g")]
    assert isinstance(run, types.DocumentSymbol)
    flat = answers(abilities=Abilities()).symbols(plan)
    assert [(one.name, getattr(one, "container_name", "?")) for one in flat] == [
        ("run", None),
        ("phases", None),
        ("a", "phases"),
    ]


def test_lenses_and_folds() -> None:
    plan, _ = opened(HEAD + "  - id: a\n    goal: g\n")
    found = answers().lenses(plan, lambda uri, phase: None)
    commands = [(lens.range.start.line, lens.command) for lens in found]
    assert [(line, command and command.title, command and command.arguments) for line, command in commands] == [
        (2, "Start run", [{"planUri": plan.uri}]), (3, "Run this phase", [{"planUri": plan.uri, "phases": ["a"]}]),
    ]  # fmt: skip
    assert [(fold.start_line, fold.end_line) for fold in answers().folds(plan)] == [(2, 4), (3, 4)]


def test_only_an_id_is_renamed() -> None:
    plan, at = opened(HEAD + "  - {id: a, goal: g¦o}\n")
    assert answers().renamable(plan, at) is None
    plan, at = opened(HEAD + "  - {id: ¦a, goal: go}\n")
    found = answers().renamable(plan, at)
    assert found == types.PrepareRenamePlaceholder(types.Range(types.Position(3, 9), types.Position(3, 10)), "a")


def test_abilities_are_those_the_client_told() -> None:
    assert abilities_of(types.ClientCapabilities()) == Abilities()
    item = types.ClientCompletionItemOptions(
        snippet_support=True,
        insert_replace_support=True,
        documentation_format=[types.MarkupKind.Markdown],
        insert_text_mode_support=types.ClientCompletionItemInsertTextModeOptions([types.InsertTextMode.AsIs]),
    )
    told = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        ),
        text_document=types.TextDocumentClientCapabilities(
            completion=types.CompletionClientCapabilities(completion_item=item),
            document_symbol=types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True),
            definition=types.DefinitionClientCapabilities(link_support=True),
        ),
        experimental={"suggestCommand": "suggest"},
    )
    assert abilities_of(told) == ALL
    assert abilities_of(types.ClientCapabilities(experimental={"suggestCommand": 7})) == Abilities()
