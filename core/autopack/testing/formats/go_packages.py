"""Go packages of a worktree: the folder behind an import path, and the file that holds a test."""

from __future__ import annotations

import re

from autopack.testing.formats.places import Places

_MODULE = re.compile(r"^\s*module\s+\"?([^\s\"]{1,500})\"?", re.MULTILINE)
_TEST = re.compile(r"^func ((?:Test|Benchmark|Fuzz|Example)\w*)\(", re.MULTILINE)
_MOST_BYTES = 4 * 1024 * 1024


class GoPackages:
    """Folders are relative to the worktree, "." for its top."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._modules: list[tuple[str, str]] | None = None
        self._tests: dict[str, dict[str, str]] = {}

    def folder(self, import_path: str) -> str:
        """The folder of a package, by the go.mod around it; "" for a package of no module of the worktree."""
        for module, base in self._known_modules():
            if import_path == module or import_path.startswith(f"{module}/"):
                inner = import_path[len(module) :].strip("/")
                folder = "/".join(filter(None, (base, inner)))
                if ".." not in folder.split("/") and (self._places.top / folder).is_dir():
                    return folder or "."
        return ""

    def test_file(self, folder: str, test: str) -> str:
        """The file of a folder that defines the test function, subtests and cases left out of its name; "" for none."""
        if folder not in self._tests:
            self._tests[folder] = {}
            for path in sorted((self._places.top / folder).glob("*_test.go")):
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as stream:
                        text = stream.read(_MOST_BYTES).decode("utf-8", "replace")
                    name = path.name if folder == "." else f"{folder}/{path.name}"
                    self._tests[folder].update(dict.fromkeys(_TEST.findall(text), name))
        return self._tests[folder].get(test.partition("/")[0], "")

    def _known_modules(self) -> list[tuple[str, str]]:
        """(module path, folder) of each go.mod, the longest path first."""
        if self._modules is None:
            found: list[tuple[str, str]] = []
            for path in self._places.all_named("go.mod")[:200]:
                with (self._places.top / path).open("rb") as stream:
                    match = _MODULE.search(stream.read(_MOST_BYTES).decode("utf-8", "replace"))
                if match is not None:
                    found.append((match[1], path.rpartition("/")[0]))
            self._modules = sorted(found, key=lambda entry: -len(entry[0]))
        return self._modules
