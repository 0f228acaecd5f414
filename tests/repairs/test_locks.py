from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack.repairs.locks import Pin, is_lock, pins_of

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    "path",
    ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.dev.toml", "requirements.txt", "requirements-dev.txt",
     "requirements.lock"],
)  # fmt: skip
def test_lock_files_are_known_by_name_at_the_root(path: str) -> None:
    assert is_lock(path) and not is_lock(f"sub/{path}")


@pytest.mark.parametrize(
    "path", ["package-lock.json", "src.txt", "pyproject.toml", "requirements.py", "pylock.a.b.toml", "Uv.lock"]
)
def test_other_files_lock_nothing(path: str) -> None:
    assert not is_lock(path)


def test_pips_own_format() -> None:
    text = f"""\
# comment
Some_Thing[extra]==1.0.post1 ; python_version >= "3.8" \\
    --hash=sha256:{B} \\
    --hash=sha256:{A}   # via x
other == 2 --hash=sha256:{A}
bare==3
"""
    assert pins_of("requirements.txt", text.encode()) == {
        "some-thing": Pin("some-thing", "1.0.post1", (A, B), 'python_version >= "3.8"'),
        "other": Pin("other", "2", (A,)),
        "bare": Pin("bare", "3", ()),
    }


@pytest.mark.parametrize(
    "line",
    ["x", f"x>=1 --hash=sha256:{A}", f"-e . --hash=sha256:{A}", f"--index-url http://e.invalid --hash=sha256:{A}",
     f"x @ http://evil.invalid/x.whl --hash=sha256:{A}", "-r other.txt", f"./x --hash=sha256:{A}", f"x==1 --hash=md5:{A}",
     f"x==1 --global-option=y --hash=sha256:{A}", f"x=={'1' * 2000} --hash=sha256:{A}"],
)  # fmt: skip
def test_a_file_that_is_not_wholly_pinned_locks_nothing(line: str) -> None:
    assert pins_of("requirements.txt", f"good==1 --hash=sha256:{A}\n{line}\n".encode()) == {}


def test_tables_with_hashes() -> None:
    uv = f"""
[[package]]
name = "one"
version = "1"
source = {{ registry = "https://example.invalid" }}
sdist = {{ url = "https://example.invalid/one.tgz", hash = "sha256:{A}" }}
wheels = [{{ hash = "sha256:{B}" }}]
[[package]]
name = "mine"
version = "1"
source = {{ editable = "." }}
[[package]]
name = "twice"
version = "1"
wheels = [{{ hash = "sha256:{B}" }}]
[[package]]
name = "Twice"
version = "2"
wheels = [{{ hash = "sha256:{B}" }}]
"""
    assert pins_of("uv.lock", uv.encode()) == {"one": Pin("one", "1", (A, B))}
    pylock = f'[[packages]]\nname = "p"\nversion = "3"\nwheels = [{{ hashes = {{ sha256 = "{A}", md5 = "{B}" }} }}]\n'
    assert pins_of("pylock.toml", pylock.encode()) == {"p": Pin("p", "3", (A,))}
    poetry = f'[[package]]\nname = "q"\nversion = "4"\nfiles = [{{ file = "q.whl", hash = "sha256:{A}" }}]\n'
    assert pins_of("poetry.lock", poetry.encode()) == {"q": Pin("q", "4", (A,))}


@given(
    st.sampled_from(["uv.lock", "requirements.txt"]),
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)),
)
def test_any_bytes_are_read_or_lock_nothing(path: str, data: bytes) -> None:
    assert all(pin.version and (pin.hashes or path == "requirements.txt") for pin in pins_of(path, data).values())


def test_a_document_nested_without_end_locks_nothing() -> None:
    assert pins_of("uv.lock", b"x = " + b"[" * 100_000) == {}
    assert pins_of("uv.lock", b'package = [1, "x", {}]') == pins_of("uv.lock", b"package = 1") == {}
