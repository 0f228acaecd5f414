"""Governance of a change before it is applied: paths, kinds, scope, size, secrets (security model §4.1)."""

from autopack.paths import PathRefused, canonical
from autopack.policy.govern import Judgement, RawEntry, Thresholds, govern
from autopack.policy.rules import PathRules, is_ours, own_folders

__all__ = [
    "Judgement",
    "PathRefused",
    "PathRules",
    "RawEntry",
    "Thresholds",
    "canonical",
    "govern",
    "is_ours",
    "own_folders",
]
