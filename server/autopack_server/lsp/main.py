"""The server's process: standard streams, features, one connection, and the way out."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import autopack
from autopack_server.lsp.stdio import Ends, take_over

FEATURES: tuple[str, ...] = (
    "autopack_server.lsp.runs.feature",
    "autopack_server.lsp.findings.feature",
    "autopack_server.lsp.plan.feature",
    "autopack_server.lsp.open_documents",
    "autopack_server.lsp.run_documents",
    "autopack_server.lsp.code_actions",
)
"""Modules with `register(server)`, in the order in which they are registered."""

SWITCH_SECONDS = 0.001
"""How long a thread that places findings or reads the journal goes on while the event loop has something to do; Python's
own 5 ms are felt in every answer."""

logger = logging.getLogger(__name__)


def serve(*, replay: bool = False, log_level: str = "warning", features: Sequence[str] = FEATURES) -> NoReturn:
    """Serve the editor at standard input and output until it goes; ends the process with the true exit code."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()  # thousands of classes are made now and none goes; a tenth of the start would go into looking
    ends = take_over()
    from autopack_server.lsp import log

    log.set_up(log_level)
    code = 1
    try:
        code = asyncio.run(_serve(ends, replay, features))
    except BaseException:
        logger.exception("the server broke off")
    finally:
        os._exit(code)


async def _serve(ends: Ends, replay: bool, features: Sequence[str]) -> NoReturn:
    from autopack_server.lsp import lifecycle as limits
    from autopack_server.lsp.garbage import Garbage
    from autopack_server.lsp.outbox import Outbox
    from autopack_server.lsp.reader import Reader
    from autopack_server.lsp.server import AutopackServer

    server = AutopackServer(autopack.__version__, replay=replay)
    for name in features:
        importlib.import_module(name).register(server)
    lifecycle = server.lifecycle
    lifecycle.watch_signals()

    def lost(why: str, gone: bool) -> None:
        if not gone:
            logger.error("the connection is given up: %s", why)
        lifecycle.leave(0 if gone else 1, why)

    def ended(why: str) -> None:
        if why:
            logger.error("the editor's messages cannot be read on: %s", why)
        lifecycle.leave(1 if why else 0, why or "the editor closed the connection")

    outbox = Outbox(ends.write, lost)
    server.protocol.connect(outbox)
    garbage = Garbage()
    garbage.watch()
    Reader(ends.read, garbage.noting(server.protocol.receive), ended).start()
    await lifecycle.left()
    await lifecycle.run_hooks()
    for name in await server.pools.close(limits.POOL_SECONDS):
        logger.error("%s still runs while the server leaves", name)
    await outbox.drained(limits.WRITE_SECONDS)
    logging.shutdown()
    os._exit(lifecycle.code)
