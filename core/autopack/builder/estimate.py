"""How long an answer may be: output tokens by category, complexity, deliverables and the files to be given whole.

Overhead per kind of work plus marginal cost per deliverable, times a buffer for what is uncertain; never below the
base of the complexity and never above CEILING.
"""

from __future__ import annotations

from collections.abc import Mapping

from autopack.model.attempt import Context
from autopack.model.plan import Phase

CEILING = 64_000
_WHOLE_FILE_FLOOR = 16_384
_CHARS_PER_TOKEN = 3
_LEVEL = {"low": 0, "medium": 1, "high": 2}
_BASE = (8192, 12288, 16384)
_UNKNOWN = 2000

_CODE = (2000, 3000, 5000)
_SHAPING = (2500, 3500, 5500)
_OVERHEAD: dict[str, tuple[int, int, int]] = {
    "backend": _CODE, "bug_fix": _CODE, "database": _CODE, "deployment": _CODE, "feature_scaffolding": _CODE,
    "core_backend_high": _CODE, "security_auth_change": _CODE,
    "frontend": _SHAPING, "refactoring": _SHAPING, "cross_cutting_refactor": _SHAPING, "debt_cleanup": _SHAPING,
    "external_feature_reuse": (3000, 4000, 6000), "external_feature_reuse_remote": (3000, 4000, 6000),
    "external_feature_reuse_internal": (3000, 4000, 6000), "external_code_intake": (3000, 4000, 6000),
    "tests": (1500, 2500, 4000), "docs": (1500, 2500, 3500),
}  # fmt: skip

_NEW_AND_MODIFY = {
    "doc": (500, 400), "config": (1000, 500), "test": (1400, 600), "frontend": (2800, 1100), "backend": (2000, 700),
}  # fmt: skip
_DOC = (".md", ".rst")
_CONFIG = (".yml", ".yaml", ".json", ".toml", ".txt", ".ini", ".sql")
_FRONTEND = (".tsx", ".jsx", ".vue", ".svelte")


def output_tokens(phase: Phase, context: Context, forms: Mapping[str, str], *, cut_before: bool = False) -> int:
    """The most tokens the answer may have. `cut_before`: an earlier answer was cut off at its limit."""
    level = _LEVEL[phase.complexity]
    estimate = _estimate(phase, context, level)
    budget = max(_BASE[level], int(estimate * _buffer(phase)), _whole_files(context, forms))
    if phase.builder_mode == "full_file" or phase.change_size == "large_refactor":
        budget = max(budget, _WHOLE_FILE_FLOOR)
    if cut_before:
        budget = budget * 5 // 4
    return min(CEILING, budget)


def _estimate(phase: Phase, context: Context, level: int) -> float:
    if not phase.deliverables:
        return _BASE[level]
    present = {f.path for f in context.files if not f.missing}
    marginal = sum(_NEW_AND_MODIFY[_class(path, phase)][path in present] for path in phase.deliverables)
    overhead = _OVERHEAD[phase.category][level] if phase.category in _OVERHEAD else _UNKNOWN
    return (overhead + marginal) * 1.3


def _buffer(phase: Phase) -> float:
    count = len(phase.deliverables)
    return 1.6 if count >= 8 else 1.4 if count == 0 else 1.2


def _whole_files(context: Context, forms: Mapping[str, str]) -> int:
    """Room to give back, escaped and a half longer, the largest files that are asked for whole, three at once."""
    sizes = sorted((len(f.text) for f in context.files if f.writable and forms.get(f.path) == "content"), reverse=True)
    return sum(sizes[:3]) * 3 // 2 // _CHARS_PER_TOKEN


def _class(path: str, phase: Phase) -> str:
    parts = path.lower().split("/")
    name = parts[-1]
    if "docs" in parts[:-1] or name.endswith(_DOC):
        return "doc"
    if name.endswith(_CONFIG) or "migrations" in parts[:-1]:
        return "config"
    if any(p in ("test", "tests") for p in parts[:-1]) or name.startswith("test_") or name.endswith("_test.py"):
        return "test"
    if name.endswith(_FRONTEND) or phase.category == "frontend":
        return "frontend"
    return "backend"
