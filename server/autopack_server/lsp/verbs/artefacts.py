"""Commands that make and open what people read: report, handoff bundle, plan, rule, health."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autopack_server.lsp import contract
from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.runs.folder import call

if TYPE_CHECKING:
    from autopack.service import Service
    from autopack_server.lsp.server import AutopackServer

PLAN = "build.autopack.yaml"
ENDING = ".autopack.yaml"


def register(server: AutopackServer) -> None:
    async def report(params: contract.RunRef) -> contract.Opened:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        path: Path = await call(server, seen.folder, "report", seen.run)
        return contract.Opened(path.as_uri(), await server.client.show(path.as_uri()))

    async def handoff(params: contract.OpenHandoff) -> contract.Opened:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        folder: Path = await call(server, seen.folder, "handoff", seen.run, params.phase_id)
        summary = folder / "summary.md"
        return contract.Opened(summary.as_uri(), await server.client.show(summary.as_uri()))

    async def new_plan(params: contract.NewPlan) -> contract.Opened:
        folder = server.folders.named(params.folder_uri)
        service = await folder.service()
        path = await server.pools.act_in(folder.key, write_plan, service, folder.root, params.name or PLAN)
        return contract.Opened(path.as_uri(), await server.client.show(path.as_uri()))

    async def check(params: contract.FolderRef) -> contract.Health:
        folder = server.folders.named(params.folder_uri)
        found = await call(server, folder, "health")
        return contract.Health(
            [contract.Check(c.name, c.passed, c.required, c.message, "" if c.passed else c.hint) for c in found]
        )

    async def explain(params: contract.Explain) -> contract.Explanation:
        return await _explain(server, params.code.strip().upper())

    server.commands.add("autopack.run.report", report)
    server.commands.add("autopack.handoff.open", handoff)
    server.commands.add("autopack.plan.new", new_plan)
    server.commands.add("autopack.health.check", check)
    server.commands.add("autopack.explain", explain)


def write_plan(service: Service, root: Path, name: str) -> Path:
    """A commented plan in the folder; an existing file is never written over. Raises Refused."""
    if "/" in name or "\\" in name or "\0" in name or name.startswith("."):
        raise Refused(f"{name!r} is no file name", hint=f"A plan lies in the folder itself: {PLAN}.")
    stem = name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".autopack") or "build"
    number, path = 1, root / f"{stem}{ENDING}"
    while path.exists() or path.is_symlink():
        number += 1
        path = root / f"{stem}-{number}{ENDING}"
    schema = service.write_plan_schema()
    place = schema.relative_to(root).as_posix() if schema.is_relative_to(root) else schema.as_uri()
    text = service.starter_plan(root.name, f"./{place}" if not place.startswith("file:") else place)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


async def _explain(server: AutopackServer, code: str) -> contract.Explanation:
    from autopack.model.rules import RULES
    from autopack.report import rule_page

    rule = RULES.get(code)
    if rule is None:
        raise Refused(f"there is no rule {code!r}", hint="Rule codes look like AP401; docs/rules lists them.")
    markdown = rule_page(rule)
    folder = next(iter(server.folders), None)
    if folder is None:
        return contract.Explanation(code, rule.name, markdown, "", False)
    pages: Path = await call(server, folder, "rule_pages")
    uri = (pages / f"{code}.md").as_uri()
    return contract.Explanation(code, rule.name, markdown, uri, await server.client.show(uri))
