"""Readers of what test runners of many ecosystems write for machines: each makes a Reading or refuses the report."""

from __future__ import annotations

from autopack.testing.formats.go_events import read_go_events
from autopack.testing.formats.jest_json import read_jest_json
from autopack.testing.formats.junit import read_junit
from autopack.testing.formats.node_events import read_node_events
from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import Reading, ReportRefused

__all__ = [
    "Places",
    "Reading",
    "ReportRefused",
    "read_go_events",
    "read_jest_json",
    "read_junit",
    "read_node_events",
]
