"""Checkouts: what the plan features keep of each repository from one question to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopack_server.lsp.plan.pytest_names import PytestNames
from autopack_server.lsp.plan.repository import Repository

if TYPE_CHECKING:
    from autopack.model.findings import Finding
    from autopack.plans import PlanSource
    from autopack.service import Service


class Checkout:
    """One service's repository. `look` asks git what HEAD is; between looks nothing is asked."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tests = PytestNames(service.user.root)
        self._commit = ""
        self._repository: Repository | None = None

    @property
    def root(self) -> Path:
        return self.service.user.root

    @property
    def repository(self) -> Repository:
        """As it was at the last look, the first of which is taken here."""
        return self._repository if self._repository is not None else self.look()

    def look(self) -> Repository:
        commit = self.service.user.head().commit
        if self._repository is None or commit != self._commit:
            tracked = self.service.user.tracked(commit)
            self._repository = Repository.of(self.root, tracked, self.service.loaded.settings)
            self._commit = commit
        return self._repository

    def findings(self, source: PlanSource) -> list[Finding]:
        """Every finding about a plan, judged against HEAD and the user's uncommitted changes as they are now."""
        from autopack.service.linting import findings_of

        self.look()
        return findings_of(self.service, source)


class Checkouts:
    """By the root of the repository; a folder opened anew has a service of its own, and so another checkout."""

    def __init__(self) -> None:
        self._known: dict[Path, Checkout] = {}

    def of(self, service: Service) -> Checkout:
        known = self._known.get(service.user.root)
        if known is None or known.service is not service:
            known = self._known[service.user.root] = Checkout(service)
        return known
