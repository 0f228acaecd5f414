"""The character filter and the quotes, each by itself: other rules would stop most of what is refused here too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.repairs import CommandRefused
from autopack.repairs.words import ACTIVE, MAX_CHARACTERS, words_of


@pytest.mark.parametrize("char", sorted(ACTIVE))
def test_what_a_shell_would_read_is_a_name_only_in_single_quotes(char: str) -> None:
    with pytest.raises(CommandRefused):
        words_of(f"rm a{char}b")
    assert words_of(f"rm 'a{char}b'") == ("rm", f"a{char}b")
    if char in "$`!\\":
        with pytest.raises(CommandRefused):
            words_of(f'rm "a{char}b"')
    else:
        assert words_of(f'rm "a{char}b"') == ("rm", f"a{char}b")


@pytest.mark.parametrize("code", [
    0, 7, 9, 10, 11, 12, 13, 27, 127, 0x85, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1680, 0x180B, 0x200B, 0x200E, 0x2028,
    0x202E, 0x2066, 0x3000, 0x3164, 0xFE0F, 0xFEFF, 0xFF1B, 0xFF21, 0xFF04, 0xFB01, 0x2013, 0x2018, 0xB2, 0x661, 0x1F600,
    0xD800, 0xE0041, 0xFFFF,
], ids=hex)  # fmt: skip
@pytest.mark.parametrize("form", ["{}", "'{}'", '"{}"', "a{}b"])
def test_a_character_that_cannot_be_seen_or_told_apart_is_refused_everywhere(code: int, form: str) -> None:
    with pytest.raises(CommandRefused, match="character"):
        words_of("rm " + form.format(chr(code)))
    with pytest.raises(CommandRefused, match="character"):
        words_of(["rm", form.format(chr(code))])


@pytest.mark.parametrize("name", ["naïve.py", "nai\u0308ve.py", "日本.py", "файл.py", "ελ.py", "a%b=c,d+e@f^g.py"])
def test_letters_of_any_script_are_letters(name: str) -> None:
    assert words_of(f"rm {name}") == words_of(["rm", name]) == ("rm", name)


@pytest.mark.parametrize(
    ("said", "words"),
    [("a b", ["a", "b"]), ("  a   b ", ["a", "b"]),
     ("'a b'", ["a b"]), ("a'b c'd", ["ab cd"]), ("''", [""]), ("a '' b", ["a", "", "b"]),
     ("\"it's\"", ["it's"]), ("'say \"x\"'", ['say "x"']), ("--x='a b'", ["--x=a b"])],
)  # fmt: skip
def test_blanks_and_quotes(said: str, words: list[str]) -> None:
    assert list(words_of(said)) == words


def test_length_is_bounded_in_both_forms() -> None:
    assert words_of("a" * MAX_CHARACTERS)
    for said in ("a" * (MAX_CHARACTERS + 1), ["a" * MAX_CHARACTERS, "a"], ["a"] * 129, "a " * 129):
        with pytest.raises(CommandRefused):
            words_of(said)


@given(st.lists(st.text(st.sampled_from("ab $;'*~#\\(é"), min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_words_survive_single_quotes(words: list[str]) -> None:
    fit = [word.replace("'", "") or "x" for word in words]
    assert list(words_of(" ".join(f"'{word}'" for word in fit))) == fit
