"""Cases that start a run, or run tests the Builder wrote: hostile repositories, environments and test code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from autopack.errors import AutopackError
from autopack.repo import UserRepo
from tests.attacks.product import FIX, Ran, Scene, drive
from tests.kit.project import whole


def start_run(scene: Scene) -> dict[str, Any]:
    """The honest change, on the case's repository and in its environment."""
    global_config = scene.home / ".gitconfig"
    before = global_config.read_bytes() if global_config.exists() else None
    repo = Path(scene.context.get("workspace", scene.repo))
    seen = drive(scene, scene.plan(scope=["src/**"]), scene.cassette(answer(FIX)), repo=repo)
    after = global_config.read_bytes() if global_config.exists() else None
    return {
        "outcome": "allowed" if seen.complete else "blocked",
        "observed": {
            "run_started": bool(seen.run),
            "baseline_test_ids": seen.baseline_ids,
            "git_dir_used": _git_dir(repo),
            "global_gitconfig_unchanged": before == after,
            "server_alive": True,
            "state": seen.state,
            "error": seen.error,
            "codes": list(seen.codes),
        },
    }


def _git_dir(repo: Path) -> str:
    try:
        return str(UserRepo.open(repo).git_dir)
    except AutopackError as error:
        return error.code


def answer(*files: dict[str, Any]) -> dict[str, Any]:
    return {"summary": "Change files", "files": list(files)}


def test_run(scene: Scene) -> dict[str, Any]:
    """The Builder's answer brings the case's files beside the honest change; the run tests it, twice where it fails."""
    payload, began = scene.payload, time.monotonic()
    new = payload.get("files", {})
    made = json.dumps(answer(FIX, *(whole(name, text, "create") for name, text in new.items())))
    limits = payload.get("limits", {})
    tests = {"timeout_seconds": limits["timeout_s"]} if limits else {}
    cap = 2 if payload.get("server_env") else 1
    plan = scene.plan(tests=tests, phase={"attempt_cap": cap})
    seen = drive(scene, plan, scene.cassette(*[made] * cap))
    kept = scene.texts()
    return {
        "outcome": "allowed" if seen.complete else "blocked" if seen.run or seen.error else "error",
        "observed": {
            "gate": _gate(seen),
            "server_alive": True,
            "children_left": len(alive(seen.nonce)),
            "wall_s_max": time.monotonic() - began,
            "rss_mb_max": memory(),
            "artefact_bytes_max": len(kept.encode()),
            "disk_bytes_max": _disk(scene),
            "prompt_not_contains": seen.prompts,
            "artefacts_not_contain": kept,
            "prompts": len(seen.prompts),
            "codes": list(seen.codes),
            "end": seen.end,
            "error": seen.error,
        },
    }


def _gate(seen: Ran) -> str:
    if seen.complete:
        return "passed"
    return "timeout" if seen.end == "timed_out" else "failed"


def alive(nonce: str) -> list[int]:
    """Processes whose environment carries the run's nonce."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if nonce and nonce.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def memory() -> float:
    """The most this process held since it is the program it is, in MB (`ru_maxrss` would begin with what held the one
    that started it)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _disk(scene: Scene) -> int:
    return sum(p.lstat().st_blocks * 512 for p in scene.place.rglob("*"))
