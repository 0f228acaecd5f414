"""5,000 findings of a run on the board while a person types: what the event loop is held for, and for how long.

Blocks are callbacks of the loop by their own CPU time (what other processes take does not count); the goal is that none
lasts 20 ms. The placing itself runs in a pool of two threads, as in the server; its CPU is told beside that of bringing
the same diagnostics onto the wire (converting and encoding), which no server can do without.

    python -m benchmarks.findings [--findings N] [--files N] [--edits N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pygls.workspace import TextDocument

from autopack.model.findings import Range
from autopack.model.rules import finding
from autopack_server.lsp.board import Board
from autopack_server.lsp.findings import FindingsFeature, PhaseFindings, RunFindings, file_uri
from autopack_server.lsp.positions import Positions
from benchmarks import measure

BLOCK_SECONDS = 0.020
LINES = 300


class Blocks:
    """CPU seconds of each callback of the loops of this process."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            self.seconds.append(time.thread_time() - began)

        asyncio.Handle._run = timed  # type: ignore[method-assign]

    def told(self) -> dict[str, float]:
        """And forgets what it told."""
        seconds, self.seconds = self.seconds, []
        longest = max(seconds, default=0.0)
        return {
            "callbacks": len(seconds),
            "longest_ms": round(longest * 1000, 2),
            "over_20_ms": sum(s > BLOCK_SECONDS for s in seconds),
            "loop_cpu_ms": round(sum(seconds) * 1000, 1),
        }


class Pools:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2)
        self.cpu = 0.0

    async def follow(self, fn: Callable[..., Any], *args: Any) -> Any:
        def measured() -> Any:
            began = time.thread_time()
            try:
                return fn(*args)
            finally:
                self.cpu += time.thread_time() - began

        return await asyncio.get_running_loop().run_in_executor(self._threads, measured)


class Versions:
    """Every file twice: as it is, and with a line of its own in every tenth place."""

    def base(self, phase: str, attempt: int, path: str) -> str:
        return "".join(f"    value_{n} = compute({path!r}, {n})\n" if n % 5 else "\n" for n in range(LINES))

    def candidate(self, phase: str, attempt: int, path: str) -> str:
        lines = self.base(phase, attempt, path).splitlines(keepends=True)
        return "".join(line + ("    # proposed\n" if n % 10 == 0 else "") for n, line in enumerate(lines))

    def renames(self, phase: str, attempt: int) -> dict[str, str]:
        return {}

    def changed(self, phase: str, attempt: int) -> list[str]:
        return []


class Server:
    """Its converter has converted a diagnostic before: the first one costs 45 ms, once in a process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.converter = default_converter()
        self.positions = Positions("utf-16")
        self.pools = Pools()
        self.board = Board(self.publish, loop.call_soon)
        self.text_documents: dict[str, TextDocument] = {}
        self.sent = self.bytes = 0
        self.wire = 0.0
        start = types.Range(types.Position(0, 0), types.Position(0, 0))
        related = types.DiagnosticRelatedInformation(types.Location("file:///warm", start), "")
        description = types.CodeDescription("")
        warm = types.Diagnostic(start, "", code_description=description, related_information=[related], data={})
        self.publish("file:///warm", [warm], None)

    @property
    def workspace(self) -> Server:
        return self

    def publish(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        began = time.thread_time()
        params = types.PublishDiagnosticsParams(uri, diagnostics, version)
        message = types.PublishDiagnosticsNotification(params)
        self.bytes += len(json.dumps(self.converter.unstructure(message)))
        self.sent += 1
        self.wire += time.thread_time() - began


async def measured(folder: Path, count: int, files: int, edits: int, blocks: Blocks) -> dict[str, object]:
    """One run's findings put, then a document edited so often, then the run dropped."""
    server = Server(asyncio.get_running_loop())
    versions = Versions()
    paths = [f"src/module_{n:03}.py" for n in range(files)]
    (folder / "src").mkdir()
    for path in paths:
        (folder / path).write_text(versions.base("", 1, path))
    plan = folder / "build.autopack.yaml"
    plan.write_text("autopack: 1\nphases:\n" + "".join(f"  - id: phase-{n}\n" for n in range(4)))
    found = [
        finding("AP401", f"test_{n} failed: assert 1 == 2", path=paths[n % files], range=Range.of_line(n % LINES + 1))
        for n in range(count)
    ]
    phases = tuple(PhaseFindings(f"phase-{n}", 1, "Build it.", "FAILED", tuple(found[n::4])) for n in range(4))
    feature = FindingsFeature(server, lambda code: f"https://rules.test/{code}")
    rows: dict[str, object] = {}

    async def step(name: str) -> None:
        await feature.idle()
        await asyncio.sleep(0.05)
        told = blocks.told()
        rows[name] = {
            **told, "placing_cpu_ms": round(server.pools.cpu * 1000, 1), "wire_cpu_ms": round(server.wire * 1000, 1),
            "published": server.sent, "kib": server.bytes // 1024,
        }  # fmt: skip
        server.pools.cpu = server.wire = 0.0
        server.sent = server.bytes = 0

    await asyncio.sleep(0)
    blocks.told()
    feature.put(RunFindings(folder, "shelf", file_uri(plan), phases, versions, file_uri(folder)))
    await step("put")
    uri = file_uri(folder / paths[0])
    document = TextDocument(uri, versions.base("", 1, paths[0]), 1)
    server.text_documents[uri] = document
    for number in range(edits):
        text = "# typed\n" * (number + 1) + versions.base("", 1, paths[0])
        server.text_documents[uri] = TextDocument(uri, text, number + 2)
        feature.changed(uri)
        await asyncio.sleep(0.35)
    await step(f"{edits} edits of one document")
    plan.write_text("# more\n" + plan.read_text())
    feature.reopened(file_uri(plan))
    await asyncio.sleep(0.35)
    await step("an edit of the plan")
    feature.drop(folder, "shelf")
    await step("drop")
    return rows


def main() -> int:
    """0 when no callback held the loop for 20 ms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--findings", type=int, default=5_000)
    parser.add_argument("--files", type=int, default=250)
    parser.add_argument("--edits", type=int, default=10)
    options = parser.parse_args()
    blocks = Blocks()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measured(Path(folder), options.findings, options.files, options.edits, blocks))
    measure.save("findings", {"findings": options.findings, "files": options.files, "steps": rows})
    for name, row in rows.items():
        print(f"{name:32} {row}")
    return int(any(row["over_20_ms"] for row in rows.values() if isinstance(row, dict)))


if __name__ == "__main__":
    sys.exit(main())
