"""Loading: merge the sources in order, check each against the schema, let the workspace tighten the result."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from autopack.model.findings import Finding, Severity
from autopack.model.rules import RULES
from autopack.settings import sources
from autopack.settings.model import Settings
from autopack.settings.places import config_file
from autopack.settings.reach import choose_reachable
from autopack.settings.sources import Source
from autopack.settings.tighten import tightened
from autopack.settings.tree import ADDITIVE, dotted, drop, get, leaves, merged
from autopack.yamlfile import Document, Loc, Problem, nearest, schema_problems

_BUILT_IN = "built in"

_PASSES = 20
"""How often what the schema refuses is taken out of a source before all of it is ignored."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """`origins` says for every dotted key which file and line, variable or surface set it; `findings` are AP101 for
    what could not be taken (errors: a surface refuses to start a run) and AP120 for what a workspace may not set."""

    settings: Settings
    origins: dict[str, str]
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(slots=True)
class _Merge:
    """The tree so far, always valid, and which source set each leaf last."""

    tree: dict[str, Any] = field(default_factory=dict[str, Any])
    origins: dict[Loc, str] = field(default_factory=dict[Loc, str])
    set_by: dict[Loc, Source] = field(default_factory=dict[Loc, Source])
    findings: list[Finding] = field(default_factory=list[Finding])

    def over(self, source: Source) -> None:
        """Lay the valid part of a source over the tree; what is invalid becomes findings."""
        valid = self.valid_part(source)
        self.tree = merged(self.tree, valid)
        for loc, _ in leaves(valid):
            origin = source.origin(loc)
            if loc in ADDITIVE and loc in self.origins:
                origin = f"{self.origins[loc]}, {origin}"
            self.origins[loc] = origin
            self.set_by[loc] = source

    def valid_part(self, source: Source) -> dict[str, Any]:
        """The source's tree without the entries the schema refuses in the merged result."""
        self.findings += [source.finding(problem) for problem in source.document.problems]
        if not isinstance(source.document.value, dict):
            if source.document.value is not None:
                where = source.document.ranges.shown(()) or source.document.lines.range(0, 0)
                self.findings.append(source.finding(Problem("the file must be a mapping of sections", where)))
            return {}
        if source.document.problems and not source.document.complete:
            return {}
        part: dict[str, Any] = copy.deepcopy(source.tree)
        told = {problem.range.start for problem in source.document.problems}
        for _ in range(_PASSES):
            problems = self._problems(source, part)
            if not problems:
                return part
            for problem in problems:
                if problem.range.start not in told or not source.path:
                    self.findings.append(source.finding(problem))
                if not drop(part, problem.loc):
                    return {}
        where = source.document.lines.range(0, 0)
        self.findings.append(source.finding(Problem("too many mistakes, so nothing of it is taken", where)))
        return {}

    def _problems(self, source: Source, part: dict[str, Any]) -> list[Problem]:
        document = Document("", part, source.document.ranges, (), source.document.lines)
        try:
            Settings.model_validate(merged(self.tree, part))
        except ValidationError as error:
            return schema_problems(document, Settings, error)
        return _unknown_rules(document)


def _unknown_rules(document: Document) -> list[Problem]:
    codes: dict[str, Any] = document.value.get("severities") or {}
    problems: list[Problem] = []
    for code in codes:
        if code not in RULES:
            loc = ("severities", code)
            close = nearest(code, [known.lower() for known in RULES]).upper()
            where = document.ranges.key(loc) or document.lines.range(0, 0)
            problems.append(Problem(f"unknown rule `{code}`", where, f"did you mean `{close}`?" if close else "", loc))
    return problems


def load_settings(
    repo: Path | None,
    *,
    env: Mapping[str, str],
    command_line: Mapping[str, Any] | None = None,
    editor: Mapping[str, Any] | None = None,
) -> LoadedSettings:
    """The settings in force for a repository (or for none); never raises for what a file says.

    `editor` and `command_line` hold nested mappings or dotted keys; keys whose value is None are taken as not given.
    """
    merge = _Merge()
    packaged = sources.packaged()
    base = {key: value for source in packaged for key, value in source.tree.items()}
    first = Source("packaged", Document("", base, packaged[0].document.ranges, (), packaged[0].document.lines))
    merge.tree = merge.valid_part(first)
    for source in packaged:
        for loc, _ in leaves(source.tree):
            merge.origins[loc], merge.set_by[loc] = source.origin(loc), source
    user = sources.user_file(config_file(env))
    if user is not None:
        merge.over(user)
    merge.over(sources.from_mapping("editor", _given(editor)))
    environment, misspelt = sources.from_environment(env, list(merge.tree.get("providers", {})))
    merge.findings += misspelt
    merge.over(environment)
    merge.over(sources.from_mapping("command line", _given(command_line)))
    choose_reachable(merge.tree, merge.origins, env)
    workspace = sources.workspace_file(repo) if repo is not None else None
    if workspace is not None:
        _tighten(merge, workspace)
    merge.findings += _dangling(merge)
    settings = Settings.model_validate(merge.tree)
    return LoadedSettings(settings, _origins(settings, merge.origins), tuple(merge.findings))


def _given(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (values or {}).items() if value is not None}


def _tighten(merge: _Merge, workspace: Source) -> None:
    wanted = merge.valid_part(workspace)
    complete = Settings.model_validate(merge.tree)
    tree: dict[str, Any] = complete.model_dump(mode="json")
    taken, ignored = tightened(tree, wanted, workspace, complete.allowed_models())
    merge.tree = tree
    merge.findings += ignored
    for loc in taken:
        earlier = merge.origins.get(loc, _BUILT_IN) + ", " if loc in ADDITIVE else ""
        merge.origins[loc] = earlier + workspace.origin(loc)
        merge.set_by[loc] = workspace


def _dangling(merge: _Merge) -> list[Finding]:
    """Names that point nowhere: a role's model without description, a model's provider without entry."""
    models: dict[str, Any] = merge.tree.get("model_info", {})
    providers: dict[str, Any] = merge.tree.get("providers", {})
    checks: list[tuple[Loc, Any, Mapping[str, Any], str]] = [
        (("models", role), name, models, "model_info")
        for role in ("builder", "auditor", "second_auditor", "judge")
        if (name := get(merge.tree, ("models", role)))
    ]
    checks += [(("models", "allowed"), name, models, "model_info") for name in merge.tree["models"].get("allowed", [])]
    checks += [
        (("model_info", name, "provider"), info["provider"], providers, "providers") for name, info in models.items()
    ]
    return [
        _missing(merge, loc, str(name), known, section) for loc, name, known, section in checks if name not in known
    ]


def _missing(merge: _Merge, loc: Loc, name: str, known: Mapping[str, Any], section: str) -> Finding:
    source = merge.set_by[loc]
    where = source.document.ranges.shown(loc) or source.document.lines.range(0, 0)
    close = nearest(name, known)
    hint = f"did you mean `{close}`?" if close else f"describe it under `{section}`"
    return source.finding(Problem(f"`{dotted(loc)}` names `{name}`, which `{section}` does not hold", where, hint, loc))


def _origins(settings: Settings, known: Mapping[Loc, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for loc, _ in leaves(settings.model_dump(mode="json")):
        found[dotted(loc)] = known.get(loc, _BUILT_IN)
    return found
