"""The plan as the user writes it: pydantic models from which the loader, the JSON Schema and the docs are made.

Paths are relative to the repository, "/"-separated; a folder ends in "/". Time in seconds or minutes as named, money in
USD, token caps count input plus output.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    field_serializer,
    model_validator,
)

from autopack.model.deliverables import (
    Deliverables,
    deliverable_entries,
    deliverable_gone,
    deliverable_meant,
    deliverable_path,
    deliverable_symbols,
)

IDENTIFIER = r"^[a-z0-9][a-z0-9-]{0,39}$"

Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Autonomy = Literal["supervised", "unattended"]
BaseKind = Literal["head", "working-tree"]
Argv = Annotated[list[str], Field(min_length=1)]
RunnerName = Literal[
    "pytest", "unittest", "node", "vitest", "jest", "go", "cargo", "maven", "gradle", "command", "none"
]
Category = Literal[
    "backend", "frontend", "tests", "docs", "database", "deployment", "refactoring", "bug_fix",
    "feature_scaffolding", "debt_cleanup", "cross_cutting_refactor", "index_registry_change",
    "schema_contract_change", "schema_contract_change_destructive", "schema_contract_change_additive",
    "bulk_multi_file_operation", "security_auth_change", "external_feature_reuse",
    "external_feature_reuse_remote", "external_feature_reuse_internal", "external_code_intake", "core_backend_high",
]  # fmt: skip

HIGH_RISK: frozenset[str] = frozenset(
    {
        "cross_cutting_refactor", "index_registry_change", "schema_contract_change",
        "schema_contract_change_destructive", "schema_contract_change_additive", "bulk_multi_file_operation",
        "security_auth_change", "external_feature_reuse", "external_feature_reuse_remote",
        "external_feature_reuse_internal", "external_code_intake", "core_backend_high",
    }
)  # fmt: skip

DUAL_AUDIT: frozenset[str] = frozenset(
    {
        "security_auth_change", "external_feature_reuse", "external_feature_reuse_remote",
        "external_feature_reuse_internal", "schema_contract_change_destructive",
    }
)  # fmt: skip
"""Categories whose changes two models must review."""


WHOLE_RUNNERS: frozenset[RunnerName] = frozenset({"cargo", "maven", "gradle"})
"""Runners that collect by their own build files and take no paths."""


class PlanModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ReadOnly(PlanModel):
    """A file or folder shown to the model but never writable."""

    path: str = Field(description="A file, or a folder with a trailing slash.")
    reason: str = Field(default="", description="Why the model should read it.")


class Scope(PlanModel):
    """What a phase may write and see."""

    paths: list[str] = Field(default=[], description="Writable: a file, or a folder with a trailing slash.")
    read_only: list[ReadOnly | str] = Field(default=[], description="Shown to the model, never writable.")
    protected: list[str] = Field(default=[], description="Paths inside the scope that need a person's approval.")
    allowed: list[str] = Field(default=[], description="Paths of tier approval that this phase may ask to touch.")


class Tests(PlanModel):
    """How the phase is tested. Left out: the runner that the repository's files speak for."""

    __test__: ClassVar[bool] = False

    runner: RunnerName | None = Field(
        default=None,
        description="What runs the tests; left out, what the repository's files speak for. command: a program of yours, "
        "by exit code or JUnit XML. none: nothing is run.",
    )
    command: Argv | None = Field(default=None, description="Program and arguments of runner `command`; no shell.")
    junit: str | None = Field(default=None, description="Glob of the JUnit XML files that `command` writes.")
    paths: list[str] = Field(default=[], description="What to collect; left out = the runner's own collection.")
    must_pass: list[str] = Field(
        default=[], description="Tests that must pass afterwards: tests/test_a.py::test_name, from the repository root."
    )
    args: list[str] = Field(default=[], description="Extra arguments of the runner.")
    env: dict[str, str] = Field(default={}, description="Extra environment of the test process.")
    workdir: str = Field(default="", description="Folder the runner starts in, relative to the repository.")
    timeout_seconds: int = Field(default=300, ge=1, le=86400, description="For one whole test run.")
    per_test_timeout_seconds: int | None = Field(
        default=None, ge=1, le=86400, description="For one test (pytest and unittest)."
    )
    network: bool = Field(default=False, description="Tests may use the network (needs the user's consent).")
    skip: bool = Field(default=False, description="Do not test this phase; say why in `reason`.")
    reason: str = Field(default="", description="Why tests are skipped.")
    log_on_success: bool = Field(default=True, description="Keep the test log of passing runs too.")


class Allow(PlanModel):
    """Guards a phase lifts beforehand, by intent."""

    mass_deletion: bool = Field(default=False, description="A file may shrink by more than 60 %.")
    mass_addition: bool = Field(default=False, description="A file may grow to more than three times its size.")
    noop: bool = Field(default=False, description="The phase may end without any change.")


class Phase(PlanModel):
    """One step of the plan: a goal, a writable scope, deliverables and acceptance tests."""

    id: Identifier = Field(description="Name of the phase in refs, reports and commands.")
    goal: Annotated[str, Field(min_length=1, description="What the phase achieves, in words for the model.")]
    tier: Identifier | None = Field(default=None, description="Tier it belongs to; may be left out with one tier.")
    name: str = Field(default="", description="Title for people.")
    notes: str = Field(default="", description="Anything else the model should know.")
    category: Category = Field(
        default="backend", description="Kind of work: chooses estimates and how strict gates are."
    )
    complexity: Literal["low", "medium", "high"] = Field(default="medium", description="Drives estimates.")
    builder_mode: Literal[
        "default", "tweak_light", "scaffolding_heavy", "refactor_heavy", "schema_heavy", "full_file", "structured_edit"
    ] = Field(
        default="default", description="Style of the prompt; full_file and structured_edit force the answer form."
    )
    change_size: Literal["small_fix", "large_refactor"] | None = Field(default=None, description="Expected extent.")
    depends_on: list[Identifier] = Field(default=[], description="Phases that must be complete before.")
    scope: Scope = Scope()
    deliverables: Deliverables = []
    acceptance: list[str] = Field(default=[], description="Criteria in words, for Builder and Auditor.")
    tests: Tests = Tests()
    checks: list[Argv] = Field(default=[], description="Commands judged against the base by exit code.")
    allow: Allow = Allow()
    attempt_cap: int = Field(default=5, ge=1, le=20, description="Attempts before the phase fails.")
    token_cap: int | None = Field(default=None, ge=1, description="Input plus output tokens of all attempts.")
    _written: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _keep_deliverables(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        phase = handler(data)
        given = cast("dict[str, Any]", data).get("deliverables") if isinstance(data, dict) else None
        phase._written = tuple(deliverable_meant(text) for _, text in deliverable_entries(given)) or tuple(
            phase.deliverables
        )
        return phase

    @field_serializer("deliverables")
    def _with_remarks(self, _deliverables: list[str]) -> list[str]:
        return list(self._written)

    @property
    def created(self) -> tuple[str, ...]:
        """The deliverables that must be there afterwards."""
        return tuple(path for path in self.deliverables if path not in self.removed)

    @property
    def removed(self) -> frozenset[str]:
        """The deliverables that must be gone afterwards."""
        return frozenset(deliverable_path(text) for text in self._written if deliverable_gone(text))

    @property
    def defines(self) -> dict[str, tuple[str, ...]]:
        """What deliverables must define afterwards, by path; names as `Class.method`."""
        named = {deliverable_path(text): deliverable_symbols(text) for text in self._written}
        return {path: names for path, names in named.items() if names}


class RunSpec(PlanModel):
    """How the whole plan runs."""

    id: Identifier = Field(description="Stem of the run's name: a start makes <id>, then <id>-2, and so on.")
    autonomy: Autonomy = Field(
        default="supervised", description="supervised waits for a person; unattended refuses what would need one."
    )
    base: BaseKind = Field(default="head", description="What the run starts from.")
    token_cap: int = Field(default=5_000_000, ge=1, description="Input plus output tokens of the whole run.")
    money_cap_usd: float | None = Field(default=None, gt=0, strict=False, description="Cost of the whole run.")
    max_duration_minutes: int = Field(default=120, ge=1, description="Waiting for a person does not count.")
    approval_timeout_minutes: int = Field(default=0, ge=0, description="0 = a request waits; else it is rejected.")


class Tier(PlanModel):
    """A group of phases; a phase may not depend on one of a later tier."""

    id: Identifier
    name: str = Field(default="", description="Title for people.")


class Workspace(PlanModel):
    """What the worktree needs beside what git holds; never part of a tree, prompt, log or patch."""

    copy_: list[str] = Field(default=[], alias="copy", description="Globs of files copied from your checkout.")
    link: list[str] = Field(default=[], description="Folders linked read-only from your checkout.")
    setup: list[Argv] = Field(default=[], description="Commands run once per worktree, in the test sandbox.")
    setup_timeout_seconds: int = Field(default=600, ge=1, le=86400, description="For each setup command.")


class Defaults(PlanModel):
    """Merged key by key into each phase's maps; scalars and lists of the phase replace."""

    tests: Tests = Tests()
    scope: Scope = Scope()
    allow: Allow = Allow()
    category: Category | None = None
    complexity: Literal["low", "medium", "high"] | None = None
    attempt_cap: int | None = Field(default=None, ge=1, le=20)
    token_cap: int | None = Field(default=None, ge=1)
    checks: list[Argv] | None = None


class Plan(PlanModel):
    """A whole plan file, format version 1. `phases` have the defaults merged in already."""

    autopack: Literal[1] = Field(description="Version of the format.")
    run: RunSpec
    project: str = Field(default="", description="Name of the project, for reports.")
    tiers: list[Tier] = Field(default=[], description="In order; one tier when left out.")
    workspace: Workspace = Workspace()
    defaults: Defaults = Defaults()
    phases: Annotated[list[Phase], Field(min_length=1, description="Run in order of dependencies, tier, position.")]

    def phase(self, phase_id: str) -> Phase:
        """The phase with this id. Raises KeyError."""
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        raise KeyError(phase_id)
