"""Open plans, and the ground they are judged on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autopack.service import Service


@dataclass(frozen=True, slots=True)
class Open:
    """A plan as it is open: `text` of version `version` under the client's `uri`."""

    uri: str
    path: Path
    text: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Ground:
    """The service of the repository a plan lies in, or why there is none, with its rule code if it has one."""

    service: Service | None
    why: str = ""
    code: str = ""


NO_FOLDER = Ground(
    None, "The plan lies in no folder of the workspace, so only its form is checked. Open its repository's folder."
)
