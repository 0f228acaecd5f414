"""Tampering with tests, told from the two versions of what decides: tests, their helpers, data and configuration.

suspicions = judge_tampering(Facts(changes, base, candidate, ...))
findings = tampering_findings(suspicions)
"""

from autopack.tampering.facts import OF_SETTINGS, SILENCED, Allowed, Facts, Kind, Suspicion
from autopack.tampering.findings import tampering_findings, told_of
from autopack.tampering.judging import judge_tampering
from autopack.tampering.stated import abandoned_tests, stated_tests

__all__ = [
    "OF_SETTINGS",
    "SILENCED",
    "Allowed",
    "Facts",
    "Kind",
    "Suspicion",
    "abandoned_tests",
    "judge_tampering",
    "stated_tests",
    "tampering_findings",
    "told_of",
]
