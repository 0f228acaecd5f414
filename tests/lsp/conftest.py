from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.lsp_client import Editor
from tests.kit.lsp_server import with_features

PROBED = with_features("tests.lsp.probes")


@pytest.fixture
def editor() -> Iterator[Editor]:
    """A server with the probes, initialized; it must end well."""
    with Editor.start(argv=PROBED) as found:
        yield found


@pytest.fixture(scope="module")
def shared() -> Iterator[Editor]:
    """The same for the tests of a module that leave it as it was."""
    with Editor.start(argv=PROBED) as found:
        yield found
