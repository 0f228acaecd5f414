"""The real server with modules of a test in place of its own features: `python tests/kit/lsp_server.py MODULE...`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]


def with_features(*modules: str) -> tuple[str, ...]:
    """What `Editor` is to start for it."""
    return (sys.executable, str(Path(__file__)), *modules)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    from autopack_server.lsp.main import serve

    serve(features=sys.argv[1:])
