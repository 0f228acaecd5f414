from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.paths import PathRefused, canonical, collision_key, folded, printable, within


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(["a", ".", "..", "/", "\\", ".git", "~", ":", " ", "\u200d", "GIT~1"]), max_size=8
        ).map("".join),
    )
)
def test_canonical_is_total_and_what_passes_stays_inside(path):
    try:
        kept = canonical(path)
    except PathRefused as refused:
        assert refused.message
        assert refused.code in ("AP301", "AP302")
        return
    assert kept == path
    parts = path.split("/")
    assert not path.startswith(("/", "~"))
    assert "\\" not in path
    assert all(part not in ("", ".", "..") and folded(part) != ".git" for part in parts)


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_keys_are_stable(text):
    assert folded(folded(text)) == folded(text)
    assert collision_key(collision_key(text)) == collision_key(text)


def test_hidden_characters_are_made_visible():
    assert printable("a\u202eb") == "'a\\u202eb'"
    assert printable("na\u00efve.py") == "'na\u00efve.py'"
    assert len(printable("x" * 5000)) < 130


def test_scope_entries_match_whole_components():
    assert within("src/a.py", "src/")
    assert within("src/a.py", "./src/")
    assert within("a", "**")
    assert not within("src/a.pyc", "src/a.py")
    assert not within("srcs/a.py", "src/")
    assert not within("src", "src/")


def test_long_hostile_names_are_judged_at_once():
    begin = time.perf_counter()
    for path in ("a~" * 2000, "~1" * 2000, "\u200b" * 1300, "git~" * 1000, "a" * 4_000_000):
        try:
            canonical(path)
        except PathRefused:
            pass
    assert time.perf_counter() - begin < 1.0
