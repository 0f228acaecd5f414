"""The server as features see it: a pygls server with commands, pools, positions, diagnostics and a way out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from autopack_server.lsp.board import Board
from autopack_server.lsp.commands import Commands
from autopack_server.lsp.conversion import give
from autopack_server.lsp.lifecycle import Hook, Lifecycle
from autopack_server.lsp.pools import Pools
from autopack_server.lsp.positions import Positions
from autopack_server.lsp.protocol import Protocol

if TYPE_CHECKING:
    from autopack_server.lsp.client import Client
    from autopack_server.lsp.findings.publish import FindingsFeature
    from autopack_server.lsp.options import Options
    from autopack_server.lsp.plan.language import PlanLanguage
    from autopack_server.lsp.runs.folder import Folders
    from autopack_server.lsp.runs.supervisor import Supervisor
    from autopack_server.lsp.runs.workers import Workers

NAME = "autopack"

logger = logging.getLogger(__name__)


class AutopackServer(LanguageServer):
    """Features are modules with `register(server)`: they add commands, pygls features and hooks."""

    protocol: Protocol  # pyright: ignore[reportIncompatibleVariableOverride]
    options: Options
    client: Client
    folders: Folders
    plans: PlanLanguage
    workers: Workers
    runs: Supervisor
    findings: FindingsFeature

    def __init__(self, version: str, *, replay: bool = False) -> None:
        self.commands = Commands()
        self.pools = Pools()
        self.lifecycle = Lifecycle(lambda: self.protocol.stop())
        self.board = Board(self._publish, self._soon)
        self.rule_pages = ""
        self._positions: Positions | None = None
        self.replay = replay
        self._begun = False
        self._on_initialized: list[Hook] = []
        self._on_capabilities: list[Callable[[types.ServerCapabilities], None]] = []
        super().__init__(
            NAME, version, types.TextDocumentSyncKind.Incremental, protocol_cls=Protocol
        )  # fmt: skip

    @property
    def positions(self) -> Positions:
        """Between our positions and the client's, in the encoding it chose; not before initialize was answered."""
        if self._positions is None:
            self._positions = Positions(self.workspace.position_encoding)
        return self._positions

    def rule_href(self, code: str) -> str | None:
        """Where a rule is explained, once the pages are written (`rule_pages` is their folder's URI)."""
        return f"{self.rule_pages}/{code}.md" if self.rule_pages else None

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    def _soon(self, work: Callable[[], None]) -> object:
        return asyncio.get_running_loop().call_soon(work)

    def on_initialized(self, hook: Hook) -> Hook:
        """Run an async function once the editor has said `initialized`; what is heavy is imported there. Hooks begin in
        the order they were added and run side by side."""
        self._on_initialized.append(hook)
        return hook

    def on_leaving(self, hook: Hook) -> Hook:
        """Run an async function before the process ends, whatever ends it; all of them together have 8 seconds."""
        self.lifecycle.on_leaving.append(hook)
        return hook

    def on_capabilities(self, hook: Callable[[types.ServerCapabilities], None]) -> None:
        """Complete the capabilities before they are told; `client_capabilities` are known then."""
        self._on_capabilities.append(hook)

    def describe(self, capabilities: types.ServerCapabilities) -> None:
        """Complete what pygls derived from the features."""
        names = self.commands.names
        capabilities.execute_command_provider = types.ExecuteCommandOptions(commands=names) if names else None
        for hook in self._on_capabilities:
            hook(capabilities)

    def begin(self) -> None:
        """The editor is ready; it may say so twice."""
        if self._begun:
            return
        self._begun = True
        for hook in self._on_initialized:
            self.run_task(hook(), getattr(hook, "__qualname__", "a hook"))

    def run_task(self, work: Awaitable[Any], name: str) -> asyncio.Future[Any]:
        """Run something beside the requests, kept alive until it ends; a failure is logged under `name`."""
        return self.protocol.run_task(work, name)

    def notify(self, method: str, value: Any) -> None:
        """Send one of the contract's notifications, from any thread."""
        self.protocol.notify(method, give(value))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Nothing of an error is shown in passing: requests are answered, the rest is in the log."""
        logger.error("%s: %s", getattr(source, "__name__", source), error)

    def thread(self) -> Any:
        """pygls' threads share their pool with its reader and keep the process from ending."""
        raise TypeError("use server.pools, not threads of pygls")
