"""Where a case happens: a fresh copy of the base repository, a folder outside it, a fake HOME, and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
USERS_WORK = "grep -qx 'my unsaved thoughts' notes/wip.txt && grep -q 'edited by the user' docs/guide.md"


class Template:
    """The base repository, built once; each case gets a copy with every time and link."""

    def __init__(self, place: Path) -> None:
        self.root = place / "base"
        home = place / "home"
        home.mkdir(parents=True)
        _sh(["sh", str(HERE / "base_repo.sh"), str(self.root)], place, {**ENVIRONMENT, "HOME": str(home)})


@dataclass(frozen=True)
class Box:
    """One case's place. `{{REPO}}`, `{{OUT}}` and `{{HOME}}` of a payload stand for its folders."""

    root: Path

    @property
    def repo(self) -> Path:
        return self.root / "ws"

    @property
    def out(self) -> Path:
        return self.root / "outside"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @classmethod
    @contextlib.contextmanager
    def fresh(cls, template: Template, setup: str) -> Iterator[Box]:
        """Made for one case, gone after it."""
        with tempfile.TemporaryDirectory(prefix="attack-", ignore_cleanup_errors=True) as name:
            box = cls(Path(name))
            subprocess.run(["cp", "-a", "--", str(template.root), str(box.repo)], check=True)
            for folder in (box.out, box.home / ".ssh"):
                folder.mkdir(parents=True)
            (box.out / "victim.txt").write_text("ORIGINAL\n")
            (box.out / "secret.txt").write_text("CANARY-OUTSIDE\n")
            key = "OPENSSH PRIVATE KEY"
            (box.home / ".ssh/id_rsa").write_text(f"-----BEGIN {key}-----\nCANARY-SSH-KEY\n-----END {key}-----\n")
            if setup:
                done = box.sh(setup)
                assert done.returncode == 0, done.stderr
            yield box

    def sh(self, script: str) -> subprocess.CompletedProcess[str]:
        environment = {**ENVIRONMENT, "HOME": str(self.home), "REPO": str(self.repo), "OUT": str(self.out)}
        return _sh(["bash", "-c", script], self.repo, environment)

    def filled(self, value: Any) -> Any:
        """`value` with the placeholders of paths filled in."""
        if isinstance(value, str):
            for name, path in (("REPO", self.repo), ("OUT", self.out), ("HOME", self.home)):
                value = value.replace("{{" + name + "}}", str(path))
            return value
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        return value

    def everything(self) -> dict[str, tuple[int, str]]:
        """Mode and content of each file of the repository and of the folder outside; of `.git` what can execute."""
        found: dict[str, tuple[int, str]] = {}
        for top in (self.repo, self.out):
            for folder, folders, names in os.walk(top):
                for name in names + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
                    path = Path(folder, name)
                    if self._counts(path):
                        found[str(path)] = (path.lstat().st_mode, _content(path))
        return found

    def _counts(self, path: Path) -> bool:
        parts = path.parts
        if "__pycache__" in parts or ".pytest_cache" in parts:
            return False
        git = self.repo / ".git"
        return git not in path.parents or path.name in ("config", "HEAD") or bool({"hooks", "info"} & set(parts))


def _content(path: Path) -> str:
    if path.is_symlink():
        return os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "special"


def _sh(argv: list[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    cwd.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        argv, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=60, errors="replace",
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
