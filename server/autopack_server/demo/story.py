"""The demo's story, told by a user's commands; what must be seen on the way is noted and judged at the end."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from autopack_server.demo.project import PLAN, clean_environment, git, make_project, write_cassette
from autopack_server.demo.proof import compare, table
from autopack_server.demo.user import Typed, User, missing_for_tests

RUN = "demo"
MOST_ANSWERS = 12


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

    model = () if real else ("--cassette", str(write_cassette(folder)))
    end = user.types("run", PLAN, *model)
    if not real:
        _look_back(user, end, seen)
    end = _answer(user, end, seen)
    after = UserRepo.open(root).fingerprint()

    status = user.asks("status", RUN)
    if real:
        seen.note(str(status["state"]).startswith("DONE_"), f"the run came to an end ({status['state']})")
    else:
        _look_at_end(user, end, status, seen)
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


def _look_back(user: User, end: Typed, seen: Seen) -> None:
    """After the first command: two phases are complete, the third waits for a person."""
    status = user.asks("status", RUN)
    first, second, third, _ = status["phases"]
    seen.note((first["state"], first["attempts"]) == ("COMPLETE", 1), "(1) a phase went straight through")
    outcome = user.asks("show", RUN, second["id"], "1", "--evidence")["outcome"]
    broken = [f for f in outcome["findings"] if f["code"] == "AP401"]
    located = [f for f in broken if f["path"] == "tests/test_catalogue.py" and f["range"]]
    place = f"{located[0]['path']}:{located[0]['range']['start']['line']}" if located else ""
    seen.note(
        place and f"AP401 {place}" in end.screen and "assert [] ==" in end.screen,
        "(2) the first answer broke a test: AP401 with file, line and the failing assertion",
    )
    seen.note((second["state"], second["attempts"]) == ("COMPLETE", 2), "(2) the second answer repaired it")
    requests = status["requests"]
    asked = len(requests) == 1 and requests[0]["phase"] == third["id"] and requests[0]["codes"] == ["AP303"]
    shown = asked and all(line.strip() in end.screen for line in requests[0]["shown"])
    seen.note(end.code == 3 and third["state"] == "BLOCKED" and shown, "(3) more than 200 lines go: a person was asked")


def _answer(user: User, end: Typed, seen: Seen) -> Typed:
    """Approve what is asked and go on, as often as it takes."""
    for _ in range(MOST_ANSWERS):
        if end.code != 3:
            break
        for request in user.asks("status", RUN)["requests"]:
            done = user.types("approve", RUN, request["id"], "--digest", request["digest"])
            seen.note(done.code == 0, f"request {request['id']} was approved as a user would")
        end = user.types("resume", RUN)
    return end


def _look_at_end(user: User, end: Typed, status: dict[str, Any], seen: Seen) -> None:
    _, _, third, last = status["phases"]
    seen.note(third["state"] == "COMPLETE", "(3) with the approval the phase went on and is complete")
    seen.note((last["state"], last["attempts"]) == ("FAILED", 2), "(4) a phase failed for good after two attempts")
    lines = [line.split(None, 1) for line in end.screen.splitlines()]
    bundles = [Path(words[1]) for words in lines if len(words) == 2 and words[0] == "handoff"]
    seen.note(
        bundles and any(b.is_dir() and any(b.iterdir()) for b in bundles),
        "(4) its handoff bundle is written, the path printed",
    )
    state = "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    seen.note(end.code == 1 and status["state"] == state, "the run ended honestly: exit code 1, a person must look")


def _show_result(user: User, status: dict[str, Any], seen: Seen) -> None:
    report = user.types("report", RUN)
    seen.note(report.code == 0 and report.screen.startswith("# "), "the run's report")
    complete = sum(phase["state"] == "COMPLETE" for phase in status["phases"])
    if not complete:
        return
    log = user.types_git("--no-pager", "log", "--oneline", "--no-decorate", f"{status['base']}..{status['branch']}")
    stat = user.types_git("--no-pager", "diff", "--stat", status["base"], status["branch"])
    seen.note(
        len(log.screen.splitlines()) == complete and stat.screen.strip(),
        f"the integration branch {status['branch']} with a commit for each complete phase",
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
