"""Cases about a person's word: requests, decisions that come late, twice, or for something else."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

from autopack.errors import AutopackError
from autopack.model.approvals import ApprovalRequest
from autopack.service import Service
from tests.attacks.product import Scene, cli, drive, git
from tests.attacks.runs import answer
from tests.kit.project import APPROVES, whole


class Counter:
    """The steps of one case: each request of the catalogue is a run whose one phase touches editor configuration."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.runs: dict[str, str] = {}
        self.shown: dict[str, ApprovalRequest] = {}
        self.applied: list[str] = []
        self.refused: list[str] = []
        self.killed = any("kill9" in step for step in scene.payload["steps"])

    def request(self, name: str, patch: str = "", ttl_s: float = 0) -> None:
        """A change waits for a person."""
        scene, stem = self.scene, name.lower()
        path = scene.place / f"{stem}.jsonl"
        lines = [{"match": {"role": "builder", "attempt": n}, "answer": self._change(stem, word)}
                 for n, word in ((1, patch or name), (2, "B"))]  # fmt: skip
        path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, APPROVES]))
        plan = scene.plan(name=stem, scope=[".vscode/**"], phase={"attempt_cap": 2})
        if ttl_s:
            made = json.loads(plan.read_text())
            made["run"]["approval_timeout_minutes"] = 1
            plan.write_text(json.dumps(made))
        self.runs[name] = stem
        if self.killed:
            self._killed(plan, path)
        else:
            seen = drive(scene, plan, path)
            assert seen.requests, seen
        self.shown[name] = self.pending(name)[0]

    @staticmethod
    def _change(stem: str, word: str) -> dict[str, Any]:
        return answer(whole(f".vscode/{stem}.json", json.dumps({"word": word}) + "\n", "create"))

    def _killed(self, plan: Path, cassette: Path) -> None:
        flag = self.scene.place / "fault"
        flag.touch()
        ended = cli(
            self.scene, "run", str(plan), "--cassette", str(cassette), "--trust-plan",
            env={"AUTOPACK_FAULT": "consent.requested:kill9", "AUTOPACK_FAULT_ENABLE": str(flag)},
        )  # fmt: skip
        assert ended.killed, str(ended)

    def pending(self, name: str) -> tuple[ApprovalRequest, ...]:
        with self.open() as service:
            return service.status(self.runs[name]).requests

    def open(self) -> Service:
        return Service.open(self.scene.repo, env=self.scene.env)

    def go_on(self, name: str) -> None:
        """The run is resumed, as far as it comes; a completed phase is promoted."""
        run = self.runs[name]
        with self.open() as service:
            if service.status(run).phases[0].state != "COMPLETE":
                service.resume(run)
                asyncio.run(service.drive(run))
            if service.status(run).phases[0].state != "COMPLETE" or name in self.applied:
                return
            ours = bool(self.applied)
            if service.promote(run, mode="merge" if ours else "ff").applied:
                self.applied.append(name)

    def approve(self, said: str | dict[str, Any]) -> None:
        """A person's yes, bound to what they were shown, or to what the case says instead."""
        said = {"request": said} if isinstance(said, str) else said
        name = said["request"]
        run = self.runs.get(name, next(iter(self.runs.values()), "nothing"))
        shown = self.shown.get(name)
        digest = shown.digest if shown else ""
        if "token_of" in said:
            digest = self.shown[said["token_of"]].digest
        elif "hash_prefix" in said:
            digest = digest[: said["hash_prefix"]]
        else:
            digest = said.get("token", digest)
        try:
            with self.open() as service:
                service.approve(run, shown.id if shown else name, digest=digest)
        except AutopackError as error:
            self.refused.append(f"{error.code} {error.message}")
        if name in self.runs:
            self.go_on(name)

    def approve_concurrently(self, names: list[str]) -> None:
        """The same yes from several surfaces at once."""
        barrier = threading.Barrier(len(names))

        def say(name: str) -> None:
            with self.open() as service:
                barrier.wait()
                try:
                    service.approve(self.runs[name], self.shown[name].id, digest=self.shown[name].digest)
                except AutopackError as error:
                    self.refused.append(f"{error.code} {error.message}")

        threads = [threading.Thread(target=say, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in dict.fromkeys(names):
            self.go_on(name)

    def mutate_patch(self, name: str, to: str) -> None:
        """The phase is tried again; its second answer is another change."""
        assert to == "B"
        with self.open() as service:
            service.retry(self.runs[name], service.status(self.runs[name]).phases[0].id)
        self.go_on(name)

    def sleep(self, seconds: float) -> None:
        """Two minutes pass for every request, so that no test waits for them."""
        with self.open() as service:
            tx_database = service.store._database.writer
            with service.store.write(None):
                tx_database.execute("UPDATE requests SET created_at = created_at - 120")

    def commits(self) -> int:
        """How often the first run's change was applied to its tip."""
        with self.open() as service:
            view = service.status(next(iter(self.runs.values())))
            done = [e for e in service.store.effects(view.id) if e.key == "apply" and e.done]
            return len(done)


def approval(scene: Scene) -> dict[str, Any]:
    """The steps of the case in order, through the service."""
    desk = Counter(scene)
    for step in scene.payload["steps"]:
        _take(desk, dict(step))
    waiting = sum(len(desk.pending(name)) for name in desk.runs)
    return {
        "outcome": "blocked" if desk.refused or not desk.applied else "allowed",
        "observed": {
            "applied_patches": desk.applied,
            "apply_count": desk.commits() if desk.runs else 0,
            "pending_approvals": waiting,
            "refused": desk.refused,
        },
    }


def _take(desk: Counter, step: dict[str, Any]) -> None:
    if "request" in step:
        desk.request(step.pop("request"), **step)
    elif "approve" in step:
        desk.approve(step["approve"])
    elif "approve_concurrently" in step:
        desk.approve_concurrently(step["approve_concurrently"])
    elif "mutate_patch" in step:
        desk.mutate_patch(step["mutate_patch"], step["to"])
    elif "write_file" in step:
        path, text = step["write_file"]
        desk.scene.add_files({path: text}, commit=False)
    elif "tick" in step:
        for name in desk.runs:
            desk.go_on(name)
    elif "sleep" in step:
        desk.sleep(step["sleep"])
    elif "commit_user_change" in step:
        path = desk.scene.repo / step["commit_user_change"]
        path.write_text(path.read_text() + "# changed by the user\n")
        git(desk.scene, "commit", "-q", "-m", "a change of the user", "--", step["commit_user_change"])
    else:
        assert step.keys() <= {"kill9", "restart"}, step


def approval_text(scene: Scene) -> dict[str, Any]:
    """A test of the project prints what looks like a decision while a real request is on its way."""
    printed = f"def test_says():\n    print({scene.payload['test_output']!r})\n"
    table = "".join(f"ROW_{n} = {n}\n" for n in range(230))
    scene.add_files({"src/table.py": table, "tests/test_says.py": printed}, commit=True)
    plan = scene.plan(scope=["src/**"])
    seen = drive(scene, plan, scene.cassette(answer({"path": "src/table.py", "action": "delete"})))
    with Service.open(scene.repo, env=scene.env) as service:
        service.resume(seen.run)
        asyncio.run(service.drive(seen.run))
        view = service.status(seen.run)
        logs = [service.store.blob(a.sha).decode() for a in service.store.artefacts(seen.run) if a.kind == "log"]
    applied = int(view.head != view.base)
    said = any("user approved request #1" in log for log in logs)
    return {
        "outcome": "blocked",
        "observed": {"pending_approvals": len(view.requests), "applied": applied, "said": said},
    }
