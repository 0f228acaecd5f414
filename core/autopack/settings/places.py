"""Where settings and state live, by the XDG rules."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from autopack import fault
from autopack.errors import EnvironmentRefused, UsageError

_MAKE_STATE = fault.register("settings.state_dir", "before the state folder is created")


def _home(env: Mapping[str, str]) -> Path:
    home = env.get("HOME", "")
    return Path(home) if home.startswith("/") else Path.home()


def _base(env: Mapping[str, str], variable: str, fallback: str) -> Path:
    value = env.get(variable, "")
    return Path(value) if value.startswith("/") else _home(env) / fallback


def config_file(env: Mapping[str, str]) -> Path:
    """The user-level settings file, which need not exist."""
    return _base(env, "XDG_CONFIG_HOME", ".config") / "autopack" / "config.yaml"


def state_root(env: Mapping[str, str]) -> Path:
    """The folder above every repository's state: $AUTOPACK_STATE_DIR, else autopack under the XDG state folder."""
    override = env.get("AUTOPACK_STATE_DIR", "")
    if override:
        return Path(override).expanduser().absolute()
    return _base(env, "XDG_STATE_HOME", ".local/state") / "autopack"


def state_dir(env: Mapping[str, str], repo_id: str) -> Path:
    """The state folder of one repository, created with mode 0700. Raises UsageError where that is impossible,
    EnvironmentRefused (AP901) where the disk is full or fails."""
    folder = state_root(env) / repo_id
    make_private(folder)
    return folder


def make_private(folder: Path) -> None:
    """Create the folder and what lacks above it, readable by the user alone. Raises UsageError, EnvironmentRefused."""
    try:
        fault.point(_MAKE_STATE)
        for part in reversed((folder, *folder.parents)):
            if not part.exists():
                part.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            message = f"{folder} cannot be made: {error.strerror}"
            raise EnvironmentRefused(message, hint="Free space and try again.") from error
        message = f"the state folder {folder} cannot be used: {error.strerror}"
        raise UsageError(message, hint="set AUTOPACK_STATE_DIR to a folder you can write to") from error
