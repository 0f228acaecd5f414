"""How many output tokens one attempt of a phase needs, from its category, complexity and deliverables."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from autopack.model.plan import Phase

CEILING = 64_000

_BASE = {"low": 8192, "medium": 12288, "high": 16384}
_LEVEL = {"low": 0, "medium": 1, "high": 2}
_CODE = (2000, 3000, 5000)
_RESHAPE = (2500, 3500, 5500)
_JOIN = (3000, 4000, 6000)
_OVERHEAD: dict[str, tuple[int, int, int]] = {
    "backend": _CODE, "bug_fix": _CODE, "feature_scaffolding": _CODE, "core_backend_high": _CODE,
    "database": _CODE, "deployment": _CODE, "schema_contract_change": _CODE,
    "schema_contract_change_destructive": _CODE, "schema_contract_change_additive": _CODE,
    "refactoring": _RESHAPE, "frontend": _RESHAPE, "debt_cleanup": _RESHAPE, "cross_cutting_refactor": _RESHAPE,
    "external_feature_reuse": _JOIN, "external_feature_reuse_remote": _JOIN,
    "external_feature_reuse_internal": _JOIN, "external_code_intake": _JOIN,
    "tests": (1500, 2500, 4000), "docs": (1500, 2500, 3500),
}  # fmt: skip
_UNKNOWN_OVERHEAD = 2000
_MARGINAL = {
    "doc": (500, 400),
    "config": (1000, 500),
    "test": (1400, 600),
    "frontend": (2800, 1100),
    "backend": (2000, 700),
}
_FACTOR = 1.3

_DOC = re.compile(r"(^|/)docs?/|\.(md|rst)$")
_CONFIG = re.compile(r"\.(ya?ml|json|toml|txt|ini|cfg)$|(^|/)(migrations|alembic)/")
_TEST = re.compile(r"(^|/)(tests?|__tests__|spec)/|(^|/)test_[^/]*$|[^/]*[._](test|spec)\.[^/.]+$")
_FRONTEND = re.compile(r"\.(tsx|jsx|vue|svelte)$")


@dataclass(frozen=True, slots=True)
class Estimate:
    """`tokens` of output expected, `budget` the room one answer should be given, `confidence` 0..1."""

    tokens: int
    budget: int
    confidence: float


def estimate(phase: Phase, files: Collection[str] = ()) -> Estimate:
    """The estimate for one attempt; a deliverable among `files` is taken as a change, any other as new."""
    base = _BASE[phase.complexity]
    if not phase.deliverables:
        return Estimate(base, _budget(phase, base, base, 0.5), 0.5)
    overhead = _OVERHEAD.get(phase.category)
    total = overhead[_LEVEL[phase.complexity]] if overhead else _UNKNOWN_OVERHEAD
    total += sum(_marginal(phase, path, path in files) for path in phase.deliverables)
    named = sum("." in path.rpartition("/")[2] for path in phase.deliverables) / len(phase.deliverables)
    confidence = round(0.7 + 0.3 * named, 2)
    tokens = int(total * _FACTOR)
    return Estimate(tokens, _budget(phase, base, tokens, confidence), confidence)


def _marginal(phase: Phase, path: str, exists: bool) -> int:
    return _MARGINAL[_kind(phase, path)][1 if exists else 0]


def _kind(phase: Phase, path: str) -> str:
    if _DOC.search(path):
        return "doc"
    if _CONFIG.search(path):
        return "config"
    if _TEST.search(path):
        return "test"
    return "frontend" if phase.category == "frontend" or _FRONTEND.search(path) else "backend"


def _budget(phase: Phase, base: int, tokens: int, confidence: float) -> int:
    buffer = 1.6 if len(phase.deliverables) >= 8 else 1.4 if confidence < 0.7 else 1.2
    wide = phase.builder_mode == "full_file" or phase.change_size == "large_refactor"
    needed = int(tokens * buffer) if phase.deliverables else tokens
    return min(CEILING, max(base, needed, _BASE["high"] if wide else 0))
