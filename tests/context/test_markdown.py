"""Text from anywhere, shown in Markdown without doing anything there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.context.markdown import block, cell, code, prose

TEXT = st.text(alphabet=st.sampled_from("ab `*_[]()<>|~#!\\\n:/.@h\u202e\x1b"), max_size=60)


@given(TEXT)
@settings(max_examples=100)
def test_prose_is_one_line_without_live_markup(text):
    shown = prose(text)
    assert "\n" not in shown and "\u202e" not in shown and "\x1b" not in shown
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", shown)
    assert not re.search(r"(?<!\\)[\[\]<>*|]", outside.replace("\\\\", ""))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain __init__.py and snake_case", r"plain \_\_init\_\_.py and snake_case"),
        ("use `a_b*c` here", "use `a_b*c` here"),
        ("one ` alone [x](command:y)", r"one ' alone \[x\](command:y)"),
        ("see https://evil.example/?q=1 now", "see `https://evil.example/?q=1` now"),
        ("mail me@evil.example", "mail `me@evil.example`"),
        ("<img src=x>\n# head", r"\<img src=x\> \# head"),
        ("", ""),
    ],
)
def test_prose(text, shown):
    assert prose(text) == shown


def test_code_and_blocks_cannot_be_left_by_their_content():
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a`") == "`` `a` ``"
    assert code(" ") == ""
    assert block("x\n```\ny").split("\n")[0] == "````"
    assert cell("`a|b` \\|") == "`a\\|b` \\|"


def test_prose_is_cut():
    assert len(prose("x" * 5000, 100)) == 100
