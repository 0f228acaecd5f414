"""Plans seen from the service: lint against the repository, starter plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopack.model.findings import Finding
from autopack.model.plan import RunnerName
from autopack.plans import SCHEMA_FILE, PlanSource, lint_plan, load_plan, schema_text, starter_plan
from autopack.repo import UserRepo
from autopack.service import people
from autopack.testing import detect_runner

if TYPE_CHECKING:
    from autopack.service.premises import Premises


class CheckedOut:
    """The user's repository as a plan is judged against: tracked paths at HEAD, uncommitted changes."""

    def __init__(self, user: UserRepo) -> None:
        self._user = user
        self._files: set[str] | None = None

    def files(self) -> set[str]:
        if self._files is None:
            self._files = self._user.tracked(self._user.head().commit)
        return self._files

    def dirty(self) -> set[str]:
        return {d.path for d in self._user.dirty()}

    def runner(self) -> RunnerName:
        return detect_runner(self.files(), self._read)

    def _read(self, path: str) -> str | None:
        data = self._user.file(self._user.head().commit, path)
        return data.decode("utf-8", "replace") if data is not None else None


def lint(service: Premises, plan: Path) -> list[Finding]:
    """Findings of reading and judging the plan."""
    return findings_of(service, load_plan(plan, service.user.root))


def findings_of(service: Premises, source: PlanSource, *, replayed: bool = False) -> list[Finding]:
    """A replay needs no keys, so which models it can ask is not judged."""
    env = None if replayed else service.env
    return lint_plan(source, CheckedOut(service.user), service.loaded.settings, env=env)


def starter(service: Premises, name: str, schema: str) -> str:
    return starter_plan(CheckedOut(service.user), name, schema)


def write_schema(service: Premises) -> Path:
    """The schema in the folder for people, under the name that `starter_plan` gives it."""
    path = people.folder(service.user, service.state) / Path(SCHEMA_FILE).name
    path.write_text(schema_text(), "utf-8")
    return path
