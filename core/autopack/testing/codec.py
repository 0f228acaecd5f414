"""TestReport as text for the journal and the baseline cache."""

from __future__ import annotations

import json

from autopack.model import codec
from autopack.model.test_report import TestReport


def report_to_json(report: TestReport) -> str:
    """One line of JSON."""
    return json.dumps(codec.dump(report), separators=(",", ":"))


def report_from_json(text: str) -> TestReport:
    """The inverse. Raises ValueError when `text` is not a stored report."""
    return codec.load(TestReport, json.loads(text))
