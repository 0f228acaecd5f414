"""The supervisor: every folder's follower, the workers, and who goes on when a person has answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.runs.folder import Folder
from autopack_server.lsp.runs.follow import Follower, Seen
from autopack_server.worker.order import Order, Reply

if TYPE_CHECKING:
    from autopack_server.lsp.runs.workers import Worker
    from autopack_server.lsp.server import AutopackServer

_log = logging.getLogger(__name__)


class Supervisor:
    """Runs of all folders. A run that this server began is *hosted*: when it waits for a person and the answer comes,
    from wherever, this server goes on with it."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._followers: dict[str, Follower] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._hosted: set[tuple[str, str]] = set()
        self._waiting: set[tuple[str, str]] = set()
        self._going_on: set[asyncio.Task[None]] = set()
        self.listeners: list[Callable[[Seen, Seen | None], None]] = [self._go_on_when_answered]
        self.left: list[Callable[[Folder, str], None]] = [self._forget]
        server.workers.ended.append(self._worker_ended)

    # folders

    async def open(self, folder: Folder) -> None:
        """Follow a folder. Raises AP901 for one that is no usable repository."""
        await folder.service()
        known = self._followers.get(folder.key)
        if known is not None:
            await known.looked()
            return
        follower = Follower(self._server, folder)
        follower.listeners.append(self._heard)
        follower.left.append(self._left)
        self._followers[folder.key] = follower
        self._tasks[folder.key] = asyncio.create_task(follower.follow(), name=f"follow {folder.root.name}")
        await follower.looked()

    async def close(self, folder: Folder) -> None:
        follower = self._followers.pop(folder.key, None)
        for run in list(follower.runs) if follower is not None else []:
            self._left(folder, run)
        task = self._tasks.pop(folder.key, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await folder.close()

    def _heard(self, seen: Seen, before: Seen | None) -> None:
        for listener in self.listeners:
            listener(seen, before)

    def _left(self, folder: Folder, run: str) -> None:
        """The run is followed no more, or its folder was closed."""
        for listener in self.left:
            listener(folder, run)

    def _forget(self, folder: Folder, run: str) -> None:
        self._hosted.discard((folder.key, run))
        self._waiting.discard((folder.key, run))

    async def follower(self, folder: Folder) -> Follower:
        await self.open(folder)
        return self._followers[folder.key]

    # what is known

    def seen(self) -> Iterator[Seen]:
        for follower in list(self._followers.values()):
            yield from list(follower.runs.values())

    def hosts(self, folder: Folder, run: str) -> bool:
        return (folder.key, run) in self._hosted

    async def find(self, run: str, folder_uri: str = "") -> Seen:
        """The run a command names. Raises Refused for an unknown run, or one that two folders hold."""
        if folder_uri:
            folders = [self._server.folders.named(folder_uri)]
        else:
            folders = list(self._server.folders)
        found = [f.runs[run] for folder in folders if run in (f := await self.follower(folder)).runs]
        if not found:
            found = [seen for folder in folders if (seen := await self._older(folder, run)) is not None]
        if not found:
            raise Refused(f"there is no run {run!r}", hint="autopack.run.list shows the runs of a folder.")
        if len(found) > 1:
            raise Refused(f"two folders hold a run {run!r}", hint="Say which by folderUri.")
        return found[0]

    async def _older(self, folder: Folder, run: str) -> Seen | None:
        """A run that ended so long ago that it is not followed."""
        from autopack.errors import UsageError

        follower = await self.follower(folder)
        try:
            return await self._server.pools.read(follower.older, await folder.service(), run)
        except UsageError:
            return None

    async def find_request(self, request: str, folder_uri: str = "") -> Seen:
        """The run that a pending request belongs to. Raises Refused when none has it."""
        for folder in [self._server.folders.named(folder_uri)] if folder_uri else list(self._server.folders):
            follower = await self.follower(folder)
            for seen in follower.runs.values():
                if any(r.id == request for r in seen.snapshot.requests):
                    return seen
        raise Refused(f"no request {request!r} is pending", hint="It was answered, or its attempt is over.")

    # driving

    async def start(self, folder: Folder, plan: str, trust: bool, options: dict[str, Any]) -> Reply:
        await self.open(folder)
        return await self._begin(folder, Order(str(folder.root), plan=plan, trust=trust, options=options))

    async def resume(
        self, folder: Folder, run: str, options: dict[str, Any] | None = None, *, trust: bool = False
    ) -> Reply:
        return await self._begin(folder, Order(str(folder.root), run=run, trust=trust, options=options or {}))

    async def _begin(self, folder: Folder, order: Order) -> Reply:
        settings = self._server.options
        told = Order(order.repo, order.plan, order.run, order.trust, settings.settings, order.options,
                     settings.on_editor_exit)  # fmt: skip
        reply = await self._server.workers.begin(folder, told)
        self._hosted.add((folder.key, reply.run))
        await self._followers[folder.key].look_now()
        return reply

    def _worker_ended(self, worker: Worker, code: int) -> None:
        follower = self._followers.get(worker.folder.key)
        if follower is not None:
            self._later(follower.look_now(owners=True))

    def _go_on_when_answered(self, seen: Seen, before: Seen | None) -> None:
        """Once a hosted run has waited and nothing is asked any more: at the moment nobody works on it."""
        now, key = seen.snapshot, (seen.folder.key, seen.run)
        if now.requests:
            self._waiting.add(key)
        elif key in self._waiting and not now.at_work:
            self._waiting.discard(key)
            if key in self._hosted and not now.ended:
                self._later(self._go_on(seen))
        elif now.step:
            self._waiting.discard(key)

    async def _go_on(self, seen: Seen) -> None:
        try:
            await self.resume(seen.folder, seen.run)
        except Refused as refused:
            _log.warning("run %s does not go on by itself: %s", seen.run, refused)

    def _later(self, doing: Any) -> None:
        task = asyncio.ensure_future(doing)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    async def leave(self) -> None:
        """Untie the workers, stop following."""
        await self._server.workers.leave(wait=self._server.options.on_editor_exit == "park")
        for folder in list(self._server.folders):
            await self.close(folder)
