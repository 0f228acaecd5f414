"""What the user's git configuration says, read without executing anything, and how its executable keys are put out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.errors import EnvironmentRefused
from autopack.repo.git import Config, GitFailed, Mode, run_git

if TYPE_CHECKING:
    from pathlib import Path

_PASSED = (
    "core.excludesfile",
    "core.attributesfile",
    "core.autocrlf",
    "core.eol",
    "user.name",
    "user.email",
)
_USER_SCOPES = ("system", "global", "command")
_FILTER_KEYS = ("clean", "smudge", "process")


@dataclass(frozen=True, slots=True)
class UserSettings:
    """`entries` are (scope, key, value) in git's order of precedence, lowest first; keys in git's lower case."""

    entries: tuple[tuple[str, str, str], ...]

    def get(self, key: str) -> str:
        """The effective value, "" when unset."""
        return next((v for _, k, v in reversed(self.entries) if k == key), "")

    def local(self, key: str) -> str:
        """The value the repository itself sets."""
        found = (v for s, k, v in reversed(self.entries) if k == key and s not in _USER_SCOPES)
        return next(found, "")

    @property
    def passed(self) -> list[Config]:
        """What OBSERVE needs of the user's own: ignore and line-end rules, identity, trusted folders."""
        trusted = [(k, v) for s, k, v in self.entries if k == "safe.directory" and s in _USER_SCOPES]
        return [(k, self.get(k)) for k in _PASSED if self.get(k)] + trusted

    @property
    def neutral(self) -> list[Config]:
        """Every filter the repository defines, switched off by name: a wildcard cannot do it."""
        names = {k[7 : k.rindex(".")] for _, k, _ in self.entries if k.startswith("filter.") and k.count(".") >= 2}
        return [
            pair
            for name in sorted(names)
            for pair in (*((f"filter.{name}.{key}", "") for key in _FILTER_KEYS), (f"filter.{name}.required", "false"))
        ]

    @property
    def partial(self) -> bool:
        """Objects may be missing until a remote is asked."""
        promisor = any(k.startswith("remote.") and k.endswith(".promisor") and v == "true" for _, k, v in self.entries)
        return promisor or bool(self.get("extensions.partialclone"))

    @property
    def identity(self) -> str:
        """`Name <mail>`, or ""."""
        name, mail = self.get("user.name"), self.get("user.email")
        return f"{name} <{mail}>" if name and mail else ""


def read_settings(root: Path) -> UserSettings:
    """One `git config --list` with the user's environment; git reads files for it and starts nothing."""
    try:
        out = run_git(Mode.PROMOTE, ["config", "--list", "-z", "--show-scope"], cwd=root, ok=(0, 1))
    except GitFailed as error:
        raise EnvironmentRefused(
            f"git cannot read its configuration: {' '.join(error.stderr.split())}",
            hint="Repair the file it names: git config --edit",
        ) from error
    fields = out.fields()
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return UserSettings(tuple((s, k, v) for s, kv in pairs for k, _, v in [kv.partition("\n")]))
