"""Consent to what a run executes: what is new is listed and asked for (AP121), and remembered for the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autopack.errors import PlanRejected
from autopack.model.findings import Finding, Range, Tree
from autopack.model.plan import Plan
from autopack.model.rules import finding
from autopack.plans import PlanSource, TrustItem, interpreter_item, unseen_items
from autopack.service.interpreter import target_python
from autopack.settings import remember_trust, trusted

if TYPE_CHECKING:
    from autopack.service.premises import Premises

Trust = bool | Callable[[list[str]], bool]
"""Agreed to everything, to nothing, or a function that is shown what is new."""


def require_trust(service: Premises, source: PlanSource, plan: Plan, trust: Trust) -> None:
    """Starting is consent to what the plan executes. Raises PlanRejected (AP121)."""
    inside = _own_python(service)
    items = unseen_items(plan, _known(service), repo_id=service.user.repo_id, interpreter=inside)
    if items and not _agreed(items, trust):
        found = [_told(item, source.name, range=source.place(item.loc)) for item in items]
        raise _refused("plan", items, found, "Read it, then start with --trust-plan.")
    for item in items:
        remember_trust(service.env, item.digest)


def require_trust_again(service: Premises, run: str, trust: Trust) -> None:
    """Going on with a run is no consent to an interpreter that came into the repository since it started; the plan was
    agreed to then. Raises PlanRejected (AP121)."""
    inside = _own_python(service)
    if not inside:
        return
    item = interpreter_item(service.user.repo_id, inside)
    if _known(service)(item.digest):
        return
    if not _agreed([item], trust):
        found = [_told(item, service.store.run(run).plan_path)]
        raise _refused("run", [item], found, f"Look at it, then: autopack resume {run} --trust-plan")
    remember_trust(service.env, item.digest)


def _own_python(service: Premises) -> str:
    """The interpreter of the tests where it lies in the repository, else ""."""
    python = target_python(service)
    return str(python) if python.is_relative_to(service.user.root) else ""


def _known(service: Premises) -> Callable[[str], bool]:
    return lambda digest: trusted(service.env, digest)


def _agreed(items: Sequence[TrustItem], trust: Trust) -> bool:
    return trust([item.line for item in items]) if callable(trust) else trust


def _told(item: TrustItem, path: str, range: Range | None = None) -> Finding:
    return finding("AP121", f"not agreed to yet: {item.line}", path=path, tree=Tree.PLAN, range=range)


def _refused(what: str, items: Sequence[TrustItem], found: Sequence[Finding], hint: str) -> PlanRejected:
    lines = "\n".join(f"  {item.line}" for item in items)
    return PlanRejected(f"the {what} would execute what you have not agreed to:\n{lines}", found, hint=hint)
