"""Recorded reports, with the project they speak of laid out where they say it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autopack.testing.formats import Places, Reading

RECORDED = Path(__file__).with_name("recorded")


class Recorded:
    """One tool's project as a worktree, and its reports as if they had been written there."""

    def __init__(self, tool: str, top: Path) -> None:
        self.folder = RECORDED / tool
        self.places = Places(top)
        shutil.copytree(self.folder / "project", top, dirs_exist_ok=True)

    def report(self, name: str) -> bytes:
        return (self.folder / name).read_bytes().replace(b"@WORKTREE@", str(self.places.top).encode())

    def reports(self, pattern: str) -> list[bytes]:
        return [self.report(path.name) for path in sorted(self.folder.glob(pattern))]


@pytest.fixture
def recorded(tmp_path: Path):
    return lambda tool: Recorded(tool, tmp_path)


@pytest.fixture
def told():
    """Outcome and place by id, and the places of collection errors."""

    def tell(reading: Reading) -> tuple[dict[str, str], dict[str, str]]:
        results = {
            r.id: f"{r.outcome.value} {r.failure.path}:{r.failure.line}" if r.failure else r.outcome.value
            for r in reading.results
        }
        return results, {e.id: f"{e.failure.path}:{e.failure.line}" for e in reading.collection_errors}

    return tell
