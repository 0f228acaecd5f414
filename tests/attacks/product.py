"""The product as a case finds it: environment, a plan over the whole repository, a run by cassette, what it left."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autopack.errors import AutopackError
from autopack.service import Service
from tests.attacks.box import ENVIRONMENT
from tests.kit.project import APPROVES, whole
from tests.kit.runs import MODULE, Ended, end_of, traceback_in
from tests.kit.target import target_python

FIX = whole("src/a.py", "def add(a, b):\n    return a + b\n\n\ndef mul(a, b):\n    return a * b\n")
"""The honest change of the base repository: it makes the red test green."""
PHASE = "attack"
NEVER_NAMED = (".git", "autopack.db")
"""Files at the top that a plan is refused for (AP107)."""
BEFORE_US = {"G-ENVIRONMENT-03"}
"""Cases whose variable an interpreter obeys before a line of ours runs: what is asked is what we start."""


@dataclass
class Scene:
    """One case on its way: `place` is ours (state, plan, cassette), the other folders are the case's; `process`: runs
    are driven by the command line as a process of its own instead of the service in this one."""

    case: dict[str, Any]
    repo: Path
    out: Path
    home: Path
    place: Path
    process: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> Any:
        return self.case["payload"]

    @property
    def context(self) -> dict[str, Any]:
        return self.case.get("context") or {}

    @property
    def state(self) -> Path:
        return self.place / "state"

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of the product: a fake HOME, the case's own variables last."""
        server = self.payload.get("server_env", {}) if isinstance(self.payload, dict) else {}
        return {
            **ENVIRONMENT,
            "HOME": str(self.home),
            "AUTOPACK_STATE_DIR": str(self.state),
            "AUTOPACK_TARGET_PYTHON": str(target_python()),
            "AUTOPACK_RETRY_WAIT_MAX": "0",
            **self.extra,
            **{key: str(value) for key, value in server.items()},
        }

    def add_files(self, files: Mapping[str, str], *, commit: bool) -> None:
        """Files of the case as part of the repository."""
        for name, text in files.items():
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", errors="surrogatepass")
        if commit and files:
            git(self, "add", "--", *files)
            git(self, "commit", "-q", "-m", "files of the case")

    def plan(self, *, name: str = "attack", scope: Sequence[str] = ("**",), tests: Mapping[str, Any] | None = None,
             phase: Mapping[str, Any] | None = None) -> Path:  # fmt: skip
        """A one-phase plan outside the repository; everything in the repository is in scope."""
        path = self.place / f"{name}.autopack.yaml"
        made = {
            "id": PHASE,
            "goal": self.context.get("goal") or "Make add() add.",
            "scope": {"paths": self._scope(scope)},
            "attempt_cap": 1,
            "tests": {"runner": "pytest", "timeout_seconds": 60, **(tests or {})},
            **(phase or {}),
        }
        path.write_text(json.dumps({"autopack": 1, "run": {"id": name}, "phases": [made]}), "utf-8")
        return path

    def _scope(self, scope: Sequence[str]) -> list[str]:
        """`**` written out, for a plan names no whole repository: what is there at the top, a few new folders, and the
        files that the case puts there."""
        if list(scope) != ["**"]:
            return [folder_of(entry) for entry in scope]
        there = [p for p in sorted(self.repo.iterdir()) if p.name not in (".git", ".autonomous_runs", ".autopack")]
        named = [f"{p.name}/" if p.is_dir() and not p.is_symlink() else p.name for p in there]
        more = ("pkg/", "deploy/", "data/", *new_at_the_top(self.payload))
        return [*named, *(entry for entry in dict.fromkeys(more) if entry not in named)]

    def cassette(self, *answers: Any, name: str = "cassette") -> Path:
        """The Builder's answers in order, and an auditor who approves everything."""
        path = self.place / f"{name}.jsonl"
        lines = [{"match": {"role": "builder"}, "answer": answer} for answer in answers]
        path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, APPROVES]), "utf-8")
        return path

    def texts(self) -> str:
        """Everything the product keeps or shows to people, git objects and checkouts aside, as one text."""
        places = [self.state, self.repo / ".autonomous_runs"]
        files = [p for place in places for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
        checkouts = [*self.state.glob("*/repo.git"), *self.state.glob("*/worktrees")]
        kept = [p for p in files if not any(p.is_relative_to(folder) for folder in checkouts)]
        return "\n".join(p.read_bytes().decode("utf-8", "replace") for p in kept)


def folder_of(entry: str) -> str:
    """A scope of the catalogue as ours: `src/**` is the folder `src/`, `**` the repository."""
    return "." if entry == "**" else entry.removesuffix("**")


def new_at_the_top(payload: Any) -> list[str]:
    """Files without a folder that an answer of either form names, where a plan may name them too."""
    if isinstance(payload, str):
        named = ["".join(found) for found in re.findall(r"^\+\+\+ b/(.+)$|^rename to (.+)$", payload, re.MULTILINE)]
    else:
        named = [str(file.get("path")) for file in payload.get("files", ()) if isinstance(file, dict)]
    return [name for name in named if re.fullmatch(r"\.?[A-Za-z0-9]\w*(\.\w+)*", name) and name not in NEVER_NAMED]


def git(scene: Scene, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=scene.repo, capture_output=True, text=True, timeout=60, check=False,
                          env={**ENVIRONMENT, "HOME": str(scene.home)}, stdin=subprocess.DEVNULL)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextlib.contextmanager
def surroundings(env: Mapping[str, str], cwd: Path) -> Iterator[None]:
    """This process stands in the case's environment and folder, for what reads them from the process."""
    before, here = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@dataclass
class Ran:
    """A run as far as it came: `run` is "" when none was created, `error` the product's typed refusal."""

    run: str = ""
    state: str = ""
    phase: str = ""
    codes: tuple[str, ...] = ()
    requests: tuple[Any, ...] = ()
    prompts: str = ""
    reports: tuple[dict[str, Any], ...] = ()
    end: str = ""
    baseline_ids: int = 0
    nonce: str = ""
    error: str = ""

    @property
    def complete(self) -> bool:
        return self.phase == "COMPLETE"


def drive(scene: Scene, plan: Path, cassette: Path | None, *, repo: Path | None = None) -> Ran:
    """Start the plan and drive it until it ends or a person is needed. A refusal is a result, any other error a
    failure of the case."""
    if scene.process:
        return _drive_process(scene, plan, cassette, repo or scene.repo)
    try:
        with Service.open(repo or scene.repo, env=scene.env) as service:
            run = service.start(plan, cassette=cassette, trust=True)
            asyncio.run(service.drive(run))
            return ran(service, run)
    except AutopackError as error:
        return Ran(error=f"{error.code}: {error.message}")


def cli(scene: Scene, *args: str, env: Mapping[str, str] | None = None, repo: Path | None = None) -> Ended:
    """The command line as a process of its own, in the case's environment."""
    ended = launch(scene, *args, env=env, repo=repo)
    assert not traceback_in(ended), str(ended)
    return ended


def launch(scene: Scene, *args: str, env: Mapping[str, str] | None = None, repo: Path | None = None) -> Ended:
    """As `cli`, whatever the process said in its last words."""
    program = [MODULE[0], "-E", *MODULE[1:]] if scene.case["id"] in BEFORE_US else MODULE
    process = subprocess.Popen(
        [*program, *args, "--repo", str(repo or scene.repo), "--json"], cwd=scene.repo,
        env={**scene.env, **(env or {})}, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    return end_of(process, args)


def _drive_process(scene: Scene, plan: Path, cassette: Path | None, repo: Path) -> Ran:
    replay = ["--cassette", str(cassette)] if cassette else []
    ended = cli(scene, "run", str(plan), "--trust-plan", *replay, repo=repo)
    run = ended.last("run.started").get("run", "")
    if not run:
        assert ended.code in (2, 4), str(ended)
        return Ran(error=str(ended.last("error")))
    assert ended.code in (0, 1, 3), str(ended)
    with Service.open(repo, env=scene.env) as service:
        return ran(service, run)


def ran(service: Service, run: str) -> Ran:
    """What the journal says of the run."""
    view = service.status(run)
    store = service.store
    phase = view.phases[0]
    evidence = [service.evidence(run, phase.id, n) for n in range(1, phase.attempts + 1)]
    reports = tuple(e["test"]["report"] for e in evidence if e["test"] and e["test"]["report"])
    events = store.events(run)
    codes = [e.data["finding"]["code"] for e in events if e.event.value == "finding.added"]
    measured = [e.data["tests"] for e in events if e.data.get("step") == "baseline" and "tests" in e.data]
    prompts = [store.blob(a.sha).decode() for a in store.artefacts(run) if a.kind == "prompt"]
    return Ran(run, view.state, phase.state, tuple(codes), view.requests, "\n".join(prompts), reports,
               end=reports[-1]["end"] if reports else "", baseline_ids=measured[0] if measured else 0,
               nonce=store.run(run).nonce)  # fmt: skip


def tidy(scene: Scene) -> None:
    """Put away the one folder a run adds to the repository, which is ours and ignores itself."""
    place = scene.repo / ".autonomous_runs"
    if place.is_dir() and not place.is_symlink() and (place / ".gitignore").is_file():
        shutil.rmtree(place)
