"""Which files hold tests, by the names that test runners of many languages look for."""

from __future__ import annotations

import re

from autopack.paths import folded

_FOLDERS = frozenset({"test", "tests", "testing", "spec", "specs", "__tests__", "e2e", "unittests", "androidtest"})
_NAME = re.compile(r"(?:tests?|specs?|conftest)\.[^/]+|test[_-][^/]*|[^/]*[._-](?:tests?|specs?)\.[^/.]+")
_CAMEL = re.compile(
    r"(?:[^/]*[a-z0-9])?(?:Tests?|TestCase|Spec|IT)\.(?:java|kt|kts|scala|groovy|cs|fs|php|swift|cpp|cc|m)"
)


def is_test(path: str) -> bool:
    """By a folder or the file's own name, whole words of either."""
    *folders, name = path.split("/")
    if any(folded(folder) in _FOLDERS or folded(folder).endswith((".tests", ".test")) for folder in folders):
        return True
    return _NAME.fullmatch(folded(name)) is not None or _CAMEL.fullmatch(name) is not None
