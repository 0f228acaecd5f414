"""The one canonicaliser of paths inside a repository.

Everything that judges a path written by a model, a plan or a patch asks here, so that no two rooms can disagree on
what `.GIT./config` or `src\\..\\x` means. Refusing is by form (a name that some file system would resolve elsewhere);
what a well-formed path may touch is policy.
"""

from __future__ import annotations

import re
import unicodedata

from autopack.errors import AutopackError

MAX_PATH_BYTES = 4096
MAX_COMPONENT_BYTES = 255

_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_DROP_IGNORABLE = {code: None for first, last in _IGNORABLE for code in range(first, last + 1)}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "clock$", "conin$", "conout$"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(10)}
)
_SHORT_NAME = re.compile(r"([^~.]{1,8})~([0-9]{1,6})(?:\.[^.]{0,3})?")
_HASHED_SHORT_NAME = re.compile(r"gi[0-9a-f]{4}~[0-9]{1,6}")

STATE_NAMES = (".autonomous_runs", "autopack.db", "autopack.db-wal", "autopack.db-shm", "autopack.db-journal")
_SHORT_FORMS_OF = (
    ".git", ".gitmodules", ".gitattributes", ".gitignore", ".github", ".vscode", ".idea", ".envrc", ".husky",
    ".devcontainer", ".cursor", ".claude", "conftest.py", "sitecustomize.py", *STATE_NAMES,
)  # fmt: skip


NEVER = "AP301"
"""The code of a path into git's own folder, in any spelling."""


class PathRefused(AutopackError):
    """The path cannot name a file of the repository. `never`: it reaches outside or into git's or our own state."""

    default_code = "AP302"

    def __init__(self, path: str, why: str, *, code: str = "", never: bool = True) -> None:
        self.path = path
        self.why = why
        self.never = never
        super().__init__(
            f"path {printable(path)} {why}",
            hint='Name files relative to the repository with "/" between folders, for example src/package/module.py.',
            code=code,
        )


def printable(path: str) -> str:
    """The path in quotes, with every character a reader could not see written as an escape; at most 120 characters."""
    shown = path if len(path) <= 120 else path[:117] + "..."
    return ascii(shown) if any(c in _BIDI or not (c.isprintable() or c == " ") for c in shown) else f"'{shown}'"


def folded(name: str) -> str:
    """The form in which protected names are compared: NFKC, without default-ignorable code points, case-folded."""
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKC", name.translate(_DROP_IGNORABLE)).translate(_DROP_IGNORABLE)
    return unicodedata.normalize("NFKC", plain.casefold())


def collision_key(path: str) -> str:
    """Two paths with one key are the same file on some file system (NFC, case-folded, ignorables dropped)."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path.translate(_DROP_IGNORABLE)).casefold())


def canonical(path: str) -> str:
    """The path itself when its form is safe on every platform; else PathRefused."""
    if not path:
        raise PathRefused(path, "is empty", never=False)
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise PathRefused(path, "holds half a surrogate pair", never=False) from None
    if size > MAX_PATH_BYTES:
        raise PathRefused(path, f"is longer than {MAX_PATH_BYTES} bytes", never=False)
    if any(c in _BIDI or unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in path):
        raise PathRefused(path, "holds control characters")
    if "\\" in path:
        raise PathRefused(path, 'holds a backslash; separate folders with "/"')
    if path.startswith(("/", "~")):
        raise PathRefused(path, "is not relative to the repository")
    if ":" in path:
        raise PathRefused(path, "holds a colon (a drive, or a stream of another file)")
    for component in path.split("/"):
        _check_component(path, component)
    return path


def _check_component(path: str, component: str) -> None:
    if component == "":
        raise PathRefused(path, 'has an empty part; a file is named without "//" and without a "/" at the end')
    if component in (".", ".."):
        raise PathRefused(path, f'holds "{component}"; write the path out')
    if len(component.encode()) > MAX_COMPONENT_BYTES:
        raise PathRefused(path, f"has a part longer than {MAX_COMPONENT_BYTES} bytes", never=False)
    fold = folded(component)
    if fold.rstrip(". ") == ".git" or fold in (".", "..", ""):
        raise PathRefused(path, "reaches into git's own folder", code=NEVER)
    if component[-1] in ". ":
        raise PathRefused(path, "has a part that ends in a dot or a space")
    if fold[-1] in ". " or "/" in fold or "\\" in fold or ":" in fold:
        raise PathRefused(path, "has a part that other systems read as another name")
    if fold.split(".")[0].rstrip(" ") in _DEVICES:
        raise PathRefused(path, "has a part that is a device name on Windows", never=False)
    if _short_form(fold):
        raise PathRefused(path, "has a part that is the short (8.3) form of a protected name", code=NEVER)


def _short_form(fold: str) -> bool:
    found = _SHORT_NAME.fullmatch(fold)
    if found is None:
        return False
    if _HASHED_SHORT_NAME.match(fold):
        return True
    stem, digits = found.groups()
    for name in _SHORT_FORMS_OF:
        compact = name.lstrip(".").split(".")[0].replace(" ", "")
        room = 7 - len(digits)
        if stem == compact[:room]:
            return True
    return False


def within(path: str, entry: str) -> bool:
    """Whether a scope entry holds the path, spelled exactly: a file, a folder with a trailing "/", or the whole
    repository (`.`, `./` or `**`)."""
    if entry in (".", "./", "**", "**/"):
        return True
    entry = entry.removeprefix("./")
    if entry.endswith("/"):
        return path.startswith(entry)
    return path == entry
