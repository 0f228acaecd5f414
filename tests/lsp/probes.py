"""A feature for tests: commands and methods that wait, fail, print, count, and say what reached them.

The commands stand under names of the contract that take what the probe needs.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import subprocess
import sys
import threading
from typing import Any

from lsprotocol import types

from autopack.errors import EnvironmentRefused
from autopack_server.lsp import contract, lifecycle
from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.server import AutopackServer

SECRET = "/home/someone/private.py"


class Probes:
    def __init__(self, server: AutopackServer) -> None:
        self.server = server
        self.gate = asyncio.Event()
        self.thread_gate = threading.Event()

    def say(self, what: str) -> None:
        self.server.protocol.notify("probe/said", {"what": what})

    async def wait(self, name: str) -> str:
        """Until the gate opens; says when it begins and when it is cancelled."""
        self.say(f"{name} began")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.say(f"{name} cancelled")
            raise
        return name

    async def explain(self, params: contract.Explain) -> contract.Explanation:
        """`code` says what is to happen."""
        what, _, rest = params.code.partition(":")
        text = await getattr(self, f"do_{what.replace('-', '_')}", self.do_echo)(rest)
        return contract.Explanation(what, "", str(text), "", False)

    async def do_echo(self, rest: str) -> str:
        return rest

    async def do_wait(self, rest: str) -> str:
        return await self.wait(rest)

    async def do_raise(self, rest: str) -> str:
        raise RuntimeError(SECRET)

    async def do_refuse(self, rest: str) -> str:
        raise EnvironmentRefused("git is too old\u202e", hint="Install git 2.38.")

    async def do_ask_trust(self, rest: str) -> str:
        raise Refused("the plan brings commands", code="AP121", hint="Agree to them.", lines=["run: make all"])

    async def do_print(self, rest: str) -> str:
        """Everything that could spoil the protocol's stdout: Python, a descriptor, C's stdio, a child."""
        print("printed", flush=True)
        os.write(1, b"written\n")
        libc = ctypes.CDLL(None)
        libc.puts(b"put by C")
        libc.fflush(None)
        subprocess.run([sys.executable, "-c", "print('said by a child')"], check=True)
        return "done"

    async def do_descriptors(self, rest: str) -> str:
        """What a child that inherits everything has: where its descriptors lead, and what it can read."""
        code = (
            "import os, sys\n"
            "print(sorted(int(n) for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')),"
            " repr(sys.stdin.read()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True, close_fds=False
        )
        return done.stdout.strip()

    async def do_threads(self, rest: str) -> str:
        """Notifications from eight threads at once."""

        def shout(number: int) -> None:
            for n in range(200):
                self.server.protocol.notify("probe/shout", {"thread": number, "n": n})

        threads = [threading.Thread(target=shout, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            await asyncio.sleep(0.01)
        return "done"

    async def do_flood(self, rest: str) -> str:
        """`status:N` or `message:N`: so many notifications of a kilobyte."""
        kind, _, number = rest.partition(":")
        for n in range(int(number)):
            if kind == "status":
                self.server.notify("autopack/status", contract.Status(True, f"{n:<1000}"))
            else:
                self.server.protocol.notify("probe/flood", {"n": f"{n:<1000}"})
        return "done"

    async def do_counts(self, rest: str) -> str:
        protocol: Any = self.server.protocol
        counts = (len(protocol._running), len(protocol._request_futures), len(protocol._result_types),
                  len(protocol._background), len(protocol.progress.tokens))  # fmt: skip
        return " ".join(map(str, counts))

    async def do_progress(self, rest: str) -> str:
        """Report twice under one token, one after the other."""
        progress = self.server.work_done_progress
        for _ in range(2):
            await progress.create_async("token")
            progress.begin("token", types.WorkDoneProgressBegin(title="Work"))
            progress.report("token", types.WorkDoneProgressReport(message="half"))
            progress.end("token", types.WorkDoneProgressEnd())
        return "done"

    async def do_ask_editor(self, rest: str) -> str:
        item = types.MessageActionItem(title="Yes")
        params = types.ShowMessageRequestParams(type=types.MessageType.Info, message="?", actions=[item])
        answer = await self.server.window_show_message_request_async(params)
        return answer.title if answer else "nothing"

    async def do_ask_many(self, rest: str) -> str:
        """So many questions of which no answer is awaited."""
        params = types.ShowMessageRequestParams(type=types.MessageType.Info, message="?")
        for _ in range(int(rest)):
            self.server.window_show_message_request(params)
        return "asked"

    async def do_block_readers(self, rest: str) -> str:
        """Fill both reading threads and the queue behind them."""
        calls = [self.server.pools.read(self.thread_gate.wait) for _ in range(int(rest))]
        for call in calls:
            self.server.run_task(call, "a blocked call")
        return "done"

    async def do_read(self, rest: str) -> str:
        return await self.server.pools.read(rest.upper)

    async def do_hold_loop(self, rest: str) -> str:
        self.say("holding")
        threading.Event().wait()
        return ""


def register(server: AutopackServer) -> None:
    probes = Probes(server)
    server.commands.add("autopack.explain", probes.explain)

    async def start(params: contract.StartRun) -> contract.Started:
        probes.say(f"started {params.plan_uri} {params.trust}")
        if params.cassette == "wait":
            await probes.wait(params.plan_uri)
        if params.cassette == "fail":
            raise EnvironmentRefused("not now", hint="Later.")
        return contract.Started(params.plan_uri, "")

    server.commands.add("autopack.run.start", start)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover:
        document = server.workspace.get_text_document(params.text_document.uri)
        if params.position.line == 999:
            await probes.wait("hover")
        return types.Hover(contents=document.source)

    @server.feature("probe/open")
    def open_gate(params: Any) -> None:
        probes.gate.set()
        probes.thread_gate.set()

    @server.feature("probe/echo")
    def echo(params: Any) -> Any:
        return params

    @server.feature("probe/slow-echo")
    async def slow_echo(params: Any) -> Any:
        """A task of its own that does not wait for long."""
        await asyncio.sleep(0)
        return params

    @server.feature("probe/nan")
    def nan(params: Any) -> float:
        return float("nan")

    @server.feature("probe/budget")
    def set_budget(params: Any) -> None:
        for name, seconds in params.items():
            setattr(lifecycle, name, seconds)

    @server.feature("probe/log")
    def log(params: Any) -> None:
        logging.getLogger("probe").warning("%s", params["text"])

    @server.feature("probe/crash")
    def crash(params: Any) -> None:
        ctypes.string_at(0)

    @server.feature("probe/fail")
    async def fail(params: Any) -> None:
        raise RuntimeError(params["text"] if params else SECRET)

    async def ready() -> None:
        probes.say("initialized")

    async def leaving() -> None:
        sys.stderr.write("leaving hook ran\n")
        sys.stderr.flush()
        if os.environ.get("PROBE_LEAVING") == "hang":
            await asyncio.Event().wait()
        if os.environ.get("PROBE_LEAVING") == "fail":
            raise RuntimeError("the hook failed")

    server.on_initialized(ready)
    server.on_leaving(leaving)
    server.on_capabilities(lambda capabilities: setattr(capabilities, "experimental", {"probes": True}))
