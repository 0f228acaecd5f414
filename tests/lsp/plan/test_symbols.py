from __future__ import annotations

from autopack.model.findings import Range
from autopack_server.lsp.plan.reading import Reading
from autopack_server.lsp.plan.symbols import Symbol, SymbolKind, folds, symbols
from tests.lsp.plan.texts import BLOCK, FLOW, PLANS


def shown(symbol: Symbol) -> tuple[str, str, str, list[str]]:
    return symbol.name, symbol.kind.value, symbol.detail, [child.name for child in symbol.children]


def test_run_tiers_and_phases_with_what_they_are_for() -> None:
    found = symbols(Reading(BLOCK))
    assert [shown(symbol) for symbol in found] == [
        ("run", "run", "shop", []),
        ("tiers", "section", "", ["backend", "frontend"]),
        ("workspace", "section", "", []),
        ("defaults", "section", "", []),
        ("phases", "section", "", ["index", "page", "docs"]),
    ]
    assert [(child.kind, child.detail) for child in found[4].children] == [
        (SymbolKind.PHASE, "Build an inverted index over titles."),
        (SymbolKind.PHASE, "Show the index to people"),
        (SymbolKind.PHASE, "Write it down."),
    ]
    page = found[4].children[1]
    assert (page.range.start.line, page.range.end.line, page.selection.start.line) == (59, 65, 59)


def within(inner: Range, outer: Range) -> bool:
    def key(position: object) -> tuple[int, int]:
        return position.line, position.column  # type: ignore[attr-defined]

    return key(outer.start) <= key(inner.start) and key(inner.end) <= key(outer.end)


def test_ranges_hold_what_is_inside_them() -> None:
    for text in [
        *PLANS,
        "phases:\n  - id\n  - id: b\n  id: c\n - id: d\n",
        "phases: [{id: a, {id: b}\nrun: x\n",
        "phases: [{id: a}]\nphases: [{id: b}]\n",
    ]:
        for symbol in symbols(Reading(text)):
            assert within(symbol.selection, symbol.range)
            for child in symbol.children:
                assert within(child.selection, child.range)
                assert within(child.range, symbol.range)


def test_a_half_typed_plan_has_its_outline() -> None:
    assert [
        shown(symbol)[3] for symbol in symbols(Reading("ru\nphases:\n  - id: a\n    go\n  - id: b\n    depends_on: [a"))
    ] == [["a", "b"]]
    assert [shown(symbol)[0] for symbol in symbols(Reading(FLOW))] == ["run", "phases"]
    assert symbols(Reading("just words")) == symbols(Reading("")) == symbols(Reading("- phases")) == []


def test_entries_over_several_lines_and_comments_can_be_folded() -> None:
    text = (
        "# a\n# b\nrun:\n  id: r\n\n  # one\nphases:\n  - id: a\n    goal: |+\n      t\n\n    scope: {\n      paths: []\n"
        "    } # x\n    # y\n  - id: b\n"
    )
    assert [(fold.first, fold.last, fold.comment) for fold in folds(Reading(text))] == [
        (1, 2, True), (3, 4, False), (7, 16, False), (8, 14, False), (9, 11, False), (12, 14, False),
    ]  # fmt: skip
    assert folds(Reading("run: {id: r}\n# one\n")) == []
