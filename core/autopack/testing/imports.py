"""Which files of a tree import which, by their import statements alone: Python, JavaScript and TypeScript.

Nothing is executed, so imports made at run time are not seen, and a name that several files could have stands for each of
them: good enough to say what to look at first, never what need not be looked at.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

MOST_FILES = 5000
"""With more files than this nothing is read."""
_MOST_BYTES = 256 * 1024
_MOST_MEANT = 4
_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue")
_PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<source>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]{0,4000}\)|(?:[^\n\\;#]|\\\r?\n){1,2000})"
    r"|import[ \t]+(?P<modules>[\w., \t]{1,2000}))",
    re.MULTILINE,
)
_SCRIPT = re.compile(r"""(?:\bfrom|\bimport|\brequire|\bmock)[ \t]*\(?[ \t]*["'](\.{1,2}(?:/[^"'\n]{0,300})?)["']""")
_NAME = re.compile(r"(\w+)(?:[ \t]+as[ \t]+\w+)?[ \t\r\\]*(?:#[^\n]*)?(?:[,\n]|$)")


def importers(paths: Collection[str], read: Callable[[str], bytes | None], changed: Collection[str]) -> dict[str, int]:
    """Files that import one of `changed`, in how many steps: 1 = by itself. A conftest.py counts as imported by what lies
    beside or below it. {} for more than MOST_FILES files in these languages."""
    code = _code(paths)
    if len(code) > MOST_FILES:
        return {}
    used = _reading(paths, code, read)
    users: dict[str, set[str]] = defaultdict(set)
    for path in code:
        for target in used(path):
            users[target].add(path)
    return _steps(changed, lambda path: users[path])


def imported(paths: Collection[str], read: Callable[[str], bytes | None], start: Collection[str]) -> dict[str, int]:
    """Files that those of `start` import, in how many steps: the other way round, and no more is read than is reached."""
    return _steps(start, _reading(paths, _code(paths), read))


def _code(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path.endswith((".py", *_SCRIPTS)) and "node_modules/" not in path]


def _reading(
    paths: Collection[str], code: Iterable[str], read: Callable[[str], bytes | None]
) -> Callable[[str], set[str]]:
    """Tells what a file imports."""
    known = frozenset(paths)
    names = _module_names(path for path in code if path.endswith(".py"))

    def used(path: str) -> set[str]:
        data = read(path)
        text = data[:_MOST_BYTES].decode("utf-8", "replace") if data is not None else ""
        found = _python(path, text, names) if path.endswith(".py") else _script(path, text, known)
        return found.union(_conftests(path, known))

    return used


def _steps(start: Collection[str], following: Callable[[str], Iterable[str]]) -> dict[str, int]:
    """What can be reached from `start`, which is left out, and in how many steps at least."""
    found = dict.fromkeys(start, 0)
    level = list(found)
    while level:
        nearest = sorted({each for path in level for each in following(path)} - found.keys())
        found.update(dict.fromkeys(nearest, found[level[0]] + 1))
        level = nearest
    return {path: steps for path, steps in found.items() if steps}


def _module_names(paths: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Dotted name to files: a module is called from the folder above its outermost package, or from any above that."""
    files = frozenset(paths)
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(files):
        *folders, name = path.removesuffix(".py").split("/")
        top = len(folders)
        while top and "/".join([*folders[:top], "__init__.py"]) in files:
            top -= 1
        parts = folders if name == "__init__" else [*folders, name]
        for start in range(top, -1, -1):
            if parts[start:]:
                found[".".join(parts[start:])].append(path)
    return {name: tuple(meant) for name, meant in found.items()}


def _python(path: str, text: str, names: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    for match in _PYTHON.finditer(text):
        if match["modules"] is not None:
            wanted = [part.split() for part in match["modules"].split(",")]
            modules = [words[0] for words in wanted if words]
        else:
            source = _absolute(path, match["source"])
            inner = [name[1] for name in _NAME.finditer(match["names"].strip("()"))]
            modules = [source, *(f"{source}.{name}" for name in inner)]
        for module in modules:
            found.update(_meant(path, module, names))
    return found - {path}


def _absolute(path: str, source: str) -> str:
    """The module that `from` names; a relative one by its folders from the top of the tree."""
    dots = len(source) - len(source.lstrip("."))
    if not dots:
        return source
    folders = path.split("/")[:-dots]
    return ".".join([*folders, *filter(None, [source[dots:]])])


def _meant(path: str, module: str, names: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The files of the module and of the packages round it, as importing it loads them all."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        meant = names.get(".".join(parts[:end]), ())
        if len(meant) > _MOST_MEANT:
            folder = posixpath.dirname(path)
            meant = tuple(each for each in meant if posixpath.dirname(each) == folder)
        yield from meant


def _script(path: str, text: str, known: Collection[str]) -> set[str]:
    found: set[str] = set()
    for match in _SCRIPT.finditer(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
        stem, ending = posixpath.splitext(target)
        guesses = [target, *(target + each for each in _SCRIPTS), *(f"{target}/index{each}" for each in _SCRIPTS)]
        guesses += [stem + each for each in _SCRIPTS] if ending in _SCRIPTS else []
        hit = next((guess for guess in guesses if guess in known), "")
        if hit:
            found.add(hit)
    return found - {path}


def _conftests(path: str, known: Collection[str]) -> Iterator[str]:
    if not path.endswith(".py"):
        return
    folders = path.split("/")[:-1]
    for depth in range(len(folders), -1, -1):
        conftest = "/".join([*folders[:depth], "conftest.py"])
        if conftest in known and conftest != path:
            yield conftest
