"""lint_plan: every check of a plan in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autopack.model.findings import Finding
from autopack.plans.graph import check_graph
from autopack.plans.judge import Judge, PlanRepository
from autopack.plans.limits import check_limits
from autopack.plans.paths import check_paths
from autopack.plans.source import PlanSource
from autopack.plans.testing_rules import check_tests
from autopack.plans.trust import unseen_items
from autopack.settings import Settings, no_second_auditor

__all__ = ["PlanRepository", "lint_plan"]

CHECKS: tuple[Callable[[Judge], None], ...] = (check_graph, check_paths, check_tests, check_limits)


def lint_plan(
    source: PlanSource,
    repo: PlanRepository,
    settings: Settings,
    *,
    known_digest: Callable[[str], bool] | None = None,
    repo_id: str = "",
    interpreter: str = "",
    env: Mapping[str, str] | None = None,
) -> list[Finding]:
    """All findings about a plan, those of reading it included, in the order of the file.

    AP121 is only judged where `known_digest` says which digests the user has agreed to; whether a second auditor can be
    asked, where `env` holds the keys.
    """
    if source.plan is None:
        return list(source.findings)
    one_auditor = no_second_auditor(settings, env) if env is not None else ""
    judge = Judge(source, source.plan, repo, settings, repo.files(), one_auditor)
    for check in CHECKS:
        check(judge)
    if known_digest is not None:
        for item in unseen_items(source.plan, known_digest, repo_id=repo_id, interpreter=interpreter):
            judge.add("AP121", f"not agreed to yet: {item.line}; start with `--trust-plan` to agree", item.loc)
    findings = [settings.graded(finding) for finding in (*source.findings, *judge.findings)]
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[int, int, str]:
    start = finding.range.start if finding.range is not None else None
    return (start.line, start.column, finding.code) if start is not None else (0, 0, finding.code)
