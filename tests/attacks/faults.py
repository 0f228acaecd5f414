"""Cases about answers too large or too strange, numbers that are none, and state that is not as it was left."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from autopack.errors import ProviderError
from autopack.llm import ProviderSettings, Retry, call_with_retries, provider_for
from autopack.model.completion import ModelRequest
from autopack.repo import UserRepo
from autopack.service import Service
from tests.attacks.governed import govern_answer
from tests.attacks.product import FIX, Ran, Scene, cli, drive
from tests.attacks.runs import answer, memory
from tests.kit.endpoint import Reply, ScriptedEndpoint

KEY = "sk-ant-api03-" + "a1B2c3D4e5" * 4


def provider_response(scene: Scene) -> dict[str, Any]:
    """What the case's provider sends, as an answer or as the protocol around it."""
    made = scene.payload["generate"]
    if made["kind"] == "retry_after":
        return _retry_after(made["seconds"])
    if made["kind"] == "usage_nan":
        return _strange_usage(scene)
    text = {
        "full_file": lambda: f'{{"files": [{{"path": "src/n.py", "content": "{"x" * made["bytes"]}"}}]}}',
        "json_nest": lambda: '{"files": ' + "[" * made["depth"],
        "repeat": lambda: made["text"] * made["times"] + made["suffix"],
    }[made["kind"]]()
    began = time.perf_counter()
    seen = govern_answer(scene, text)
    seconds = time.perf_counter() - began
    applied = int(seen["outcome"] != "blocked")
    observed = {"server_alive": True, "rss_mb_max": memory(), "applied": applied, "parse_s_max": seconds}
    return {"outcome": seen["outcome"], "observed": seen["observed"] | observed}


def _retry_after(seconds: int) -> dict[str, Any]:
    """The real SDK is told to wait; the first wait we would begin is looked at instead."""
    waits: list[float] = []

    class Seen(Exception):
        pass

    def look(retry: Retry) -> None:
        waits.append(retry.wait)
        raise Seen

    async def ask(url: str) -> None:
        provider = provider_for(ProviderSettings("anthropic", base_url=url, api_key=KEY))
        request = ModelRequest("r", "p", 1, "builder", 1, "claude-sonnet-5-5", "system", "prompt", max_output_tokens=64)
        try:
            await call_with_retries(provider, request, look)
        except (Seen, ProviderError):
            pass
        finally:
            await provider.close()

    with ScriptedEndpoint(lambda _: Reply(status=429, headers={"retry-after": str(seconds)})) as endpoint:
        asyncio.run(ask(endpoint.anthropic_url))
    longest = max(waits, default=0.0)
    return {"outcome": "blocked", "observed": {"server_alive": True, "next_retry_s_max": longest}}


def _strange_usage(scene: Scene) -> dict[str, Any]:
    """Usage that is negative, no number, or absent: what is spent stays finite, and never goes down."""
    reports: list[Any] = [
        {"input_tokens": -5_000_000, "output_tokens": -1},
        {"input_tokens": math.nan, "output_tokens": math.inf},
        {"input_tokens": None, "output_tokens": None},
    ]
    totals: list[dict[str, Any]] = []
    for number, usage in enumerate(reports):
        replies = [Reply(answer(FIX), usage=usage), Reply({"approved": True, "issues": []}, usage=usage)]
        with ScriptedEndpoint(lambda r, replies=replies: replies[min(r.number, 2) - 1]) as endpoint:
            scene.extra = {"AUTOPACK_PROVIDERS_ANTHROPIC_BASE_URL": endpoint.anthropic_url, "ANTHROPIC_API_KEY": KEY}
            drive(scene, scene.plan(name=f"usage-{number}", scope=["src/**"]), None)
            with Service.open(scene.repo, env=scene.env) as service:
                totals += [view.usage for view in service.runs()]
    numbers = [value for total in totals for value in total.values() if isinstance(value, int | float)]
    fine = bool(numbers) and all(math.isfinite(value) and value >= 0 for value in numbers)
    return {"outcome": "allowed", "observed": {"budget_ok": fine, "usage": totals}}


def state_fault(scene: Scene) -> dict[str, Any]:
    """The state folder after a first run, hurt as the case says; then a second start."""
    return STATE[scene.payload["fault"]](scene)


def _store_of(scene: Scene) -> Path:
    seen = _run(scene, "first")
    assert seen.complete, seen
    with Service.open(scene.repo, env=scene.env) as service:
        return service.state / "store.db"


def _run(scene: Scene, name: str) -> Ran:
    return drive(scene, scene.plan(name=name, scope=["src/**"]), scene.cassette(answer(FIX), name=name))


def _garbage(scene: Scene) -> dict[str, Any]:
    store = _store_of(scene)
    data = b"garbage!" * 512 + store.read_bytes()[4096:]
    store.write_bytes(data)
    seen = _run(scene, "second")
    observed = {
        "server_alive": True,
        "diagnostic_shown": "AP902" in seen.error,
        "old_db_kept": store.read_bytes() == data,
    }
    return {"outcome": "blocked" if not seen.run else "allowed", "observed": observed}


def _future(scene: Scene) -> dict[str, Any]:
    store = _store_of(scene)
    with closing(sqlite3.connect(store)) as conn:
        conn.execute("PRAGMA user_version = 9999")
        conn.commit()
    store.with_name("store.db.seal").unlink(missing_ok=True)
    before = store.read_bytes()
    seen = _run(scene, "second")
    return {
        "outcome": "blocked" if not seen.run else "allowed",
        "observed": {"db_unchanged": before == store.read_bytes()},
    }


def _symlink(scene: Scene) -> dict[str, Any]:
    state = scene.state / UserRepo.open(scene.repo).repo_id
    state.mkdir(parents=True)
    victim = scene.out / "victim.txt"
    (state / "store.db").symlink_to(victim)
    before = victim.read_bytes()
    seen = _run(scene, "first")
    unchanged = before == victim.read_bytes() and not victim.with_name("victim.txt-wal").exists()
    return {"outcome": "blocked" if not seen.run else "allowed", "observed": {"outside_unchanged": unchanged}}


def _killed(scene: Scene) -> dict[str, Any]:
    flag = scene.place / "fault"
    flag.touch()
    plan, cassette = scene.plan(name="first", scope=["src/**"]), scene.cassette(answer(FIX))
    ended = cli(scene, "run", str(plan), "--cassette", str(cassette), "--trust-plan",
                env={"AUTOPACK_FAULT": "apply.committed:kill9", "AUTOPACK_FAULT_ENABLE": str(flag)})  # fmt: skip
    assert ended.killed, str(ended)
    again = cli(scene, "resume", "first")
    (store,) = scene.state.glob("*/store.db")
    with closing(sqlite3.connect(store)) as conn:
        whole = conn.execute("PRAGMA integrity_check").fetchone()[0]
    resumed = again.code == 0 and bool(again.last("run.resumed"))
    return {"outcome": "allowed" if resumed else "blocked", "observed": {"run_resumed": resumed, "db_integrity": whole}}


def _second_owner(scene: Scene) -> dict[str, Any]:
    """A second surface takes the run while the first one holds it."""
    from autopack.errors import LockHeld

    plan, cassette = scene.plan(name="first", scope=["src/**"]), scene.cassette(answer(FIX))
    owners = 1
    with Service.open(scene.repo, env=scene.env) as one, Service.open(scene.repo, env=scene.env) as two:
        run = one.start(plan, cassette=cassette, trust=True)
        try:
            two.resume(run)
            owners += 1
        except LockHeld:
            pass
        view = two.status(run)
        applied = int(view.head != view.base)
    return {"outcome": "blocked" if owners == 1 else "allowed", "observed": {"owners": owners, "applied": applied}}


STATE = {
    "db_garbage_header": _garbage,
    "schema_from_future": _future,
    "db_symlink_outside": _symlink,
    "kill9_then_restart": _killed,
    "second_server": _second_owner,
}
"""What is driven here. A full disk, a failing disk at each write, and a clock set back have suites of their own."""
