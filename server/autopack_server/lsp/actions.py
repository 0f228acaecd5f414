"""Code actions on what stands against a run: each is a command of the contract, in the order a person would try them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from autopack.model.approvals import Stage
from autopack_server.lsp import contract
from autopack_server.lsp.conversion import give, take
from autopack_server.lsp.findings.uris import file_path, run_document
from autopack_server.lsp.refusals import BadArguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopack_server.lsp.contract import DiagnosticData, PhaseSnapshot, RequestSnapshot, RunSnapshot
    from autopack_server.lsp.server import AutopackServer

_AT_WORK = "the run is at work: stop it first"


def run_actions(server: AutopackServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """For every diagnostic of a run under the cursor; each action once."""
    actions: list[types.CodeAction] = []
    known: set[tuple[str, str]] = set()
    snapshots = {(s.folder.uri, s.run): s.snapshot for s in server.runs.seen()}
    for diagnostic in params.context.diagnostics:
        data = data_of(diagnostic)
        if data is None:
            continue
        now = snapshots.get((data.folder_uri, data.run))
        if now is None:
            continue
        path = _path_in(params.text_document.uri, data.folder_uri)
        for action in _actions(now, data, path, asks=server.options.asks_for_text):
            key = (action.title, str(action.command and action.command.arguments))
            if key in known or (action.disabled and not server.client.disables_actions):
                continue
            known.add(key)
            action.diagnostics = [diagnostic]
            actions.append(action)
    return actions


def data_of(diagnostic: types.Diagnostic) -> DiagnosticData | None:
    """The data of one of our diagnostics; None for every other."""
    try:
        return take(contract.DiagnosticData, _plain(diagnostic.data)) if diagnostic.source == "autopack" else None
    except BadArguments:
        return None


def _plain(data: Any) -> Any:
    return data if isinstance(data, dict) or data is None else getattr(data, "__dict__", None)


def _path_in(uri: str, folder_uri: str) -> str:
    """The document's path in the folder, with "/"; "" for one outside."""
    path, root = file_path(uri), file_path(folder_uri)
    if path is None or root is None or not path.is_relative_to(root):
        return ""
    return path.relative_to(root).as_posix()


def _actions(now: RunSnapshot, data: DiagnosticData, path: str, *, asks: bool) -> Iterator[types.CodeAction]:
    phase = next((p for p in now.phases if p.id == data.phase), None)
    for request in now.requests:
        if request.phase == data.phase:
            yield from _answers(now, request)
            yield from _parts(now, request, path, asks)
    if phase is not None:
        yield from _looks(now, phase, data)
        yield from _moves(now, phase, asks)
    if data.code:
        yield _action(f"Explain {data.code}", "autopack.explain", contract.Explain(data.code))


def _answers(now: RunSnapshot, request: RequestSnapshot) -> Iterator[types.CodeAction]:
    what = f"{', '.join(request.codes)} of {request.phase}"
    scopes = (("once", "once"), ("phase", "for this phase"), ("path", _paths(request)))
    for scope, words in scopes[1:2] if request.stage == Stage.WIDEN else scopes:
        yield _action(
            f"Approve {what} {words}", "autopack.approval.approve",
            contract.ApproveRequest(request.id, request.digest, scope, folder_uri=now.folder_uri),  # type: ignore[arg-type]
        )  # fmt: skip
    yield _action(
        f"Reject {what} with a reason…", "autopack.approval.reject",
        contract.RejectRequest(request.id, request.digest, folder_uri=now.folder_uri),
    )  # fmt: skip


def _parts(now: RunSnapshot, request: RequestSnapshot, path: str, asks: bool) -> Iterator[types.CodeAction]:
    """Take the change in part: the file the diagnostic stands in, all but that, or what the person picks."""
    mine = [part.id for part in request.parts if path in part.names]
    others = [part.id for part in request.parts if path not in part.names]
    if mine and others:
        yield _taking(now, request, f"Approve only {path} of {request.phase}", mine)
        yield _taking(now, request, f"Leave {path} out of {request.phase}", others)
    if asks and len(request.parts) > 1:
        yield _action(
            f"Approve a part of {request.phase}…", "autopack.approval.approve",
            contract.ApproveRequest(request.id, request.digest, choose=True, folder_uri=now.folder_uri),
        )  # fmt: skip


def hunk_actions(server: AutopackServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """In a read-only document of a change that a person is asked about: the hunk under the cursor, on either side."""
    document = run_document(params.text_document.uri)
    if document is None:
        return []
    first, last = params.range.start.line + 1, params.range.end.line + 1
    actions: list[types.CodeAction] = []
    for seen in server.runs.seen():
        if seen.run != document.run or document.folder_uri not in ("", seen.folder.uri):
            continue
        for request in seen.snapshot.requests:
            if (request.phase, request.attempt) != (document.phase, document.attempt) or len(request.parts) < 2:
                continue
            for part in request.parts:
                start, count = (part.before if document.side == "base" else part.after) or (0, 0)
                if document.path in part.names and count and start <= last and first < start + count:
                    others = [other.id for other in request.parts if other.id != part.id]
                    actions.append(_taking(seen.snapshot, request, f"Approve only this hunk ({part.id})", [part.id]))
                    actions.append(_taking(seen.snapshot, request, f"Leave this hunk out ({part.id})", others))
    return actions


def _taking(now: RunSnapshot, request: RequestSnapshot, title: str, only: list[str]) -> types.CodeAction:
    params = contract.ApproveRequest(request.id, request.digest, only=only, folder_uri=now.folder_uri)
    return _action(title, "autopack.approval.approve", params)


def _paths(request: RequestSnapshot) -> str:
    return f"for {request.paths[0]}" if len(request.paths) == 1 else f"for these {len(request.paths)} paths"


def _looks(now: RunSnapshot, phase: PhaseSnapshot, data: DiagnosticData) -> Iterator[types.CodeAction]:
    attempt = data.attempt or max((a.number for a in phase.attempts), default=0)
    ref = contract.PhaseRef(now.run, phase.id, attempt, now.folder_uri)
    if phase.attempts:
        yield _action(f"Show the change of {phase.id}, attempt {attempt}", "autopack.phase.showPatch", ref)
        yield _action(f"Show the evidence of {phase.id}, attempt {attempt}", "autopack.phase.showEvidence", ref)
    if phase.state == "FAILED":
        handoff = contract.OpenHandoff(now.run, phase.id, now.folder_uri)
        yield _action(f"Open the handoff of {phase.id}", "autopack.handoff.open", handoff)


def _moves(now: RunSnapshot, phase: PhaseSnapshot, asks: bool) -> Iterator[types.CodeAction]:
    over = phase.state in ("FAILED", "SKIPPED", "COMPLETE")
    retry = contract.RetryPhase(now.run, phase.id, folder_uri=now.folder_uri)
    why = "" if over or not now.at_work else "the phase is at work"
    if now.state == "DISCARDED":
        why = "the run is discarded"
    yield _action(f"Retry {phase.id}", "autopack.phase.retry", retry, why)
    if asks:
        hinted = contract.RetryPhase(now.run, phase.id, None, now.folder_uri)
        yield _action(f"Retry {phase.id} with a hint…", "autopack.phase.retry", hinted, why)
    ended = "" if phase.state != "COMPLETE" else "the phase is complete"
    yield _action(
        f"Skip {phase.id}", "autopack.phase.skip", contract.PhaseRef(now.run, phase.id, 0, now.folder_uri), ended
    )
    before = _before(now, phase)
    yield _action(
        f"Roll back to before {phase.id}", "autopack.run.rollback",
        contract.RollBack(now.run, before, folder_uri=now.folder_uri),
        _AT_WORK if now.at_work else _nothing_to_undo(now, phase),
    )  # fmt: skip
    if _kept_behind(now, phase):
        yield _action(
            f"Take out {phase.id}, keep what came after it", "autopack.run.rollback",
            contract.RollBack(now.run, phase=phase.id, folder_uri=now.folder_uri), _AT_WORK if now.at_work else "",
        )  # fmt: skip


def _before(now: RunSnapshot, phase: PhaseSnapshot) -> str:
    """The last complete phase before this one, "" for the base."""
    ids = [p.id for p in now.phases]
    complete = [p.id for p in now.phases[: ids.index(phase.id)] if p.state == "COMPLETE"]
    return complete[-1] if complete else ""


def _kept_behind(now: RunSnapshot, phase: PhaseSnapshot) -> bool:
    """Whether a phase after this complete one is complete."""
    later = now.phases[[p.id for p in now.phases].index(phase.id) + 1 :]
    return phase.state == "COMPLETE" and any(p.state == "COMPLETE" for p in later)


def _nothing_to_undo(now: RunSnapshot, phase: PhaseSnapshot) -> str:
    later = now.phases[[p.id for p in now.phases].index(phase.id) :]
    return "" if any(p.state == "COMPLETE" for p in later) else "nothing from here on is complete"


def _action(title: str, command: str, params: Any, disabled: str = "") -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        command=None if disabled else types.Command(title=title, command=command, arguments=[give(params)]),
        disabled=types.CodeActionDisabled(reason=disabled) if disabled else None,
    )
