"""Abilities: what of the plan features a client can show, as it said in its capabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsprotocol import types


@dataclass(frozen=True, slots=True)
class Abilities:
    """`as_is`: inserted text keeps its own indentation; `suggest`: a command of the client that asks for completion
    again, "" where it named none (`experimental.suggestCommand`)."""

    snippets: bool = False
    insert_replace: bool = False
    as_is: bool = False
    markdown: bool = False
    nested_symbols: bool = False
    definition_links: bool = False
    versioned_edits: bool = False
    suggest: str = ""


def abilities_of(capabilities: types.ClientCapabilities) -> Abilities:
    document = capabilities.text_document or types.TextDocumentClientCapabilities()
    completion = document.completion.completion_item if document.completion else None
    formats = [*((completion.documentation_format if completion else None) or ())]
    formats += (document.hover.content_format if document.hover else None) or ()
    edits = capabilities.workspace.workspace_edit if capabilities.workspace else None
    modes = completion.insert_text_mode_support.value_set if completion and completion.insert_text_mode_support else ()
    return Abilities(
        snippets=bool(completion and completion.snippet_support),
        insert_replace=bool(completion and completion.insert_replace_support),
        as_is=types.InsertTextMode.AsIs in modes,
        markdown=types.MarkupKind.Markdown in formats,
        nested_symbols=bool(document.document_symbol and document.document_symbol.hierarchical_document_symbol_support),
        definition_links=bool(document.definition and document.definition.link_support),
        versioned_edits=bool(edits and edits.document_changes),
        suggest=_suggest(capabilities.experimental),
    )


def _suggest(experimental: Any) -> str:
    told = experimental.get("suggestCommand") if isinstance(experimental, dict) else None
    return told if isinstance(told, str) and len(told) <= 100 else ""
