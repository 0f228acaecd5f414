"""Premises: one repository as the service stands in it: user's repository, state folder, settings, journal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from autopack.redaction import Redactor
from autopack.repo import UserRepo
from autopack.settings import LoadedSettings, load_settings, state_dir
from autopack.store import Store


class Premises:
    """Opened per repository; cheap until something is asked of it. `env` is the whole environment in force."""

    def __init__(self, user: UserRepo, state: Path, loaded: LoadedSettings, env: Mapping[str, str]) -> None:
        self.user = user
        self.state = state
        self.loaded = loaded
        self.env = env
        self.redactor = Redactor.from_environment(env)
        self._store: Store | None = None

    @classmethod
    def open(
        cls,
        repo: Path,
        *,
        env: Mapping[str, str] | None = None,
        command_line: Mapping[str, Any] | None = None,
        editor: Mapping[str, Any] | None = None,
    ) -> Self:
        """The premises around `repo`. Raises EnvironmentRefused (AP901) or UsageError (state folder)."""
        known = dict(os.environ if env is None else env)
        user = UserRepo.open(repo)
        loaded = load_settings(user.root, env=known, command_line=command_line or {}, editor=editor or {})
        return cls(user, state_dir(known, user.repo_id), loaded, known)

    @property
    def store(self) -> Store:
        """The journal, opened at first use."""
        if self._store is None:
            self._store = Store.open(self.state, redactor=self.redactor)
        return self._store

    def close(self) -> None:
        """Close the journal."""
        if self._store is not None:
            self._store.close()
            self._store = None
