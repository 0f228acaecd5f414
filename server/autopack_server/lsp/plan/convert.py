"""Conversion: the plain answers about a plan as LSP's shapes, in the client's units and within its abilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lsprotocol import types

from autopack.model.findings import Finding, Position, Range, Severity
from autopack.text import shorten, visible
from autopack.yamlfile import Edit
from autopack_server.lsp.plan.fixes import Fix
from autopack_server.lsp.plan.hover import Hover
from autopack_server.lsp.plan.items import Completion, Item, ItemKind
from autopack_server.lsp.plan.lenses import Lens, wire
from autopack_server.lsp.plan.links import Link, Target
from autopack_server.lsp.plan.reading import Reading
from autopack_server.lsp.plan.symbols import Fold, Symbol, SymbolKind

if TYPE_CHECKING:
    from autopack_server.lsp.plan.abilities import Abilities

SOURCE = "autopack"
MAX_MESSAGE = 2_000

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
_ITEMS = {
    ItemKind.KEY: types.CompletionItemKind.Property,
    ItemKind.VALUE: types.CompletionItemKind.EnumMember,
    ItemKind.PHASE: types.CompletionItemKind.Reference,
    ItemKind.TIER: types.CompletionItemKind.Reference,
    ItemKind.FILE: types.CompletionItemKind.File,
    ItemKind.FOLDER: types.CompletionItemKind.Folder,
    ItemKind.TEST: types.CompletionItemKind.Method,
}
_SYMBOLS = {
    SymbolKind.RUN: types.SymbolKind.Event,
    SymbolKind.SECTION: types.SymbolKind.Namespace,
    SymbolKind.TIER: types.SymbolKind.Package,
    SymbolKind.PHASE: types.SymbolKind.Function,
}


class Units(Protocol):
    """1-based positions in code points, and the client's; `lines` are those of the text, without their ends."""

    def to_client(self, position: Position, lines: Sequence[str]) -> types.Position: ...
    def from_client(self, position: types.Position, lines: Sequence[str]) -> Position: ...


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts for one client and one text."""

    units: Units
    abilities: Abilities
    reading: Reading

    def position(self, position: types.Position) -> Position:
        return self.units.from_client(position, self.reading.lines)

    def range_from(self, range: types.Range) -> Range:
        return Range(self.position(range.start), self.position(range.end))

    def range(self, range: Range) -> types.Range:
        lines = self.reading.lines
        return types.Range(self.units.to_client(range.start, lines), self.units.to_client(range.end, lines))

    def span(self, start: int, end: int) -> types.Range:
        return self.range(self.reading.range(start, end))

    # one answer each

    def completion(self, completion: Completion, cursor: int) -> types.CompletionList:
        """`cursor` is the offset that was asked about; it lies in the completion's range."""
        insert, replace = self.span(completion.start, cursor), self.span(completion.start, completion.end)
        items = [self._item(item, number, insert, replace) for number, item in enumerate(completion.items)]
        return types.CompletionList(completion.incomplete, items)

    def _item(self, item: Item, number: int, insert: types.Range, replace: types.Range) -> types.CompletionItem:
        text, style = item.text, types.InsertTextFormat.PlainText
        if item.cursor is not None and self.abilities.snippets:
            text = f"{_in_snippet(text[: item.cursor])}$0{_in_snippet(text[item.cursor :])}"
            style = types.InsertTextFormat.Snippet
        edit = types.TextEdit(replace, text)
        if self.abilities.insert_replace and insert != replace:
            edit = types.InsertReplaceEdit(text, insert, replace)
        again = item.kind in (ItemKind.KEY, ItemKind.FOLDER) or item.word.endswith("::")
        return types.CompletionItem(
            visible(item.label),
            kind=_ITEMS[item.kind],
            detail=visible(item.detail) or None,
            documentation=self._markup(item.documentation) if item.documentation else None,
            sort_text=f"{number:04}",
            filter_text=item.word,
            text_edit=edit,
            insert_text_format=style if self.abilities.snippets else None,
            insert_text_mode=types.InsertTextMode.AsIs if self.abilities.as_is else None,
            command=types.Command("Suggest", self.abilities.suggest) if again and self.abilities.suggest else None,
        )

    def _markup(self, markdown: str) -> types.MarkupContent:
        kind = types.MarkupKind.Markdown if self.abilities.markdown else types.MarkupKind.PlainText
        return types.MarkupContent(kind, markdown)

    def hover(self, hover: Hover) -> types.Hover:
        return types.Hover(self._markup(hover.markdown), self.range(hover.range))

    def symbols(
        self, symbols: Sequence[Symbol], uri: str
    ) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
        """Nested, or flat for a client that shows no tree."""
        if self.abilities.nested_symbols:
            return [self._symbol(symbol) for symbol in symbols]
        flat: list[types.SymbolInformation] = []
        for symbol in symbols:
            for one in (symbol, *symbol.children):
                where = types.Location(uri, self.range(one.range))
                holder = None if one is symbol else symbol.name
                flat.append(
                    types.SymbolInformation(where, visible(one.name), _SYMBOLS[one.kind], container_name=holder)
                )
        return flat

    def _symbol(self, symbol: Symbol) -> types.DocumentSymbol:
        return types.DocumentSymbol(
            visible(symbol.name) or "?",
            _SYMBOLS[symbol.kind],
            self.range(symbol.range),
            self.range(symbol.selection),
            detail=visible(symbol.detail) or None,
            children=[self._symbol(child) for child in symbol.children] or None,
        )

    def folds(self, folds: Sequence[Fold]) -> list[types.FoldingRange]:
        kind = types.FoldingRangeKind.Comment
        return [types.FoldingRange(f.first - 1, f.last - 1, kind=kind if f.comment else None) for f in folds]

    def lenses(self, lenses: Sequence[Lens]) -> list[types.CodeLens]:
        return [types.CodeLens(self.range(lens.range), _command(lens)) for lens in lenses]

    def definition(
        self, target: Target, uri: str, root: Path | None
    ) -> types.Location | list[types.LocationLink] | None:
        """A file opens at its start."""
        if target.path and root is None:
            return None
        top = types.Range(types.Position(0, 0), types.Position(0, 0))
        there = self.range(target.range) if target.range is not None else top
        where = (root / target.path).as_uri() if target.path and root is not None else uri
        if not self.abilities.definition_links:
            return types.Location(where, there)
        return [types.LocationLink(where, there, there, self.range(target.origin))]

    def links(self, links: Sequence[Link], root: Path) -> list[types.DocumentLink]:
        return [types.DocumentLink(self.range(link.range), (root / link.path).as_uri()) for link in links]

    def workspace_edit(self, edits: Sequence[Edit], uri: str, version: int | None) -> types.WorkspaceEdit:
        """Bound to the version it was made for where the client can check it."""
        changes = [types.TextEdit(self.span(edit.start, edit.end), edit.text) for edit in edits]
        if not self.abilities.versioned_edits:
            return types.WorkspaceEdit(changes={uri: changes})
        document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(changes))])

    def code_action(self, fix: Fix, problem: types.Diagnostic, uri: str, version: int | None) -> types.CodeAction:
        return types.CodeAction(
            visible(shorten(fix.title, 120)),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[problem],
            is_preferred=fix.preferred or None,
            edit=self.workspace_edit([fix.edit], uri, version),
        )

    def diagnostics(
        self, findings: Sequence[Finding], code_href: Callable[[str], str | None]
    ) -> list[types.Diagnostic]:
        start = Position(1, 1)
        return [
            types.Diagnostic(
                self.range(finding.range or Range(start, start)),
                visible(shorten(finding.message, MAX_MESSAGE)),
                _SEVERITIES[finding.severity],
                code=finding.code,
                code_description=types.CodeDescription(href) if (href := code_href(finding.code)) else None,
                source=SOURCE,
            )
            for finding in findings
        ]

    def told(self, diagnostics: Sequence[types.Diagnostic]) -> list[Told]:
        """Diagnostics as an editor hands them back."""
        return [Told(str(one.code or ""), one.message, self.range_from(one.range)) for one in diagnostics]


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as a fix is looked up by."""

    code: str
    message: str
    range: Range


def _command(lens: Lens) -> types.Command:
    arguments: list[Any] | None = [wire(lens.argument)] if lens.argument is not None else None
    return types.Command(visible(lens.title), lens.command, arguments=arguments)


def _in_snippet(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
