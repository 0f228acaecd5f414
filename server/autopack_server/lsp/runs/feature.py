"""Runs in the server: opens the folders, follows their runs, tells the client, and lets go of them at the end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import attrs
from lsprotocol import types

from autopack_server.lsp.client import Client
from autopack_server.lsp.options import Options, read_options
from autopack_server.lsp.runs.folder import Folder, Folders
from autopack_server.lsp.runs.messages import Messages, offer_to_go_on
from autopack_server.lsp.runs.progress import Progress
from autopack_server.lsp.runs.status import StatusLine
from autopack_server.lsp.runs.supervisor import Supervisor
from autopack_server.lsp.runs.workers import Workers
from autopack_server.lsp.verbs import approvals, artefacts, phases, runs

if TYPE_CHECKING:
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

_log = logging.getLogger(__name__)


def register(server: AutopackServer) -> None:
    server.options = Options(replay=server.replay)
    server.client = Client(server)
    server.folders = Folders(server)
    server.workers = Workers(server)
    server.runs = Supervisor(server)
    progress, status, messages = Progress(server), StatusLine(server), Messages(server)

    def tell(seen: Seen, before: Seen | None) -> None:
        server.protocol.notify(
            "autopack/didChangeRuns",
            {"run": seen.run, "version": seen.snapshot.version, "snapshot": seen.wire},
        )
        if before is None or _phases(before) != _phases(seen):
            server.run_task(server.client.refresh_lenses(), "refreshing lenses")

    server.runs.listeners += [tell, progress.heard, status.heard, messages.heard]

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.options = read_options(params.initialization_options, replay=server.replay)
        told = [f.uri for f in params.workspace_folders or []]
        for uri in told or ([params.root_uri] if params.root_uri else []):
            server.folders.add(uri)

    async def open_folder(folder: Folder) -> None:
        try:
            await server.runs.open(folder)
        except Exception as error:
            _log.warning("%s: %s", folder.root, error)
            status.problem(f"{folder.root.name}: {error}".splitlines()[0])
            return
        follower = await server.runs.follower(folder)
        status.tell()
        server.plans.recheck()
        await offer_to_go_on(server, list(follower.runs.values()))

    @server.on_initialized
    async def open_folders() -> None:
        for problem in server.options.problems:
            server.client.tell(f"Autopack: {problem}", grave=True)
        for folder in server.folders:
            server.run_task(open_folder(folder), f"opening {folder.root.name}")

    @server.on_leaving
    async def leave() -> None:
        await server.runs.leave()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def settings_changed(params: types.DidChangeConfigurationParams) -> None:
        """What a client may change while it runs: how its end is taken. The rest holds from the next start."""
        told = params.settings.get("autopack") if isinstance(params.settings, dict) else None
        if isinstance(told, dict):
            new = read_options(told, replay=server.replay)
            server.options = attrs.evolve(
                server.options, on_editor_exit=new.on_editor_exit, on_start=new.on_start, problems=new.problems
            )
            server.workers.on_detach(new.on_editor_exit)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for gone in params.event.removed:
            folder = server.folders.pop(gone.uri)
            if folder is not None:
                await server.runs.close(folder)
        for come in params.event.added:
            folder = server.folders.add(come.uri)
            if folder is not None:
                await open_folder(folder)

    for verbs in (runs, phases, approvals, artefacts):
        verbs.register(server)


def _phases(seen: Seen) -> list[tuple[str, str, int]]:
    return [(p.id, p.state, p.findings) for p in seen.snapshot.phases]
