"""What a pattern for an error's text asks for."""

from __future__ import annotations

import ast

import pytest

from autopack.tampering.error_texts import said_by


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("r'no name'", "'no name'"),
        ("r'^no name$'", "'no name'"),
        (r"r'\Ano \(name\)\Z'", "'no (name)'"),
        ("re.escape('a.b')", "'a.b'"),
        ("r'^a|b$'", "'^a|b$'"),
        (r"r'^\d+ names$'", r"'^\\d+ names$'"),
        ("r'^no .* name'", "'^no .* name'"),
        (r"r'costs 3\$'", "'costs 3$'"),
        ("text", "text"),
    ],
)
def test_a_pattern_without_signs_is_its_text_and_any_other_stays_as_it_is(pattern: str, text: str) -> None:
    assert ast.unparse(said_by(ast.parse(pattern, mode="eval").body)) == text
