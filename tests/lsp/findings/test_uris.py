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
    assert f"?add-search-2/index/{attempt}/{side}" in document.uri
    assert document.uri.isascii()
    assert run_document(document.uri) == document
    assert run_document(escaped_like_vs_code(document.uri)) == document


def test_the_form_of_a_uri() -> None:
    document = RunDocument("r", "p", 1, "candidate", "src/a b%.py", "file:///home/a%20b")
    assert document.uri == "autopack:/src/a%20b%25.py?r/p/1/candidate/file%3A%2F%2F%2Fhome%2Fa%2520b"


@pytest.mark.parametrize(
    "uri",
    [
        "", "file:///a?r/p/1/base", "autopack://host/a?r/p/1/base", "autopack:a?r/p/1/base", "autopack:/?r/p/1/base",
        "autopack:/a", "autopack:/a?", "autopack:/a?r/p/1", "autopack:/a?r/p/1/middle", "autopack:/a?r/p/x/base",
        "autopack:/a?r/p/-1/base", "autopack:/a?R/p/1/base", "autopack:/a?r/../1/base", "autopack:/../a?r/p/1/base",
        "autopack:/a/%2e%2e/b?r/p/1/base", "autopack:/%2Fetc?r/p/1/base", "autopack:/a%00?r/p/1/base",
        "autopack:/a?r/p/1/base#x", "autopack:/a%ff?r/p/1/base", "autopack://a?r/p/1/base", "autopack://[/a?r/p/1/base",
        "autopack:/./a?r/p/1/base", "autopack:/a?r/p/1234567/base", f"autopack:/a?{'r' * 99}/p/1/base",
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
