"""`run` and `resume`: drive a run in this process, with its events on stdout (JSON) or as progress for people."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from autopack_server.cli.common import common, place_of, put_json, service_of
from autopack_server.cli.errors import say, show_error, silence_stdout, wants_json

if TYPE_CHECKING:
    from autopack.engine import DriveEnd
    from autopack.events import Event
    from autopack.service import Service

OK, FAILED, WAITING = 0, 1, 3


@click.command("run")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--phase", "phases", multiple=True, metavar="ID", help="Only this phase (may be repeated).")
@click.option("--cassette", type=click.Path(path_type=Path), help="Answer from this cassette instead of a model.")
@click.option("--record", type=click.Path(path_type=Path), help="Write every answer to this new cassette.")
@click.option("--unattended", is_flag=True, help="Never wait for a person; refuse what would need one.")
@click.option("--trust-plan", is_flag=True, help="Agree to the commands this plan executes.")
@click.option("--wait", is_flag=True, help="Wait for a person's word instead of ending with 3.")
@click.option("--accept-baseline", is_flag=True, help="Go on although the base's own tests are no usable baseline.")
@common
def run_command(
    plan: Path,
    phases: tuple[str, ...],
    cassette: Path | None,
    record: Path | None,
    unattended: bool,
    trust_plan: bool,
    wait: bool,
    accept_baseline: bool,
    repo: Path,
    as_json: bool,
) -> int:
    """Run PLAN from HEAD (or as its `base` says) on a branch of its own.

    Ends with 0 when every phase is complete, 1 when the run failed, 2 for a wrong call or plan, 3 when it was stopped
    or needs a person, 4 when it was refused before it existed.
    """
    _end_softly()
    with service_of(place_of(repo, plan)) as service:
        screen = _screen(service, as_json)
        run = service.start(
            plan, phases=phases, autonomy="unattended" if unattended else None, cassette=cassette, record=record,
            trust=True if trust_plan else _trust_prompt("start"), accept_baseline=accept_baseline,
        )  # fmt: skip
        return _drive(service, run, wait, screen)


def _caps_of_phases(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    caps: dict[str, int] = {}
    for value in values:
        phase, equals, tokens = value.partition("=")
        if not phase or not equals or not tokens.isdecimal():
            raise click.BadParameter(f"{value!r} is not PHASE=TOKENS, such as index=200000")
        caps[phase] = int(tokens)
    return caps


@click.command("resume")
@click.argument("run")
@click.option("--wait", is_flag=True, help="Wait for a person's word instead of ending with 3.")
@click.option("--accept-baseline", is_flag=True, help="Go on although the base's own tests are no usable baseline.")
@click.option("--trust-plan", is_flag=True, help="Agree to an interpreter made in the repository since the start.")
@click.option("--again", is_flag=True, help="Reopen a failed run and try its failed phases again.")
@click.option("--token-cap", type=int, help="Raise the run's token cap.")
@click.option("--phase-token-cap", "phase_token_caps", multiple=True, metavar="PHASE=TOKENS", callback=_caps_of_phases,
              help="Raise a phase's own token cap; if it failed, it is tried again (may be repeated).")  # fmt: skip
@click.option("--money-cap-usd", type=float, help="Raise the run's money cap (USD).")
@click.option("--max-minutes", type=float, help="Raise the run's time cap (minutes at work).")
@common
def resume_command(
    run: str,
    wait: bool,
    accept_baseline: bool,
    trust_plan: bool,
    again: bool,
    token_cap: int | None,
    phase_token_caps: dict[str, int],
    money_cap_usd: float | None,
    max_minutes: float | None,
    repo: Path,
    as_json: bool,
) -> int:
    """Go on with RUN where it stands. Exit codes are those of `run`."""
    _end_softly()
    with service_of(repo) as service:
        screen = _screen(service, as_json)
        state = service.resume(
            run, accept_baseline=accept_baseline, again=again, token_cap=token_cap, money_cap_usd=money_cap_usd,
            max_duration_minutes=max_minutes, phase_token_caps=phase_token_caps,
            trust=True if trust_plan else _trust_prompt("go on"),
        )  # fmt: skip
        if not state.ended:
            return _drive(service, run, wait, screen)
        view = service.status(run)
        now = {"branch": view.branch, "published": view.published}
        for event in reversed(service.events(run)):
            if event.event == "run.finished":
                screen.show(replace(event, data=event.data | now))
                break
        screen.close()
        return OK if state.value == "DONE_SUCCESS" else FAILED


def _end_softly() -> None:
    """Until the run is driven, a signal ends the command as Ctrl-C does: locks are given back, nothing is half done."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


class Screen(Protocol):
    """Where a drive's events go."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...


class JsonLines:
    """One event a line on stdout, flushed; `run.finished` or `run.stopped` is the last."""

    def show(self, event: Event) -> None:
        put_json(event.to_json())
        sys.stdout.flush()

    def close(self) -> None:
        pass


def _screen(service: Service, as_json: bool) -> Screen:
    if as_json:
        screen: Screen = JsonLines()
    else:
        from autopack_server.cli.presenter import Presenter

        screen = Presenter(sys.stdout, service)
    gone = False

    def show(event: Event) -> None:
        nonlocal gone
        if gone:
            return
        try:
            screen.show(event)
        except BrokenPipeError:
            gone = True
            silence_stdout()
            say(f"nobody reads any more: stopping {event.run}")
            service.stop(event.run)

    service.subscribe(show)
    return screen


def _trust_prompt(verb: str) -> Callable[[list[str]], bool]:
    def ask(lines: list[str]) -> bool:
        if not sys.stdin.isatty():
            return False
        say("This would execute what you have not agreed to yet:")
        for line in lines:
            say(f"  {line}")
        return click.confirm(f"Agree and {verb}?", default=False, err=True)

    return ask


def _drive(service: Service, run: str, wait: bool, screen: Screen) -> int:
    try:
        end = asyncio.run(_driven(service, run, wait))
    except Exception as error:
        return _broken_off(service, run, error)
    try:
        screen.close()
    except BrokenPipeError:
        silence_stdout()
    if end.error is not None:
        show_error(end.error, json_line=False)
    if end.stopped or end.waiting:
        return WAITING
    return OK if end.state.value == "DONE_SUCCESS" else FAILED


def _broken_off(service: Service, run: str, error: Exception) -> int:
    """The drive ended without the run ending: what is journalled is safe, and `resume` goes on from there. The machine
    gave way (no space, no access): 1; anything else: 3, like a stop."""
    from autopack.errors import AutopackError, RefusedError

    show_error(error, json_line=False)
    if "autopack resume" not in getattr(error, "hint", ""):
        say(f"  Run {run} keeps what it has. Go on with: autopack resume {run}")
    if wants_json():
        try:
            known = service.status(run).to_json()
        except Exception:  # the journal itself may be what broke
            known = {}
        kept = {key: known[key] for key in ("state", "branch", "base", "head", "published", "usage") if key in known}
        phases = [{k: p[k] for k in ("id", "state", "attempts", "findings")} for p in known.get("phases", [])]
        what = f"{error.code}: {error.message}" if isinstance(error, AutopackError) else type(error).__name__
        reason = f"the drive broke off: {what}"
        put_json(
            {"v": 1, "event": "run.stopped", "run": run, **kept, "phases": phases, "reason": reason, "waiting": []}
        )
    return FAILED if isinstance(error, RefusedError) else WAITING


async def _driven(service: Service, run: str, wait: bool) -> DriveEnd:
    loop = asyncio.get_running_loop()
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        say("stopping: the step in hand has 5 seconds (once more to end at once)")
        service.stop(run)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    end = await service.drive(run, wait=wait)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the exit code of what happened stands now
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
    return end
