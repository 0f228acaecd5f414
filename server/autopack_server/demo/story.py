"""The demo's story, told by a person at an editor; what must be seen on the way is noted and judged at the end."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from autopack_server.demo.editor import ServerError
from autopack_server.demo.project import PLAN, clean_environment, git, make_project, write_cassette
from autopack_server.demo.proof import compare, table
from autopack_server.demo.session import Session
from autopack_server.demo.user import User, missing_for_tests
from autopack_server.lsp.findings.feature import MOST_PLACES

RUN = "demo"
MOST_ANSWERS = 12
PRESSES = ("Agree and Start",)
"""The demo answers requests by the light bulb and leaves every other message alone, as a person may."""


@dataclass(slots=True)
class Seen:
    """What the demo has to show, and whether it did."""

    items: list[tuple[bool, str]] = field(default_factory=list[tuple[bool, str]])

    def note(self, ok: object, what: str) -> None:
        self.items.append((bool(ok), what))

    @property
    def missing(self) -> list[str]:
        return [what for ok, what in self.items if not ok]


def run_demo(real: bool = False, keep: bool = True, as_json: bool = False) -> int:
    """0 when everything was seen, 1 when something is missing (it is named), 2 when the demo cannot start here."""
    lacking = missing_for_tests()
    fix = f"{sys.executable} -m pip install 'autopack[demo]'"
    if not lacking and real:
        lacking, fix = _missing_keys(), "set it, or run the demo on its recorded answers: autopack demo"
    if lacking:
        print(f"error: {lacking}\n  {fix}", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="autopack-demo-")).resolve()
    try:
        out = sys.stderr if as_json else sys.stdout
        seen = _tell(folder, real, out)
        if keep:
            print(f"\nEverything is in {folder}", file=out)
        if as_json:
            items = [{"ok": ok, "what": what} for ok, what in seen.items]
            print(json.dumps({"ok": not seen.missing, "folder": str(folder) if keep else "", "seen": items}))
        return 1 if seen.missing else 0
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _tell(folder: Path, real: bool, out: IO[str]) -> Seen:
    from autopack.repo import UserRepo

    env = clean_environment(folder, sys.executable, own_settings=real)
    root = folder / "shelf"
    make_project(root, env)
    user, seen = User(root, env, out), Seen()
    user.say("A small project in use, with its owner's unfinished work in it:")
    user.say(f"  {root}")
    user.types_git("status", "--short", "--branch")
    user.types_git("--no-pager", "stash", "list")
    before = UserRepo.open(root).fingerprint()

    session = Session(root, env, out, PRESSES)
    status: dict[str, Any] = {}
    try:
        status = _in_the_editor(session, "" if real else str(write_cassette(folder)), seen)
    except (ServerError, TimeoutError, EOFError, OSError) as broken:
        seen.note(False, f"the story was told to its end ({broken})")
        status = session.run(RUN)
    finally:
        code = session.close()
    seen.note(code == 0, "the language server ended cleanly with the editor")
    after = UserRepo.open(root).fingerprint()
    _show_result(user, status, seen)
    rows = compare(before, after)
    user.say("\nWhat the run left alone, compared before and after:")
    for line in table(rows):
        user.say(line)
    ours = git(root, env, "for-each-ref", "--format=%(refname)", "refs/heads/autopack", "refs/autopack").split()
    user.say(f"  and what it added: {', '.join(ours)}, .autonomous_runs/ (which ignores itself)")
    seen.note(not any(row.changed for row in rows), "tree, index, branches, configuration and stash are untouched")
    _judge(user, seen)
    return seen


def _in_the_editor(session: Session, cassette: str, seen: Seen) -> dict[str, Any]:
    """From opening the folder to the end of the run; the run's last snapshot."""
    editor = session.editor
    session.say("\nAn editor opens the folder and the plan:")
    commands = editor.open_folder({"onStart": "leave"})
    plan = editor.open_file(session.root / PLAN)
    session.say(f"  [server]   autopack lsp, {len(commands)} commands")
    _show_outline(session, plan, seen)
    lens = _lens(session, plan, seen)
    session.say("\nThe run is started by the lens above the phases:")
    started = editor.command("autopack.run.start", **lens, **({"cassette": cassette} if cassette else {}))
    seen.note(started["runId"] == RUN, "the run was started from the editor")
    now = session.until_it_rests(RUN)
    if cassette:
        _look_back(session, now, seen)
    now = _answer(session, now, seen)
    if cassette:
        _look_at_end(session, now, seen)
    else:
        seen.note(now["state"].startswith("DONE_"), f"the run came to an end ({now['state']})")
    session.say("\nThe run's report:")
    report = editor.command("autopack.run.report", runId=RUN)
    text = Path(report["uri"].removeprefix("file://")).read_text("utf-8")
    for line in text.splitlines():
        session.say(f"  │ {line}")
    seen.note(report["shown"] and text.startswith("# "), "the run's report opened in the editor")
    return now


def _show_outline(session: Session, plan: str, seen: Seen) -> None:
    symbols = session.editor.request("textDocument/documentSymbol", {"textDocument": {"uri": plan}})
    phases = next((s["children"] for s in symbols if s["name"] == "phases"), [])
    session.say(f"  [outline]  {', '.join(s['name'] for s in phases)}")
    seen.note(len(phases) == 4, "the plan's phases in the outline")


def _lens(session: Session, plan: str, seen: Seen) -> dict[str, Any]:
    """The arguments of the lens that starts the whole plan."""
    lenses = session.editor.request("textDocument/codeLens", {"textDocument": {"uri": plan}})
    starts = [lens["command"] for lens in lenses if lens["command"]["command"] == "autopack.run.start"]
    for command in starts[:1]:
        session.say(f"  [lens]     {command['title']}")
    seen.note(len(starts) == 5, "a lens that starts the plan, and one for each phase")
    return starts[0]["arguments"][0]


def _look_back(session: Session, now: dict[str, Any], seen: Seen) -> None:
    """When the run rests for the first time: two phases are complete, the third waits for a person."""
    first, second, third, _ = now["phases"]
    seen.note((first["state"], len(first["attempts"])) == ("COMPLETE", 1), "(1) a phase went straight through")
    session.say("\nThe second phase took two attempts; what stood against the first, from its evidence:")
    shown = session.editor.command("autopack.phase.showEvidence", runId=RUN, phaseId=second["id"], attempt=1)
    evidence = json.loads(Path(shown["uri"].removeprefix("file://")).read_text("utf-8"))
    broken = [f for f in evidence["outcome"]["findings"] if f["code"] == "AP401"]
    for found in broken:
        start = found["range"]["start"]
        session.say(f"  [finding]  AP401 {found['path']}:{start['line']}:{start['column']}")
        session.say(f"             {found['message']}")
    located = [
        f for f in broken if f["path"] == "tests/test_catalogue.py" and f["range"] and "assert [] ==" in f["message"]
    ]
    seen.note(located, "(2) the first answer broke a test: AP401 with file, line and the failing assertion")
    seen.note((second["state"], len(second["attempts"])) == ("COMPLETE", 2), "(2) the second answer repaired it")
    asked = [r for r in now["requests"] if (r["phase"], r["codes"]) == (third["id"], ["AP303"])]
    told = asked and session.editor.wait(lambda: _shown_whole(session, asked[0]), 30)
    seen.note(
        third["state"] == "BLOCKED" and asked and told,
        "(3) more than 200 lines go: a person was asked, every path shown",
    )


def _shown_whole(session: Session, request: dict[str, Any]) -> bool:
    """Whether a message showed every line of the request, whatever stands before it or between its words."""
    wanted = [" ".join(line.split()) for line in request["lines"][1:-1]]
    return any(all(line in text for line in wanted) for text in session.asked)


def _answer(session: Session, now: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """Approve by the light bulb what is asked and let the run go on, as often as it takes."""
    for _ in range(MOST_ANSWERS):
        if not now["requests"]:
            break
        request = now["requests"][0]
        session.say(f"\nThe request is in the Problems view, at phase {request['phase']} of the plan:")
        uri, problem = session.editor.wait(lambda r=request: _asking(session, r), 30)
        session.show_problem(uri, problem)
        actions = session.bulb(uri, problem)
        once = next((a for a in actions if a["title"].startswith("Approve") and a["title"].endswith("once")), None)
        seen.note(once, f"request {request['id']} can be approved by a code action")
        if once is None:
            break
        session.say(f"  [chosen]   {once['title']}  (the digest of the change goes with it)")
        session.editor.choose(once)
        session.editor.wait(lambda r=request: r not in session.run(RUN)["requests"], 60)
        now = session.until_it_rests(RUN)
    return now


def _asking(session: Session, request: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The problem that asks: at the first path where it asks at each (documents get theirs one after another)."""
    found = [
        (uri, d) for uri, d in session.problems(RUN, request["phase"]) if d["data"].get("request") == request["id"]
    ]
    at_each = len(request["codes"]) == 1 and len(request["paths"]) <= MOST_PLACES
    end = f"/{min(request['paths'])}" if at_each and request["paths"] else ""
    return next(((uri, d) for uri, d in found if uri.endswith(end)), None)


def _look_at_end(session: Session, now: dict[str, Any], seen: Seen) -> None:
    _, _, third, last = now["phases"]
    seen.note(third["state"] == "COMPLETE", "(3) with the approval the phase went on and is complete")
    seen.note((last["state"], len(last["attempts"])) == ("FAILED", 2), "(4) a phase failed for good after two attempts")
    session.say("\nWhat stands against the last phase, where its code is read:")
    found = session.editor.wait(lambda: session.problems(RUN, last["id"]), 30)
    places = [session.show_problem(uri, d) for uri, d in found]
    failing = [(uri, d) for uri, d in found if d.get("code") == "AP401"]
    seen.note(failing, f"(4) its failing test is a diagnostic, at {places[0]}")
    actions = session.bulb(*(failing or found)[0])
    titles = [a["title"] for a in actions]
    wanted = (f"Retry {last['id']}", f"Skip {last['id']}", f"Open the handoff of {last['id']}")
    seen.note(all(t in titles for t in wanted), "(4) the light bulb retries, skips, opens the handoff")
    handoff = next((a for a in actions if a["title"].startswith("Open the handoff")), None)
    if handoff is not None:
        bundle = Path(session.editor.choose(handoff)["uri"].removeprefix("file://")).parent
        seen.note(len(list(bundle.iterdir())) > 1, f"(4) its handoff bundle is written and opened: {bundle}")
    state = "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    told = any("ended" in text for text in session.asked)
    seen.note(now["state"] == state and told, "the run ended honestly: a person must look, and was told")
    seen.note({"begin", "report", "end"} <= set(session.progress), "progress with a way to cancel it")


def _show_result(user: User, now: dict[str, Any], seen: Seen) -> None:
    complete = sum(phase["state"] == "COMPLETE" for phase in now.get("phases", ()))
    if not complete:
        return
    log = user.types_git("--no-pager", "log", "--oneline", "--no-decorate", f"{now['base']}..{now['branch']}")
    stat = user.types_git("--no-pager", "diff", "--stat", now["base"], now["branch"])
    seen.note(
        len(log.screen.splitlines()) == complete and stat.screen.strip(),
        f"the integration branch {now['branch']} with a commit for each complete phase",
    )


def _judge(user: User, seen: Seen) -> None:
    user.say("\nSeen:")
    for ok, what in seen.items:
        user.say(f"  {'yes' if ok else 'NO '}  {what}")
    if seen.missing:
        user.say(f"\nThe demo did not show everything: {'; '.join(seen.missing)}")


def _missing_keys() -> str:
    """Which variable the models of the user's settings need, or ""."""
    from autopack.settings import load_settings, missing_keys

    missing = missing_keys(load_settings(None, env=os.environ).settings, os.environ)
    return f"no {missing[0].variable} in the environment, which {missing[0].model} needs" if missing else ""
