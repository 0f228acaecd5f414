from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.languages.tokens import Group, Token, grouped, literal_objects, split, text_of, tokens

LANGUAGES = ["javascript", "typescript", "go", "rust", "java", "kotlin"]


def words(text: str, language: str) -> list[str]:
    return [t.text for t in tokens(text, language) if t.kind != "comment"]


@pytest.mark.parametrize(("language", "text", "told"), [
    ("javascript", "a(/x[/)]/g, 1 / 2)", ["a", "(", "/x[/)]/g", ",", "1", "/", "2", ")"]),
    ("javascript", "`a ${b} )` + 'it\\'s'", ["`a ${b} )`", "+", "'it\\'s'"]),
    ("rust", "fn f<'a>(c: char) { 'x'; r#\"a\"b\"# }",
     ["fn", "f", "<", "'", "a", ">", "(", "c", ":", "char", ")", "{", "'x'", ";", "r#\"a\"b\"#", "}"]),
    ("kotlin", 'fun `two words`() = """a " b"""', ["fun", "`two words`", "(", ")", "=", '"""a " b"""']),
    ("go", "x := `a\\`; y", ["x", ":=", "`a\\`", ";", "y"]),
])  # fmt: skip
def test_words_of_each_language(language: str, text: str, told: list[str]) -> None:
    assert words(text, language) == told


def test_brackets_are_groups_with_the_lines_they_span() -> None:
    (name, group) = grouped(list(tokens("f(\n  a, // )\n  [b]\n)", "go")))
    assert isinstance(name, Token) and isinstance(group, Group)
    assert (group.line, group.end) == (1, 4)
    assert [text_of(part) for part in split(group.items)] == ["a", "[ b ]"]


def test_settings_of_a_script() -> None:
    text = 'export default defineConfig({ test: { include: ["a", "b"], timeout: 2_000, all: true } });'
    assert literal_objects(text) == {"test": {"include": ["a", "b"], "timeout": "2_000", "all": True}}


@given(st.text(alphabet="ab1 '\"`/\\*(){}[];\n#r=>", max_size=200), st.sampled_from(LANGUAGES))
def test_any_text_is_read_to_its_end(text: str, language: str) -> None:
    found = list(tokens(text, language))
    assert "".join("".join(t.text for t in found).split()) == "".join(text.split())
    assert text_of(grouped(found)) is not None
