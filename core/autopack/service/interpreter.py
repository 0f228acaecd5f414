"""Which Python runs the target's tests for this repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopack.testing import find_python

if TYPE_CHECKING:
    from autopack.service.premises import Premises


def target_python(service: Premises) -> Path:
    """AUTOPACK_TARGET_PYTHON, the user's setting, the repository's own environment, else python3."""
    user = service.user
    return find_python(
        user.root, service.env, service.loaded.settings.target_python, tuple(user.tracked(user.head().commit))
    )
