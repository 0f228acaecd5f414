"""Which language a file is written in, by its name."""

from __future__ import annotations

from autopack.paths import folded

_BY_SUFFIX = {
    "python": (".py", ".pyi"),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "typescript": (".ts", ".mts", ".cts"),
    "tsx": (".tsx",),
    "go": (".go",),
    "rust": (".rs",),
    "java": (".java",),
    "c": (".c",),
    "cpp": (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".h"),
    "csharp": (".cs",),
    "ruby": (".rb",),
    "php": (".php",),
    "bash": (".sh", ".bash"),
    "css": (".css",),
    "html": (".html", ".htm"),
    "json": (".json",),
    "toml": (".toml",),
    "yaml": (".yaml", ".yml"),
}
_SUFFIXES = {suffix: language for language, suffixes in _BY_SUFFIX.items() for suffix in suffixes}
_WITH_COMMENTS = ("tsconfig", "jsconfig", ".eslintrc", "devcontainer", ".babelrc", ".swcrc")
"""Names that begin so hold JSON with comments, which is another language."""

LANGUAGES = tuple(_BY_SUFFIX)


def language_of(path: str) -> str:
    """A name of `LANGUAGES`, or "" for a file of any other kind."""
    name = folded(path.rsplit("/", 1)[-1])
    dot = name.rfind(".")
    language = _SUFFIXES.get(name[dot:], "") if dot > 0 else ""
    if language == "json" and (name.startswith(_WITH_COMMENTS) or "/.vscode/" in f"/{folded(path)}"):
        return ""
    return language
