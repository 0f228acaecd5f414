"""Premises: one repository as the service stands in it: user's repository, state folder, settings, journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from autopack.redaction import Redactor
from autopack.repo import UserRepo
from autopack.settings import state_dir
from autopack.store import Store

if TYPE_CHECKING:
    from autopack.settings import LoadedSettings


class Premises:
    """Opened per repository; cheap until something is asked of it. `env` is the whole environment in force, `load` reads
    the settings when they are asked for."""

    def __init__(self, user: UserRepo, env: Mapping[str, str], load: Callable[[], LoadedSettings]) -> None:
        self.user = user
        self.state = state_dir(env, user.repo_id)
        self.env = env
        self.redactor = Redactor.from_environment(env)
        self._load = load
        self._store: Store | None = None
        self._opening = Lock()

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

        def load() -> LoadedSettings:
            from autopack.settings import load_settings

            return load_settings(user.root, env=known, command_line=command_line or {}, editor=editor or {})

        return cls(user, known, load)

    @cached_property
    def loaded(self) -> LoadedSettings:
        """The settings in force, read once."""
        return self._load()

    @property
    def store(self) -> Store:
        """The journal, opened at first use, by whichever thread comes first."""
        with self._opening:
            if self._store is None:
                self._store = Store.open(self.state, redactor=self.redactor)
            return self._store

    def close(self) -> None:
        """Close the journal."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
