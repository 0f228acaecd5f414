"""Source distributions of releases: fetched once through pip, verified by SHA-256, kept under .cache/real."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("AUTOPACK_REAL_CACHE", ROOT / ".cache" / "real"))
FETCH_SECONDS = 300


class RegistryOutage(Exception):
    """A release could not be fetched: the measure did not take place, which is a failure and never a skip."""


class WrongDistribution(Exception):
    """What was fetched is not what the manifest pins."""


@dataclass(frozen=True)
class File:
    data: bytes
    executable: bool = False


Tree = dict[str, File]


@dataclass(frozen=True)
class Release:
    project: str
    version: str
    sha256: str = ""

    def fetch(self) -> Path:
        """The verified archive; an empty `sha256` takes what the index gives (only when a manifest is made)."""
        folder = CACHE / "sdists" / f"{self.project}-{self.version}"
        found = sorted(folder.glob("*.tar.gz"))
        if not found:
            self._download(folder)
            found = sorted(folder.glob("*.tar.gz"))
        if not found:
            raise RegistryOutage(f"{self.project} {self.version}: pip fetched no .tar.gz")
        digest = digest_of(found[0])
        if self.sha256 and digest != self.sha256:
            raise WrongDistribution(f"{found[0].name}: SHA-256 {digest}, the manifest says {self.sha256}")
        return found[0]

    def _download(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
                "--no-binary", self.project, "-d", str(folder), f"{self.project}=={self.version}"]  # fmt: skip
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise RegistryOutage(f"{self.project} {self.version}: pip took over {FETCH_SECONDS} s") from late
        if done.returncode:
            raise RegistryOutage(f"{self.project} {self.version}: {done.stderr.strip()[-600:]}")

    def tree(self) -> Tree:
        """The regular files, without the archive's top folder."""
        found: Tree = {}
        with tarfile.open(self.fetch()) as archive:
            for member in archive:
                _, _, path = member.name.partition("/")
                stream = archive.extractfile(member) if member.isfile() and path else None
                if stream is not None:
                    found[path] = File(stream.read(), bool(member.mode & 0o100))
        return found


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_tree(tree: Tree, folder: Path) -> None:
    for path, file in tree.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.data)
        place.chmod(0o755 if file.executable else 0o644)
