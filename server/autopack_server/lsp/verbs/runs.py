"""Commands on whole runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopack_server.lsp import contract
from autopack_server.lsp.refusals import Refused
from autopack_server.lsp.runs.folder import call, local_path
from autopack_server.lsp.verbs.trust import agreed

if TYPE_CHECKING:
    from autopack.service import RolledBack
    from autopack_server.lsp.runs.folder import Folder
    from autopack_server.lsp.runs.follow import Seen
    from autopack_server.lsp.server import AutopackServer

_LOOKS = 3
"""How often a run is looked at that somebody else seems to work on."""


def register(server: AutopackServer) -> None:
    async def start(params: contract.StartRun) -> contract.Started:
        return await start_run(server, params)

    async def resume(params: contract.ResumeRun) -> contract.Recorded:
        return await resume_run(server, params)

    async def stop(params: contract.RunRef) -> contract.Recorded:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        await call(server, seen.folder, "stop", seen.run, actor="editor")
        return contract.Recorded(f"Stopping {seen.run}: the step in hand has 5 seconds.", "STOPPED")

    async def roll_back(params: contract.RollBack) -> contract.Recorded:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        done = await call(server, seen.folder, "rollback", seen.run, to=params.to, phase=params.phase, actor="editor")
        return await _recorded(server, seen, _rolled_back(params, done))

    async def discard(params: contract.RunRef) -> contract.Recorded:
        seen = await server.runs.find(params.run_id, params.folder_uri)
        stayed = await call(server, seen.folder, "discard", seen.run, actor="editor")
        return await _recorded(server, seen, f"Run {seen.run} is discarded. {stayed}".strip())

    async def promote(params: contract.PromoteRun) -> contract.Promoted:
        return await _promotion(server, "promote", params)

    async def unpromote(params: contract.UnpromoteRun) -> contract.Promoted:
        return await _promotion(server, "unpromote", params)

    async def list_runs(params: contract.FolderRef) -> contract.RunList:
        folders = [server.folders.named(params.folder_uri)] if params.folder_uri else list(server.folders)
        found = [seen.snapshot for f in folders for seen in (await server.runs.follower(f)).runs.values()]
        return contract.RunList(sorted(found, key=lambda s: -s.created_at))

    for name, handler in (
        ("start", start), ("resume", resume), ("stop", stop), ("rollback", roll_back), ("discard", discard),
        ("promote", promote), ("unpromote", unpromote), ("list", list_runs),
    ):  # fmt: skip
        server.commands.add(f"autopack.run.{name}", handler)


def _rolled_back(params: contract.RollBack, done: RolledBack) -> str:
    """Where the run stands, what becomes of the phases behind it, and whether its branch follows."""
    place = f"phase {params.to}" if params.to and "/" not in params.to else params.to or "its base"
    where = f"before {params.phase}" if params.phase else f"at {place}"
    said = [f"Run {params.run_id} is back {where} ({done.tip[:12]})."]
    if done.again:
        said.append(f"Applied again and proven anew when it goes on: {', '.join(done.again)}.")
    said += [f"Built anew: {a.phase} ({a.why}{': ' if a.paths else ''}{', '.join(a.paths)})." for a in done.anew]
    if done.branch_waits:
        said.append(f"AP904: {done.branch_waits}.")
    return " ".join(said)


async def _promotion(
    server: AutopackServer, verb: str, params: contract.PromoteRun | contract.UnpromoteRun
) -> contract.Promoted:
    seen = await server.runs.find(params.run_id, params.folder_uri)
    done = await call(server, seen.folder, verb, seen.run, mode=params.mode, dry_run=params.dry_run, actor="editor")
    if done.applied:
        server.plans.recheck()
    return contract.Promoted(done.summary, done.applied, list(done.conflicts))


async def start_run(server: AutopackServer, params: contract.StartRun) -> contract.Started:
    """Begin a plan; where it executes what nobody agreed to yet, a person is asked first."""
    path = local_path(params.plan_uri)
    folder = None if path is None else server.folders.of_path(path)
    if path is None or folder is None:
        raise Refused(f"{params.plan_uri} lies in no folder of this workspace", hint="Open its repository's folder.")
    if params.cassette and not server.options.replay:
        raise Refused(
            "runs from a cassette are not allowed here",
            hint="Set autopack.replay in the settings of this machine, or start the server with --replay.",
        )
    _refuse_unsaved(server, params.plan_uri)
    options: dict[str, Any] = {"phases": params.phases, "accept_baseline": params.accept_baseline}
    options |= {k: v for k in ("autonomy", "base", "cassette", "record") if (v := getattr(params, k))}
    reply = await agreed(
        server, folder, lambda trust: server.runs.start(folder, str(path), trust or params.trust, options)
    )
    return contract.Started(reply.run, folder.uri)


def _refuse_unsaved(server: AutopackServer, uri: str) -> None:
    """A run starts from the plan on disk: one that looks different in its buffer would surprise."""
    document = server.client.open_text(uri)
    path = local_path(uri)
    if document is None or path is None or not path.is_file():
        return
    if path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") != document.replace("\r\n", "\n"):
        raise Refused(f"{path.name} has unsaved changes", hint="Save the plan first: a run starts from the saved file.")


async def resume_run(server: AutopackServer, params: contract.ResumeRun) -> contract.Recorded:
    seen = await server.runs.find(params.run_id, params.folder_uri)
    if seen.snapshot.at_work:
        seen = await as_it_stands(server, seen.folder, seen.run) or seen
    if seen.snapshot.at_work:
        return contract.Recorded(f"Run {seen.run} is at work.", seen.snapshot.state)
    names = ("again", "accept_baseline", "token_cap", "money_cap_usd", "max_duration_minutes", "phase_token_caps")
    options = {name: value for name in names if (value := getattr(params, name))}
    reply = await agreed(
        server,
        seen.folder,
        lambda trust: server.runs.resume(seen.folder, seen.run, options, trust=trust or params.trust),
    )
    done = "had ended already" if reply.state.startswith("DONE") else "goes on"
    return contract.Recorded(f"Run {seen.run} {done}.", reply.state)


async def _recorded(server: AutopackServer, seen: Seen, message: str) -> contract.Recorded:
    return contract.Recorded(message, await state_now(server, seen.folder, seen.run))


async def state_now(server: AutopackServer, folder: Folder, run: str) -> str:
    """The run's state after what was just done."""
    known = await as_it_stands(server, folder, run)
    return known.snapshot.state if known else ""


async def as_it_stands(server: AutopackServer, folder: Folder, run: str) -> Seen | None:
    """The run after what was just done. An act holds the run's lock for a moment, and so may another editor's: whoever
    looks then takes it for work, so that is looked at again."""
    follower = await server.runs.follower(folder)
    for _ in range(_LOOKS):
        await follower.look_now(owners=True)
        known = follower.runs.get(run)
        if known is None or not known.snapshot.at_work or known.snapshot.here:
            break
    return follower.runs.get(run)
