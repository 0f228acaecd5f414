"""The plan as the user writes it: pydantic models from which the loader, the JSON Schema and the docs are made.

Paths are relative to the repository, "/"-separated; a folder ends in "/". Time in seconds or minutes as named, money in
USD, token caps count input plus output.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

IDENTIFIER = r"^[a-z0-9][a-z0-9-]{0,39}$"

Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Argv = Annotated[list[str], Field(min_length=1)]
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


class PlanModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReadOnly(PlanModel):
    """A file or folder shown to the model but never writable."""

    path: str
    reason: str = ""


class Scope(PlanModel):
    """What a phase may write and see."""

    paths: list[str] = Field(default=[], description="Writable: a file, or a folder with a trailing slash.")
    read_only: list[ReadOnly | str] = Field(default=[], description="Shown to the model, never writable.")
    protected: list[str] = Field(default=[], description="Paths inside the scope that need a person's approval.")
    allowed: list[str] = Field(default=[], description="Paths of tier approval that this phase may ask to touch.")


class Tests(PlanModel):
    """How the phase is tested. Left out: pytest where the repository has pytest tests."""

    runner: Literal["pytest", "command", "none"] | None = Field(default=None, description="pytest, command or none.")
    command: Argv | None = Field(default=None, description="argv of runner `command`; no shell.")
    junit: str | None = Field(default=None, description="Glob of the JUnit XML files that `command` writes.")
    paths: list[str] = Field(default=[], description="What to collect; left out = the runner's own collection.")
    must_pass: list[str] = Field(default=[], description="Test ids that must pass on the candidate.")
    args: list[str] = Field(default=[], description="Extra arguments of the runner.")
    env: dict[str, str] = Field(default={}, description="Extra environment of the test process.")
    workdir: str = Field(default="", description="Folder the runner starts in, relative to the repository.")
    timeout_seconds: int = Field(default=300, ge=1, le=86400, description="For one whole test run.")
    per_test_timeout_seconds: int | None = Field(default=None, ge=1, le=86400, description="For one test (pytest).")
    network: bool = Field(default=False, description="Tests may use the network (needs the user's consent).")
    skip: bool = Field(default=False, description="Do not test this phase; say why in `reason`.")
    reason: str = Field(default="", description="Why tests are skipped.")
    log_on_success: bool = Field(default=True, description="Keep the test log of passing runs too.")


class Allow(PlanModel):
    """Guards a phase lifts beforehand, by intent."""

    mass_deletion: bool = False
    mass_addition: bool = False
    noop: bool = False


class Phase(PlanModel):
    """One step of the plan: a goal, a writable scope, deliverables and acceptance tests."""

    id: Identifier
    goal: Annotated[str, Field(min_length=1, description="What the phase achieves, in words for the model.")]
    tier: Identifier | None = None
    name: str = ""
    notes: str = ""
    category: Category = "backend"
    complexity: Literal["low", "medium", "high"] = "medium"
    builder_mode: Literal[
        "default", "tweak_light", "scaffolding_heavy", "refactor_heavy", "schema_heavy", "full_file", "structured_edit"
    ] = "default"
    change_size: Literal["small_fix", "large_refactor"] | None = None
    depends_on: list[Identifier] = []
    scope: Scope = Scope()
    deliverables: list[str] = Field(default=[], description="Files or folders/ that must exist afterwards.")
    acceptance: list[str] = Field(default=[], description="Criteria in words, for Builder and Auditor.")
    tests: Tests = Tests()
    checks: list[Argv] = Field(default=[], description="Commands judged against the base by exit code.")
    allow: Allow = Allow()
    attempt_cap: int = Field(default=5, ge=1, le=20)
    token_cap: int | None = Field(default=None, ge=1)


class RunSpec(PlanModel):
    """How the whole plan runs."""

    id: Identifier
    autonomy: Literal["supervised", "unattended"] = "supervised"
    base: Literal["head", "working-tree"] = "head"
    token_cap: int = Field(default=5_000_000, ge=1, description="Input plus output tokens of the whole run.")
    money_cap_usd: float | None = Field(default=None, gt=0, strict=False)
    max_duration_minutes: int = Field(default=120, ge=1, description="Waiting for a person does not count.")
    approval_timeout_minutes: int = Field(default=0, ge=0, description="0 = a request waits; else it is rejected.")


class Tier(PlanModel):
    id: Identifier
    name: str = ""


class Workspace(PlanModel):
    """What the worktree needs beside what git holds; never part of a tree, prompt, log or patch."""

    copy_: list[str] = Field(default=[], alias="copy", description="Globs of files copied from your checkout.")
    link: list[str] = Field(default=[], description="Folders linked read-only from your checkout.")
    setup: list[Argv] = Field(default=[], description="Commands run once per worktree, in the test sandbox.")
    setup_timeout_seconds: int = Field(default=600, ge=1, le=86400)


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

    autopack: Literal[1]
    run: RunSpec
    project: str = ""
    tiers: list[Tier] = []
    workspace: Workspace = Workspace()
    defaults: Defaults = Defaults()
    phases: Annotated[list[Phase], Field(min_length=1)]

    def phase(self, phase_id: str) -> Phase:
        """The phase with this id. Raises KeyError."""
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        raise KeyError(phase_id)
