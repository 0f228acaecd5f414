from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopack_server.lsp.findings.uris import RunDocument, file_path, file_uri, run_document, uri_key

names = st.text(min_size=1, max_size=8).filter(
    lambda name: "/" not in name and "\0" not in name and name not in (".", "..")
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
folders = st.one_of(st.just(""), paths.map(lambda path: "file:///" + quote(path, errors="surrogatepass")))


def escaped_like_vs_code(uri: str) -> str:
    """Every reserved character of path and query escaped, slashes apart, after one reading."""
    way, _, query = uri.partition("?")
    scheme, _, way = way.partition(":")
    again = f"{scheme}:{quote(unquote(way, errors='surrogatepass'), errors='surrogatepass')}"
    return f"{again}?{quote(unquote(query))}" if query else again


@given(paths, st.sampled_from(["base", "candidate"]), st.integers(0, 999), folders)
def test_a_document_is_read_back_from_its_uri_in_any_spelling(path: str, side: str, attempt: int, folder: str) -> None:
    document = RunDocument("add-search-2", "index", attempt, side, path, folder)  # type: ignore[arg-type]
    assert document.uri.startswith(f"autopack:/add-search-2/index/{attempt}/{side}/")
    assert document.uri.isascii()
    assert run_document(document.uri) == document
    assert run_document(escaped_like_vs_code(document.uri)) == document


def test_the_form_of_a_uri() -> None:
    document = RunDocument("r", "p", 1, "candidate", "src/a b%.py", "file:///home/a%20b")
    assert document.uri == "autopack:/r/p/1/candidate/src/a%20b%25.py?folder=file%3A%2F%2F%2Fhome%2Fa%2520b"


@pytest.mark.parametrize(
    "uri",
    [
        "", "file:///r/p/1/base/a", "autopack://host/r/p/1/base/a", "autopack:r/p/1/base/a", "autopack:/r/p/1/base",
        "autopack:/r/p/1/base/", "autopack:/r/p/1/middle/a", "autopack:/r/p/x/base/a", "autopack:/r/p/-1/base/a",
        "autopack:/R/p/1/base/a", "autopack:/r/../1/base/a", "autopack:/r/p/1/base/../a", "autopack:/r/p/1/base/a/%2e%2e/b",
        "autopack:/r/p/1/base/%2Fetc", "autopack:/r/p/1/base/a%00", "autopack:/r/p/1/base/a?other=1",
        "autopack:/r/p/1/base/a#x", "autopack:/r/p/1/base/a%ff", "autopack:/r/p/1/base//a", "autopack://[/a",
        "autopack:/r/p/1/base/./a", "autopack:/r/p/1234567/base/a", f"autopack:/{'r' * 99}/p/1/base/a",
    ],
)  # fmt: skip
def test_what_is_no_document_of_a_run_is_none(uri: str) -> None:
    assert run_document(uri) is None


@pytest.mark.parametrize("path", ["/home/u/a b.py", "/a;b/c#d?e%20.py", "/é/𝄞.py", "/x/@:=.py"])
def test_a_file_is_read_back_from_its_uri(path: str) -> None:
    assert file_path(file_uri(Path(path))) == Path(path)
    assert file_path("file://" + quote(path, safe="")) is None or path.startswith("//")
    assert file_path("file://" + quote(path, safe="/;@")) == Path(path)


@pytest.mark.parametrize(
    "uri", ["file://host/a", "http:///a", "file:a", "file:///a%00b", "untitled:a", "", "file://[/"]
)
def test_what_is_no_local_file_is_none(uri: str) -> None:
    assert file_path(uri) is None


def test_spellings_of_one_uri_have_one_key() -> None:
    assert uri_key("file:///a%20b%40") == uri_key("file:///a%20b@")
    assert uri_key("file:///a%2520b") != uri_key("file:///a%20b")
