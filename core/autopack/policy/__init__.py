"""Governance of a change before it is applied: paths, kinds, scope, size, secrets (security model §4.1)."""

from autopack.paths import PathRefused, canonical
from autopack.policy.asked import AskedFor, AskedPath, automatic_lines, judge_requests, told_own
from autopack.policy.govern import Judgement, RawEntry, Thresholds, govern
from autopack.policy.lines import changed_lines
from autopack.policy.preservation import judge_preservation
from autopack.policy.profiles import TestProfile, profile_of
from autopack.policy.risk import RiskThresholds, assess_risk
from autopack.policy.rules import PathRules, is_ours, own_folders
from autopack.policy.size import judge_size
from autopack.policy.syntax import judge_syntax
from autopack.policy.tested import is_test

__all__ = [
    "AskedFor",
    "AskedPath",
    "Judgement",
    "PathRefused",
    "PathRules",
    "RawEntry",
    "RiskThresholds",
    "TestProfile",
    "Thresholds",
    "assess_risk",
    "automatic_lines",
    "canonical",
    "changed_lines",
    "govern",
    "is_ours",
    "is_test",
    "judge_preservation",
    "judge_requests",
    "judge_size",
    "judge_syntax",
    "own_folders",
    "profile_of",
    "told_own",
]
