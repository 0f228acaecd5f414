"""A server with its client, a folder with open documents, and the versions of a run's files, all in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lsprotocol import types

from autopack.model.findings import Finding, Position, Range, Tree
from autopack.model.rules import finding
from autopack_server.lsp.board import Board, Later
from autopack_server.lsp.findings import FindingsFeature, PhaseFindings, RunFindings, file_uri
from autopack_server.lsp.positions import Positions

FOLDER = Path("/no/such/folder")
PLAN = "build.autopack.yaml"
PLAN_TEXT = """autopack: 1
run: {id: shelf}
phases:
  - id: index
    goal: Build it.
  - id: search
    goal: Find it.
"""


def error(message: str, path: str = "", line: int = 0, *, tree: Tree = Tree.CANDIDATE, code: str = "AP401") -> Finding:
    """A finding on a whole line of the candidate; line 0 names no line."""
    return finding(code, message, path=path, range=Range.of_line(line) if line else None, tree=tree)


def span(line: int, start: int, end: int) -> Range:
    return Range(Position(line, start), Position(line, end))


@dataclass
class Files:
    """The versions of one attempt: two trees of texts, by path."""

    base_files: dict[str, str] = field(default_factory=dict)
    candidate_files: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def base(self, phase: str, attempt: int, path: str) -> str | None:
        self.reads.append(f"base {path}")
        return self.base_files.get(path)

    def candidate(self, phase: str, attempt: int, path: str) -> str | None:
        self.reads.append(f"candidate {path}")
        return self.candidate_files.get(path)

    def renames(self, phase: str, attempt: int) -> Mapping[str, str]:
        return self.renamed

    def changed(self, phase: str, attempt: int) -> Sequence[str]:
        paths = {*self.base_files, *self.candidate_files}
        return sorted(path for path in paths if self.base_files.get(path) != self.candidate_files.get(path))


@dataclass
class Document:
    """An open document as a workspace has it."""

    uri: str
    source: str
    version: int = 1


@dataclass
class Workspace:
    text_documents: dict[str, Any] = field(default_factory=dict)

    def open(self, path: str, text: str, folder: Path = FOLDER, uri: str = "") -> Document:
        document = Document(uri or file_uri(folder / path), text)
        self.text_documents[unquote(document.uri)] = document
        return document

    def shut(self, document: Document) -> None:
        del self.text_documents[unquote(document.uri)]


class Client:
    """What an editor has been told, by URI."""

    def __init__(self) -> None:
        self.log: list[tuple[str, int | None, list[types.Diagnostic]]] = []
        self.has: dict[str, list[types.Diagnostic]] = {}

    def __call__(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        self.log.append((uri, version, diagnostics))
        self.has[uri] = list(diagnostics)
        if not diagnostics:
            del self.has[uri]

    def at(self, path: str, folder: Path = FOLDER) -> list[tuple[int, str]]:
        """0-based line and message of what a file of the folder shows."""
        return [(d.range.start.line, d.message) for d in self.has.get(file_uri(folder / path), [])]

    def everything(self) -> list[types.Diagnostic]:
        return [diagnostic for found in self.has.values() for diagnostic in found]


class Pools:
    """Runs what it is given at once, or fails as often as it is told."""

    def __init__(self) -> None:
        self.failures = 0
        self.reads = 0
        self.during: Callable[[], None] = lambda: None

    async def follow(self, fn: Callable[..., Any], *args: Any) -> Any:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("overloaded, retry")
        result = fn(*args)
        self.during()
        return result


class Server:
    def __init__(self, encoding: str = "utf-16", later: Later | None = None) -> None:
        self.client = Client()
        self.board = Board(self.client, later)
        self.positions = Positions(encoding)
        self.pools = Pools()
        self.workspace = Workspace()
        self.feature = FindingsFeature(self, lambda code: f"https://rules.test/{code}")


def run_of(
    *phases: PhaseFindings, versions: Files | None = None, folder: Path = FOLDER, run: str = "shelf", plan: str = PLAN
) -> RunFindings:
    return RunFindings(folder, run, file_uri(folder / plan), phases, versions or Files(), file_uri(folder))


def phase_of(*findings: Finding, phase: str = "index", state: str = "EXECUTING", request: str = "") -> PhaseFindings:
    placed = tuple(one.placed(run="shelf", phase=phase, attempt=1) for one in findings)
    return PhaseFindings(phase, 1, "Build it.", state, placed, request)
