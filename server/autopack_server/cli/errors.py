"""Errors as people and scripts see them: one line with the code, one with what to do, and the right exit code."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import click

from autopack.text import visible
from autopack_server.cli.terminal import visible_lines

_DRIVES = ("run", "resume")

UNEXPECTED = 2
"""Nothing ran, so nothing failed: the same as a call that cannot be taken. (A drive that breaks off ends with 3.)"""


def guarded(run: Callable[[], Any], command: str = "") -> int:
    """Run a command; its exit code. Nothing leaves as a traceback. Only `run` and `resume` tell refused (4) and failed
    (1) from a call that cannot be taken (2)."""
    try:
        result = run()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        wrong.show(sys.stderr)
        return 2
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        return 3
    except (BrokenPipeError, SystemExit):  # click ends the process when the reader of a pipe is gone
        silence_stdout()
        return 0
    except Exception as error:
        code = show_error(error)
        return code if command in _DRIVES else 2
    return result if isinstance(result, int) else 0


def silence_stdout() -> None:
    """Let what is still written to a closed pipe go nowhere, the interpreter's last flush too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)


def show_error(error: Exception, *, json_line: bool = True) -> int:
    """Print an error, with --json as a line of stdout too; the exit code it stands for."""
    from autopack.errors import AutopackError, PlanRejected

    if not isinstance(error, AutopackError):
        return _unexpected(error, json_line)
    head = f"{error.code}: " if error.code and not isinstance(error, PlanRejected) else ""
    first, *rest = visible_lines(f"{head}{error.message}")
    say(f"error: {first}")
    for line in rest:
        say(f"  {line}")
    for found in error.findings if isinstance(error, PlanRejected) else ():
        say(f"  {visible(found.where())}: {found.code} {visible(found.message)}")
    if error.hint:
        say(f"  {visible(error.hint)}")
    if json_line and wants_json():
        told: dict[str, Any] = {
            "event": "error", "code": error.code, "message": error.message, "hint": error.hint,
        }  # fmt: skip
        if isinstance(error, PlanRejected):
            from autopack.model import codec

            told["findings"] = [codec.dump(found) for found in error.findings]
        click.echo(json.dumps(told, ensure_ascii=False))
    return error.exit_code


def wants_json() -> bool:
    """Whether this invocation asked for JSON, known even where parsing failed half-way."""
    return "--json" in sys.argv


def _unexpected(error: Exception, json_line: bool) -> int:
    """A defect of ours, or a machine that gave way: a short line, and where the details are."""
    from autopack.redaction import Redactor
    from autopack.settings import state_root

    redact = Redactor.from_environment(os.environ).text
    message = redact(f"{type(error).__name__}: {error}")[:500]
    say(f"error: {visible(message)}")
    if json_line and wants_json():
        click.echo(json.dumps({"event": "error", "code": "", "message": message, "hint": ""}, ensure_ascii=False))
    try:
        folder = state_root(os.environ) / "errors"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        path.write_text(redact("".join(traceback.format_exception(error))), "utf-8")
        say(f"  Autopack did not expect this. Details: {path}")
    except OSError as refused:
        say(f"  Autopack did not expect this, and could not write the details: {refused.strerror}")
    return UNEXPECTED
