"""Messages an editor could send, and what a hostile or broken one makes of them; all from one seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import attrs

from autopack_server.lsp import contract
from autopack_server.lsp.conversion import give
from tests.kit.lsp_client import CAPABILITIES, framed

URI = "file:///nowhere/plan.autopack.yaml"
DOCUMENT = {"uri": URI}
PLACE = {"line": 0, "character": 1}
AT = {"textDocument": DOCUMENT, "position": PLACE}
RANGE = {"start": PLACE, "end": {"line": 0, "character": 2}}
OPEN = {"textDocument": {**DOCUMENT, "languageId": "yaml", "version": 1, "text": "autopack: 1\nrun: {id: x}\n"}}


def _arguments(kind: type[Any]) -> dict[str, Any]:
    required = {f.name: "x" for f in attrs.fields(kind) if f.default is attrs.NOTHING}
    return give(kind(**required))


REQUESTS: list[tuple[str, Any]] = [
    *(
        ("workspace/executeCommand", {"command": spec.name, "arguments": [_arguments(spec.takes)]})
        for spec in contract.COMMANDS
    ),
    ("initialize", {"processId": 1, "rootUri": None, "capabilities": {}}),
    ("textDocument/hover", AT),
    ("textDocument/completion", {**AT, "context": {"triggerKind": 1}}),
    ("textDocument/definition", AT),
    ("textDocument/documentSymbol", {"textDocument": DOCUMENT}),
    ("textDocument/foldingRange", {"textDocument": DOCUMENT}),
    ("textDocument/codeLens", {"textDocument": DOCUMENT}),
    ("textDocument/documentLink", {"textDocument": DOCUMENT}),
    ("textDocument/inlayHint", {"textDocument": DOCUMENT, "range": RANGE}),
    ("textDocument/diagnostic", {"textDocument": DOCUMENT}),
    ("textDocument/codeAction", {"textDocument": DOCUMENT, "range": RANGE, "context": {"diagnostics": []}}),
    ("codeAction/resolve", {"title": "x", "data": {"run": "r"}}),
    ("workspace/textDocumentContent", {"uri": "autopack:/a.py?r/p/1/candidate"}),
    ("workspace/symbol", {"query": "x"}),
    ("no/such/method", {"jsonrpc": "2.0", "id": 1}),
]
NOTIFICATIONS: list[tuple[str, Any]] = [
    ("initialized", {}),
    ("$/cancelRequest", {"id": 5}),
    ("$/setTrace", {"value": "off"}),
    ("window/workDoneProgress/cancel", {"token": "t"}),
    ("textDocument/didOpen", OPEN),
    (
        "textDocument/didChange",
        {"textDocument": {**DOCUMENT, "version": 2}, "contentChanges": [{"range": RANGE, "text": "é\r\n"}]},
    ),
    ("textDocument/didSave", {"textDocument": DOCUMENT, "text": "x"}),
    ("textDocument/didClose", {"textDocument": DOCUMENT}),
    ("workspace/didChangeConfiguration", {"settings": {"autopack": {"replay": True}}}),
    ("workspace/didChangeWorkspaceFolders", {"event": {"added": [{"uri": "file:///a", "name": "a"}], "removed": []}}),
    ("workspace/didChangeWatchedFiles", {"changes": [{"uri": URI, "type": 1}]}),
]
VALUES: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**70, 1e308, "", "x", "\x00", "\ud800", "\u202e", "9" * 400,
    "file://[", "file:///%00", "http://evil.invalid/", "untitled:Untitled-1", "autopack:/../../etc/passwd", "a" * 5000,
    [], [[]], [None] * 50, {}, {"": {}}, {"jsonrpc": "2.0", "id": 9, "method": "shutdown"}, {"type_name": "x y"},
]  # fmt: skip
HEADERS = [
    b"Content-Length: -1\r\n\r\n", b"Content-Length: 99999999999999\r\n\r\n", b"Content-Length: %d\r\n\r\n" % 10**9,
    b"Content-Length: 9\r\n", b"Content-Length: abc\r\n\r\n", b"\r\n\r\n", b"x" * 9000, b"Content-Length : 2\r\n\r\n{}",
    b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}", b"\x00\xff\r\n\r\n", b"Content-Length: 2\r\n\r\n{}garbage\r\n",
]  # fmt: skip


class Mutator:
    """Ids of its messages are strings `f0`, `f1`, ... so that the test's own requests are told apart."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self._count = 0

    def original(self) -> dict[str, Any]:
        self._count += 1
        kind = self.chance.random()
        if kind < 0.05:
            return {"jsonrpc": "2.0", "id": f"f{self._count}", "result": {"x": 1}}
        method, params = self.chance.choice(REQUESTS if kind < 0.65 else NOTIFICATIONS)
        whole = {"jsonrpc": "2.0", "method": method, "params": params}
        return {**whole, "id": f"f{self._count}"} if kind < 0.65 else whole

    def body(self) -> bytes:
        """A mutated body, framed as it should be."""
        data: Any = json.loads(json.dumps(self.original()))
        changes: list[Callable[[Any], Any]] = [self._swap, self._swap, self._drop, self._nest]
        for _ in range(self.chance.randint(0, 3)):
            data = self.chance.choice(changes)(data)
        body = json.dumps(data, ensure_ascii=self.chance.random() < 0.8).encode("utf-8", "surrogatepass")
        return framed(self._bytes(body) if self.chance.random() < 0.3 else body)

    def handshake(self) -> bytes:
        """An initialize with something wrong in it, framed as it should be."""
        folder = {"uri": "file:///nowhere", "name": "x"}
        given = {"processId": None, "rootUri": None, "workspaceFolders": [folder], "capabilities": CAPABILITIES}
        self._count += 1
        params = json.loads(json.dumps({**given, "initializationOptions": {"x": 1}}))
        for _ in range(self.chance.randint(1, 4)):
            params = self.chance.choice([self._swap, self._drop, self._nest])(params)
        whole = {"jsonrpc": "2.0", "id": f"f{self._count}", "method": "initialize", "params": params}
        return framed(json.dumps(whole).encode())

    def stream(self) -> bytes:
        """Bytes after which nothing may be readable any more."""
        good = self.body()
        kind = self.chance.random()
        if kind < 0.5:
            return good + self.chance.choice(HEADERS) + good
        return self._bytes(good) if kind < 0.8 else good[: self.chance.randrange(len(good))]

    def _spots(self, data: Any) -> list[tuple[Any, Any]]:
        """Every (container, key) of the tree."""
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        found: list[tuple[Any, Any]] = []
        for key, value in items:
            found += [(data, key), *self._spots(value)]
        return found

    def _swap(self, data: Any) -> Any:
        spots = self._spots(data)
        if not spots or self.chance.random() < 0.03:
            return self.chance.choice(VALUES)
        container, key = self.chance.choice(spots)
        container[key] = json.loads(json.dumps(self.chance.choice(VALUES)))
        return data

    def _drop(self, data: Any) -> Any:
        if spots := self._spots(data):
            container, key = self.chance.choice(spots)
            del container[key]
        return data

    def _nest(self, data: Any) -> Any:
        if spots := self._spots(data):
            container, key = self.chance.choice(spots)
            for _ in range(self.chance.choice((1, 20, 150))):
                container[key] = [container[key]] if self.chance.random() < 0.5 else {"x": container[key]}
        return data

    def _bytes(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(changed) + 1)
            match self.chance.randrange(3):
                case 0:
                    changed[at : at + 1] = bytes([self.chance.randrange(256)])
                case 1:
                    del changed[at : at + self.chance.randint(1, 8)]
                case _:
                    changed[at:at] = changed[at : at + self.chance.randint(1, 30)]
        return bytes(changed)
