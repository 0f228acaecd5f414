"""Settings: everything a user may set, in sections; defaults here are the last resort below the packaged files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from autopack.model.findings import Finding, Severity
from autopack.model.plan import Category

Level = Annotated[int, Field(ge=1, le=3)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Models(Section):
    """Which model plays which role."""

    builder: str = Field(description="Model that proposes changes.")
    auditor: str = Field(description="Model that reviews them.")
    second_auditor: str = Field(
        default="", description="Another model, for changes that two must review; empty = none."
    )
    judge: str = Field(default="", description="Decides where the two disagree; empty = the auditor's model.")
    allowed: list[str] = Field(default=[], description="What a workspace may choose among; empty = all in model_info.")


class ModelInfo(Section):
    """What a model can do. Prices in USD per million tokens; left out, the shipped price table is used."""

    provider: str = Field(description="A name under `providers`.")
    max_output_tokens: int = Field(ge=1, description="Most tokens the model answers with in one call.")
    context_tokens: int = Field(ge=1, description="Input plus output tokens the model can hold.")
    price_in: float | None = Field(default=None, ge=0, strict=False, description="USD per million input tokens.")
    price_out: float | None = Field(default=None, ge=0, strict=False, description="USD per million output tokens.")
    price_cache_read: float | None = Field(default=None, ge=0, strict=False, description="USD per million read tokens.")
    price_cache_write: float | None = Field(
        default=None, ge=0, strict=False, description="USD per million tokens written to the provider's cache."
    )
    strict_schema: bool = Field(default=True, description="The provider holds the answer to a JSON Schema.")


class ProviderSettings(Section):
    """Where a provider is reached; the key itself is read from the named environment variable only."""

    kind: Literal["anthropic", "openai"] = Field(description="Protocol: Anthropic Messages or OpenAI chat completions.")
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/]", description="Left out: the vendor's own.")
    api_key_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Variable that holds the key.")


class Caps(Section):
    """Limits over every run; a plan may set lower ones."""

    attempt_cap: int = Field(default=5, ge=1, le=20, description="Attempts of one phase.")
    token_cap: int = Field(default=5_000_000, ge=1, description="Input plus output tokens of one run.")
    money_cap_usd: float | None = Field(default=None, gt=0, strict=False, description="USD of one run; none = no cap.")
    max_duration_minutes: int = Field(default=480, ge=1, description="Of one run, waiting for a person not counted.")


class RiskSettings(Section):
    """What makes a change risky, in points of 100 (docs/settings.md). Lists are path patterns; sizes are exceeded
    strictly, levels reached."""

    medium: int = Field(default=25, ge=1, le=100, description="Points from which the risk is medium.")
    high: int = Field(default=50, ge=1, le=100, description="Points from which it is high.")
    critical: int = Field(default=70, ge=1, le=100, description="Points from which a person must accept the change.")
    lines_some: int = Field(default=200, ge=0, description="Added and removed lines that are some,")
    lines_many: int = Field(default=500, ge=0, description="many,")
    lines_most: int = Field(default=1000, ge=0, description="or most one can review.")
    points_some: int = Field(default=10, ge=0, le=100, description="Points for more than some lines,")
    points_many: int = Field(default=20, ge=0, le=100, description="for more than many,")
    points_most: int = Field(default=25, ge=0, le=100, description="for more than most.")
    deletion_notified: int = Field(default=20, ge=0, le=100, description="Points for a net deletion that is notified,")
    deletion_asked: int = Field(default=40, ge=0, le=100, description="for one that is asked about.")
    critical_paths: list[str] = Field(default=[], description="Where a mistake costs more than elsewhere.")
    critical_path: int = Field(default=15, ge=0, le=100, description="Points for each changed file there,")
    critical_path_most: int = Field(default=30, ge=0, le=100, description="and for all of them.")
    risky_files: list[str] = Field(default=[], description="Files that act where no test looks.")
    risky_file: int = Field(default=5, ge=0, le=100, description="Points for each such file that changes,")
    risky_file_most: int = Field(default=15, ge=0, le=100, description="and for all of them.")
    database_files: list[str] = Field(
        default=[], description="A change of one is a risky decision, whatever its score."
    )
    untested_lines: int = Field(default=50, ge=0, description="Added lines without one in a test.")
    untested: int = Field(default=20, ge=0, le=100, description="Points for more of them.")
    marker: int = Field(default=3, ge=0, le=100, description="Points for each added line with a TODO or the like,")
    marker_most: int = Field(default=10, ge=0, le=100, description="and for all of them.")


class Policy(Section):
    """What a change may touch. Lists are path patterns (docs/settings.md); each source adds to those below it."""

    never: list[str] = Field(default=[], description="Refused, whoever asks.")
    approval: list[str] = Field(default=[], description="A person decides before the change is applied.")
    unless_deliverable: list[str] = Field(
        default=[], description="Patterns of `approval` that need no one where the plan lists the path as deliverable."
    )
    ask_categories: list[Category] = Field(
        default=[], description="Categories whose every change a person must accept, with its evidence in view."
    )
    needs_review: Literal["tell", "ask"] = Field(
        default="tell", description="Whether a person must accept a change whose quality needs review, or is told."
    )
    deletion_notify: int = Field(default=100, ge=0, description="More deleted lines than this, net, are notified.")
    deletion_ask: int = Field(default=200, ge=0, description="More deleted lines than this, net, need a person.")
    deletion_gross_ask: int = Field(default=400, ge=0, description="The same of deleted lines, whatever is added.")
    extent_lines: int = Field(default=100, ge=1, description="Shorter files may shrink, grow and churn as they like.")
    shrink_ask: float = Field(
        default=0.6, gt=0, le=1, description="Share of a file's lines above which a loss is asked."
    )
    growth_ask: float = Field(default=3.0, ge=1, description="Times a file's lines above which growth is asked.")
    churn_ask: float = Field(default=0.3, gt=0, description="Share of a file's lines that a small fix may change.")
    churn_ask_again: float = Field(default=0.6, gt=0, description="The same from its second attempt on.")
    symbol_loss_ask: float = Field(default=0.3, ge=0, le=1, description="Share of a file's definitions that may go.")
    symbol_loss_least: int = Field(default=3, ge=1, description="Fewer lost definitions of a file are not asked about.")
    similarity_lines: int = Field(
        default=300, ge=1, description="From so many lines on a rewritten file is asked about."
    )
    similarity_ask: float = Field(default=0.6, ge=0, le=1, description="Share of its lines that must be left.")
    risk: RiskSettings = RiskSettings()
    max_answer_bytes: int = Field(default=8 * 1024 * 1024, ge=1024, description="Longest answer that is read.")
    max_json_depth: int = Field(default=64, ge=4, le=200, description="Deepest nesting of an answer.")
    max_operations: int = Field(default=5000, ge=1, description="Most edit operations in an answer.")

    @property
    def version(self) -> str:
        """Changes whenever the policy does: decisions are bound to it."""
        canonical = json.dumps(self.model_dump(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


class SandboxSettings(Section):
    """How tests are confined: 3 bubblewrap, 2 Landlock and seccomp, 1 limits and a scrubbed environment."""

    minimum: Level = Field(default=1, description="Runs are refused where this level cannot be reached.")
    level: Level | None = Field(default=None, description="Use at most this level; left out = the best there is.")


class GitSettings(Section):
    author: Literal["autopack", "me"] = Field(default="autopack", description="Whom the commits of a run name.")


class ContextSettings(Section):
    """How much of the repository one prompt shows."""

    max_files: int = Field(default=40, ge=1, description="Files in one prompt.")
    max_chars_per_file: int = Field(default=60_000, ge=500, description="Longer files are cut, and the prompt says so.")
    max_total_chars: int = Field(default=480_000, ge=1000, description="Of all files together.")


class WorkspaceSettings(Section):
    secret_files: list[str] = Field(
        default=[], description="Path patterns of secret-looking files that a plan's `workspace.copy` may copy."
    )


class TestingSettings(Section):
    output_bytes: int = Field(default=5 * 1024 * 1024, ge=1024, description="Kept of one test run: head and tail.")
    memory_bytes: int = Field(
        default=4 * 1024**3, ge=256 * 1024**2, description="Private memory of each process of a test run."
    )
    rerun_seconds: float = Field(
        default=300, ge=0, description="What running tests again, to tell unsteady from broken, may take in an attempt."
    )
    selection: Literal["auto", "never"] = Field(
        default="auto", description="Run the tests that a change affects first, and only them where they surely fail."
    )
    selection_seconds: float = Field(
        default=20, ge=0, description="auto: where the base's tests took at least this long."
    )
    mutants: int = Field(
        default=4,
        ge=0,
        le=100,
        description="Small errors put into the changed lines, to see whether a test notices; 0: none.",
    )
    mutant_seconds: float = Field(default=60, ge=0, description="What trying the mutants of an attempt may take.")
    rewording_seconds: float = Field(
        default=120, ge=0, description="What comparing tests with those they were rewritten to may take; 0: never."
    )
    profile: Literal["auto", "strict"] = Field(
        default="auto", description="How phases are judged: by category and complexity, or all of them strictly."
    )
    strict_categories: list[Category] = Field(
        default=[], description="Categories that are judged strictly beside the high-risk ones."
    )
    coverage: Literal["auto", "never", "always"] = Field(
        default="auto", description="Measure the lines that tests execute; auto: where a phase is judged strictly."
    )
    coverage_drop: float = Field(
        default=0.02, ge=0, le=1, description="Loss of the share of lines executed that is borne."
    )
    covered_least: dict[Literal["normal", "strict"] | Category, Annotated[float, Field(ge=0, le=1, strict=False)]] = (
        Field(
            default={"normal": 0.0, "strict": 0.8},
            description="Least share of added lines to execute, by profile or category.",
        )
    )

    def least_covered(self, category: str, profile: Literal["normal", "strict"]) -> float:
        """The category's own share, else that of the profile."""
        asked = {str(name): share for name, share in self.covered_least.items()}
        return asked.get(category, asked.get(profile, 0.0))


Profile = Literal[
    "general", "schema_review", "security_review", "orchestrator_review", "debt_cleanup_review", "refactor_review",
    "index_review", "bulk_review",
]  # fmt: skip


class AuditSettings(Section):
    """How changes are audited (docs/audit.md)."""

    profiles: dict[Category, Profile] = Field(
        default={}, description="What the auditor looks for, by category of the phase; else `general`."
    )
    force_dual: bool = Field(default=False, description="Two auditors for every phase.")
    apply_patches: Literal["never", "offer", "try"] = Field(
        default="offer",
        description="A patch that an auditor who refused suggests: kept from the Builder, shown to it, or tried.",
    )
    beside_tests: Literal["auto", "never", "always"] = Field(
        default="auto", description="Ask the auditor while the tests run, without their result."
    )
    beside_seconds: int = Field(default=20, ge=0, description="auto: where the base's tests took longer than this.")
    max_output_tokens: int = Field(default=16384, ge=1024, description="Longest answer of an auditor.")
    tests_judge: Literal["ask", "never"] = Field(
        default="ask", description="Ask the judge about what a change does to tests, where rules leave it open."
    )


class RetentionSettings(Section):
    """What `autopack gc` keeps."""

    days: int = Field(default=30, ge=0, description="Age of raw answers and logs.")
    bytes: int = Field(default=1024**3, ge=0, description="Size of raw answers and logs together.")
    pool: int = Field(default=2, ge=0, description="Idle worktrees kept for each repository.")


def _exact_pattern(pattern: str) -> str:
    if not pattern or "**" in pattern or any(part in ("", ".", "..") for part in pattern.split("/")):
        raise ValueError("name files from the repository's root, `*` and `?` within one name, as in `tests/test_*.py`")
    return pattern


class AutoPaths(Section):
    """Files that a phase is given without a person when it asks for them beyond its scope; never protected ones."""

    paths: list[Annotated[str, AfterValidator(_exact_pattern)]] = Field(
        min_length=1, description="From the repository's root, as spelled; `*` and `?` within one name, nothing below."
    )
    max_risk: Literal["low", "medium"] = Field(default="low", description="The riskiest path that is given so.")
    max_lines: int = Field(default=100, ge=1, description="More changed lines on what was given are for a person.")


class ApprovalSettings(Section):
    lapse_hours: int = Field(default=24, ge=1, description="A decision not used for so long is asked again.")
    auto_paths: list[AutoPaths] = Field(default=[], description="What phases are given beyond their scope; only yours.")


class Settings(Section):
    """The settings in force, every source merged."""

    models: Models
    model_info: dict[str, ModelInfo] = {}
    providers: dict[str, ProviderSettings] = {}
    caps: Caps = Caps()
    policy: Policy = Policy()
    sandbox: SandboxSettings = SandboxSettings()
    target_python: str | None = Field(default=None, description="Interpreter that runs the target's tests.")
    git: GitSettings = GitSettings()
    context: ContextSettings = ContextSettings()
    workspace: WorkspaceSettings = WorkspaceSettings()
    tests: TestingSettings = TestingSettings()
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    replay: bool = Field(default=False, description="An editor may start runs from a cassette.")
    severities: dict[str, Annotated[Severity, Field(strict=False)]] = Field(
        default={}, description="Severity of findings by rule code, instead of the default."
    )

    @property
    def policy_version(self) -> str:
        return self.policy.version

    def graded(self, finding: Finding) -> Finding:
        """The finding with the severity the user gave its rule; it blocks when that is error."""
        severity = self.severities.get(finding.code, finding.severity)
        if severity is finding.severity:
            return finding
        return replace(finding, severity=severity, blocking=severity is Severity.ERROR)

    def allowed_models(self) -> list[str]:
        """What a workspace may choose among."""
        return self.models.allowed or list(self.model_info)
