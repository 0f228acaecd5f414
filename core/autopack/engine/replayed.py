"""What a run that is answered from a cassette can be asked at all."""

from __future__ import annotations

from pathlib import Path

from autopack.engine.work import Work
from autopack.llm import Cassette


def answers_role(work: Work, role: str) -> bool:
    """Whether a call in this role can be answered: by a model always, by a cassette where it has a line for the role."""
    if not work.config.cassette:
        return True
    cassette = Cassette.load(Path(work.config.cassette), work.config.cassette_sha256)
    return any(line.match.get("role", role) == role for line in cassette.lines)
