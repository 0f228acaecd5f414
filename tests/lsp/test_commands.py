from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from autopack_server.lsp import commands as module
from autopack_server.lsp import contract
from autopack_server.lsp.commands import Commands
from autopack_server.lsp.refusals import BadArguments, Refused
from tests.kit.lsp_client import Editor

START = "autopack.run.start"


class Table:
    """A table whose two commands count their calls, wait at a gate and fail when told to."""

    def __init__(self) -> None:
        self.commands = Commands()
        self.calls: list[Any] = []
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.fails = False
        self.commands.add(START, self.start)
        self.commands.add("autopack.run.stop", self.start)

    async def start(self, params: Any) -> contract.Started:
        self.calls.append(params)
        number = len(self.calls)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.fails:
            raise Refused("not now")
        return contract.Started(f"run-{number}", "")

    def ask(self, key: str = "k", plan: str = "p", **more: Any) -> asyncio.Task[Any]:
        return asyncio.ensure_future(
            self.commands.run(START, [{"planUri": plan, "idempotencyKey": key, **more}])
        )  # fmt: skip


def run(test: Callable[[Table], Awaitable[None]]) -> None:
    async def made() -> None:
        await test(Table())

    asyncio.run(made())


async def begun(table: Table, calls: int) -> None:
    while len(table.calls) < calls:
        await asyncio.sleep(0)


def test_a_repeated_key_gets_the_first_result_also_while_it_is_being_made() -> None:
    async def test(table: Table) -> None:
        first, second = table.ask(), table.ask(later="unknown keys do not count")
        await begun(table, 1)
        table.gate.set()
        expected = {"runId": "run-1", "folderUri": ""}
        assert [await first, await second, await table.ask()] == [expected] * 3
        assert len(table.calls) == 1
        assert (await table.ask("other"))["runId"] == "run-2"
        assert (await table.ask(""))["runId"] == "run-3"
        assert (await table.ask(""))["runId"] == "run-4"

    run(test)


def test_a_key_does_not_serve_two_different_calls() -> None:
    async def test(table: Table) -> None:
        table.gate.set()
        await table.ask()
        for other in (
            table.ask(plan="q"),
            table.ask(trust=True),
            table.commands.run("autopack.run.stop", [{"runId": "p", "idempotencyKey": "k"}]),
        ):
            with pytest.raises(Refused, match="idempotency key"):
                await other
        assert len(table.calls) == 1

    run(test)


def test_an_error_is_not_remembered() -> None:
    async def test(table: Table) -> None:
        table.fails = True
        table.gate.set()
        first, second = table.ask(), table.ask()
        for asked in (first, second):
            with pytest.raises(Refused, match="not now"):
                await asked
        assert len(table.calls) == 1
        table.fails = False
        assert (await table.ask(plan="q"))["runId"] == "run-2"

    run(test)


def test_work_goes_on_while_somebody_waits_and_ends_with_the_last() -> None:
    async def test(table: Table) -> None:
        first, second = table.ask(), table.ask()
        await begun(table, 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert table.cancelled == 0
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        again = table.ask()
        await begun(table, 2)
        assert table.cancelled == 1
        table.gate.set()
        assert (await again)["runId"] == "run-2"

    run(test)


def test_the_oldest_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)

    async def test(table: Table) -> None:
        table.gate.set()
        for key in "abc":
            await table.ask(key)
        await table.ask("a")
        await table.ask("d")
        assert list(table.commands._calls) == ["c", "a", "d"]
        assert len(table.calls) == 4
        await table.ask("b")
        assert len(table.calls) == 5

    run(test)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (None, "planUri: missing"),
        ([], "planUri: missing"),
        ([{}, {}], "expected one object, got 2 values"),
        (["p"], "expected an object"),
        ([{"planUri": "p", "idempotencyKey": "k" * 1000}], "idempotencyKey"),
        ([{"planUri": "p", "idempotencyKey": 5}], "idempotencyKey: expected a string"),
    ],
)
def test_one_object_is_taken(arguments: Any, told: str) -> None:
    async def test(table: Table) -> None:
        with pytest.raises(BadArguments, match=told):
            await table.commands.run(START, arguments)
        assert table.calls == []

    run(test)


def test_only_what_the_contract_names_is_served_and_once() -> None:
    async def test(table: Table) -> None:
        assert table.commands.names == [START, "autopack.run.stop"]
        with pytest.raises(BadArguments, match=r"there is no command autopack\.explain"):
            await table.commands.run("autopack.explain", [{"code": "AP101"}])
        for name in (START, "autopack.invented"):
            with pytest.raises(ValueError, match="contract"):
                table.commands.add(name, table.start)

    run(test)


def test_what_is_registered_is_what_is_advertised(shared: Editor) -> None:
    assert shared.capabilities["executeCommandProvider"] == {"commands": ["autopack.explain", START]}
    with Editor.start() as bare:
        advertised = bare.capabilities.get("executeCommandProvider", {"commands": []})["commands"]
        assert set(advertised) <= {spec.name for spec in contract.COMMANDS}


def test_a_call_made_twice_over_the_wire_starts_once(shared: Editor) -> None:
    arguments = {"planUri": "file:///once", "cassette": "wait", "idempotencyKey": "over-the-wire"}
    call = {"command": START, "arguments": [arguments]}
    numbers = [shared.ask("workspace/executeCommand", call) for _ in range(3)]
    shared.wait_for("probe/said", lambda p: p["what"] == "file:///once began")
    shared.settle()
    shared.notify("probe/open")
    assert [shared.answer_to(n)["runId"] for n in numbers] == ["file:///once"] * 3
    assert [p["what"] for p in shared.said("probe/said")].count("started file:///once False") == 1
