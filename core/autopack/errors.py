"""The error tree. Every error that reaches a person carries a code, a message and a hint that says what to do.

    AutopackError
    ├── UsageError            2   a call that cannot be taken as written
    │   └── PlanRejected      2   AP1xx: the plan has error findings
    ├── RefusedError          4   refused before a run exists
    │   ├── EnvironmentRefused    AP901 the repository or machine cannot serve
    │   ├── StoreDamaged          AP902 the database is damaged or newer than this version
    │   └── LockHeld              AP903 another process owns the run
    ├── ConflictError         2   the world moved: illegal or stale transition, a decided request, a moved branch
    │   ├── IllegalTransition
    │   ├── StaleState
    │   └── BranchBusy            AP904
    ├── AnswerRefused             AP2xx: the model's answer cannot become a change set; findings say what to repair
    ├── BudgetExhausted           AP701-706
    ├── ProviderError             AP706, AP707: a model call failed; `retryable` says whether trying again may help
    │   └── CassetteMismatch      AP713, or no line of the cassette matches
    ├── WorkspaceIncomplete       AP905
    └── SandboxUnavailable        AP907

`exit_code` is what the command line ends with when the error reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autopack.model.completion import Usage
    from autopack.model.findings import Finding


class AutopackError(Exception):
    """Root: `code` is a rule code or "" for usage; `hint` is one sentence that says what to do next."""

    exit_code: ClassVar[int] = 2
    default_code: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code

    def __str__(self) -> str:
        head = f"{self.code}: {self.message}" if self.code else self.message
        return f"{head}\n  {self.hint}" if self.hint else head


class UsageError(AutopackError):
    """A call that cannot be taken as written: unknown run, missing file, wrong option value."""


class PlanRejected(UsageError):
    """The plan cannot run; `findings` (AP1xx) are located in its file."""

    default_code = "AP101"

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint, code=code or (findings[0].code if findings else ""))
        self.findings = tuple(findings)


class RefusedError(AutopackError):
    """Refused before a run exists; nothing was changed."""

    exit_code = 4


class EnvironmentRefused(RefusedError):
    """The repository or the machine cannot serve a run; the hint names the command to run."""

    default_code = "AP901"


class StoreDamaged(RefusedError):
    """The database fails its check or was written by a newer version."""

    default_code = "AP902"


class LockHeld(RefusedError):
    """Another living process owns the run."""

    default_code = "AP903"


class ConflictError(AutopackError):
    """The world is not as the caller believed: nothing was changed."""


class IllegalTransition(ConflictError):
    """A state machine has no such edge: a defect of the caller, never shown as a normal outcome."""


class StaleState(ConflictError):
    """A compare-and-swap on state, owner or fencing number failed: somebody else moved first."""


class BranchBusy(ConflictError):
    """The branch cannot be written now (checked out, or no longer what we published)."""

    default_code = "AP904"


class AnswerRefused(AutopackError):
    """The answer cannot become a change set; `findings` (AP2xx, AP3xx) tell the model what to repair. `never`: it names
    a path in git's own folder, which a slip of the pen does not do."""

    default_code = "AP201"

    def __init__(self, findings: Sequence[Finding], *, never: bool = False) -> None:
        first = findings[0]
        super().__init__(first.message, code=first.code)
        self.findings = tuple(findings)
        self.never = never


class BudgetExhausted(AutopackError):
    """A cap would be passed by the next step; `scope` is "run" or "phase"."""

    exit_code = 1
    default_code = "AP701"

    def __init__(self, message: str, *, code: str, scope: str, hint: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.scope = scope


class ProviderError(AutopackError):
    """A model call failed: `kind` is auth | rate_limit | overloaded | server | timeout | connection | bad_request
    | quota | cassette; `status` the HTTP status if any; `retry_after` seconds if the server named them; `request_id` the
    provider's (`cassette:<line>` for a replay); `usage` what was reported before a stream broke off."""

    exit_code = 1
    default_code = "AP707"

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        status: int | None = None,
        retry_after: float | None = None,
        request_id: str = "",
        usage: Usage | None = None,
        hint: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after
        self.request_id = request_id
        self.usage = usage

    @property
    def retryable(self) -> bool:
        return self.kind in {"rate_limit", "overloaded", "server", "timeout", "connection"}


class CassetteMismatch(ProviderError):
    """The cassette changed since the run began (AP713) or no unspent line matches the call."""

    default_code = "AP713"


class WorkspaceIncomplete(AutopackError):
    """The worktree cannot be provisioned as the plan asks."""

    exit_code = 1
    default_code = "AP905"


class SandboxUnavailable(AutopackError):
    """The sandbox level required by user-level settings does not pass its self-test here."""

    exit_code = 4
    default_code = "AP907"
