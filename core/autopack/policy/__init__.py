"""Governance of a change before it is applied: paths, kinds, scope, size, secrets (security model §4.1)."""

from autopack.paths import PathRefused, canonical
from autopack.policy.govern import Judgement, RawEntry, Thresholds, govern
from autopack.policy.preservation import judge_preservation
from autopack.policy.risk import RiskThresholds, assess_risk
from autopack.policy.rules import PathRules, is_ours, own_folders
from autopack.policy.size import judge_size
from autopack.policy.syntax import judge_syntax

__all__ = [
    "Judgement",
    "PathRefused",
    "PathRules",
    "RawEntry",
    "RiskThresholds",
    "Thresholds",
    "assess_risk",
    "canonical",
    "govern",
    "is_ours",
    "judge_preservation",
    "judge_size",
    "judge_syntax",
    "own_folders",
]
