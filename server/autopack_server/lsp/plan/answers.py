"""Answers: each question about an open plan, answered on a reading thread from what is kept between questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from autopack.errors import AutopackError
from autopack.model.findings import Finding, Severity, Tree
from autopack.model.rules import finding
from autopack.plans import load_plan
from autopack_server.lsp.plan import links
from autopack_server.lsp.plan.checkout import Checkout, Checkouts
from autopack_server.lsp.plan.completion import complete
from autopack_server.lsp.plan.convert import Converter, Units
from autopack_server.lsp.plan.fixes import plan_fixes
from autopack_server.lsp.plan.ground import Ground, Open
from autopack_server.lsp.plan.hover import hover
from autopack_server.lsp.plan.lenses import PhaseState, lenses
from autopack_server.lsp.plan.reading import Reading, Readings
from autopack_server.lsp.plan.symbols import folds, symbols
from autopack_server.lsp.plan.values import Facts

if TYPE_CHECKING:
    from autopack_server.lsp.plan.abilities import Abilities
    from autopack_server.lsp.plan.language import Href


class Answers:
    """For one client. Any of its methods may run beside any other."""

    def __init__(self, units: Units, abilities: Abilities, href: Href) -> None:
        self._units = units
        self._abilities = abilities
        self._href = href
        self._readings = Readings()
        self._checkouts = Checkouts()

    def completion(self, plan: Open, at: types.Position, ground: Ground) -> types.CompletionList | None:
        reading, converter, checkout = self._begin(plan, ground)
        position = converter.position(at)
        facts = Facts(
            reading,
            checkout.repository if checkout is not None else None,
            checkout.tests if checkout is not None else None,
        )
        found = complete(position, facts)
        return converter.completion(found, reading.offset(position)) if found is not None else None

    def hover(self, plan: Open, at: types.Position, ground: Ground) -> types.Hover | None:
        reading, converter, checkout = self._begin(plan, ground)
        found = hover(converter.position(at), reading, checkout.repository if checkout is not None else None)
        return converter.hover(found) if found is not None else None

    def symbols(self, plan: Open) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
        reading, converter, _ = self._begin(plan)
        return converter.symbols(symbols(reading), plan.uri)

    def folds(self, plan: Open) -> list[types.FoldingRange]:
        reading, converter, _ = self._begin(plan)
        return converter.folds(folds(reading))

    def lenses(self, plan: Open, phase_state: PhaseState) -> list[types.CodeLens]:
        reading, converter, _ = self._begin(plan)
        return converter.lenses(lenses(reading, plan.uri, phase_state))

    def definition(
        self, plan: Open, at: types.Position, ground: Ground
    ) -> types.Location | list[types.LocationLink] | None:
        reading, converter, checkout = self._begin(plan, ground)
        repository = checkout.repository if checkout is not None else None
        found = links.definition(converter.position(at), reading, repository)
        root = checkout.root if checkout is not None else None
        return converter.definition(found, plan.uri, root) if found is not None else None

    def links(self, plan: Open, ground: Ground) -> list[types.DocumentLink]:
        reading, converter, checkout = self._begin(plan, ground)
        return converter.links(links.links(reading, checkout.repository), checkout.root) if checkout is not None else []

    def references(self, plan: Open, at: types.Position, declaration: bool) -> list[types.Location]:
        reading, converter, _ = self._begin(plan)
        found = links.references(converter.position(at), reading, declaration=declaration)
        return [types.Location(plan.uri, converter.range(where)) for where in found]

    def renamable(self, plan: Open, at: types.Position) -> types.PrepareRenamePlaceholder | None:
        reading, converter, _ = self._begin(plan)
        found = links.renamable(converter.position(at), reading)
        return types.PrepareRenamePlaceholder(converter.range(found[0]), found[1]) if found is not None else None

    def rename(self, plan: Open, at: types.Position, new: str) -> types.WorkspaceEdit:
        """Raises UsageError."""
        reading, converter, _ = self._begin(plan)
        edits = links.rename(converter.position(at), reading, new)
        return converter.workspace_edit(edits, plan.uri, plan.version)

    def fixes(self, plan: Open, problems: Sequence[types.Diagnostic]) -> list[types.CodeAction]:
        reading, converter, _ = self._begin(plan)
        found = plan_fixes(reading, converter.told(problems))
        return [converter.code_action(fix, problems[fix.index], plan.uri, plan.version) for fix in found]

    def diagnostics(self, plan: Open, ground: Ground) -> list[types.Diagnostic]:
        """What lint says of the text; without a repository what its form alone says, and why no more is said."""
        reading, converter, checkout = self._begin(plan, ground)
        source = reading.source
        found = list(source.findings)
        if source.plan is not None and checkout is not None:
            try:
                found = checkout.findings(source)
            except AutopackError as error:
                ground = Ground(None, f"{error.message}. {error.hint}".strip(), error.code)
        if ground.service is None:
            found.insert(0, _reason(reading, ground))
        return converter.diagnostics(found, self._href)

    def diagnostics_on_disk(self, uri: str, path: Path, ground: Ground) -> list[types.Diagnostic] | None:
        """The same of a plan that is not open; None where there is no such file."""
        try:
            source = load_plan(path)
        except AutopackError:
            return None
        return self.diagnostics(Open(uri, path, source.text, None), ground)

    def forget(self, uri: str) -> None:
        self._readings.forget(uri)

    def _begin(self, plan: Open, ground: Ground | None = None) -> tuple[Reading, Converter, Checkout | None]:
        checkout = None
        if ground is not None and ground.service is not None:
            checkout = self._checkouts.of(ground.service)
        reading = self._readings.of(plan.uri, plan.text, plan.path.name)
        return reading, Converter(self._units, self._abilities, reading), checkout


def _reason(reading: Reading, ground: Ground) -> Finding:
    """Why only the form of the plan is checked, on its first line."""
    where = reading.range(0, len(reading.lines[0]))
    severity = Severity.WARNING if ground.code else Severity.INFORMATION
    return finding(ground.code or "AP901", ground.why, range=where, tree=Tree.PLAN, severity=severity)
