"""Workspace folders: each with the service of its repository, opened off the event loop when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from autopack_server.lsp.refusals import Refused

if TYPE_CHECKING:
    from autopack.service import Service
    from autopack_server.lsp.server import AutopackServer


def local_path(uri: str) -> Path | None:
    """The normalised path of a `file` URI without host; None for every other one."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc or "\0" in (path := unquote(parts.path)) or not path.startswith("/"):
        return None
    return Path(path).resolve()


class Folder:
    """One workspace folder. `uri` is as the client names it, `key` names its lane in the pools."""

    def __init__(self, server: AutopackServer, root: Path, uri: str) -> None:
        self._server = server
        self.root = root
        self.uri = uri
        self.key = str(root)
        self._service: Service | None = None
        self._opening = asyncio.Lock()

    async def service(self) -> Service:
        """Raises the EnvironmentRefused (AP901) of a folder that is no usable repository; asked again next time."""
        async with self._opening:
            if self._service is None:
                self._service = await self._server.pools.act_in(self.key, self._open)
            return self._service

    def _open(self) -> Service:
        from autopack.service import Service

        return Service.open(self.root, editor=self._server.options.settings)

    async def close(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            await self._server.pools.act_in(self.key, service.close)

    def holds(self, path: Path) -> bool:
        return path.is_relative_to(self.root)


class Folders:
    """The folders of the workspace, in the client's order."""

    def __init__(self, server: AutopackServer) -> None:
        self._server = server
        self._folders: dict[str, Folder] = {}

    def __iter__(self) -> Iterator[Folder]:
        return iter(list(self._folders.values()))

    def add(self, uri: str) -> Folder | None:
        """None for what is no folder of this machine."""
        root = local_path(uri)
        if root is None or not root.is_dir():
            return None
        return self._folders.setdefault(str(root), Folder(self._server, root, uri))

    def pop(self, uri: str) -> Folder | None:
        root = local_path(uri)
        return None if root is None else self._folders.pop(str(root), None)

    def of_path(self, path: Path) -> Folder | None:
        """The innermost folder that holds the path."""
        holding = [f for f in self if f.holds(path)]
        return max(holding, key=lambda f: len(f.root.parts), default=None)

    def of_uri(self, uri: str) -> Folder | None:
        path = local_path(uri)
        return None if path is None else self.of_path(path)

    def named(self, uri: str) -> Folder:
        """The folder a command names, or the only one. Raises Refused."""
        if uri:
            path = local_path(uri)
            found = self.of_path(path) if path is not None else None
            if found is None:
                raise Refused(
                    f"{uri} is no folder of this workspace", hint="Open it as a folder of the workspace first."
                )
            return found
        folders = list(self)
        if not folders:
            raise Refused("no folder is open", hint="Open the repository's folder first.")
        if len(folders) > 1:
            names = ", ".join(f.root.name for f in folders)
            raise Refused("the workspace has several folders", hint=f"Say which by folderUri: {names}.")
        return folders[0]


async def call(server: AutopackServer, folder: Folder, verb: str, *args: Any, **more: Any) -> Any:
    """A method of the folder's service that acts, in the folder's own lane, one after the other."""
    service = await folder.service()
    return await server.pools.act_in(folder.key, lambda: getattr(service, verb)(*args, **more))
