"""Errors as people and scripts see them: one line with the code, one with what to do, and the right exit code."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

UNEXPECTED = 70


def guarded(run: Callable[[], Any]) -> int:
    """Run a command; its exit code. Nothing leaves as a traceback."""
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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return show_error(error)
    return result if isinstance(result, int) else 0


def say(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)


def show_error(error: Exception) -> int:
    """Print an error; the exit code it stands for."""
    from autopack.errors import AutopackError, PlanRejected

    if not isinstance(error, AutopackError):
        return _unexpected(error)
    head = f"{error.code}: " if error.code else ""
    say(f"error: {head}{error.message}")
    if isinstance(error, PlanRejected):
        for found in error.findings:
            say(f"  {found.where()}  {found.code} {found.message}")
    if error.hint:
        say(f"  {error.hint}")
    if wants_json():
        click.echo(json.dumps({"event": "error", "code": error.code, "message": error.message, "hint": error.hint}))
    return error.exit_code


def wants_json() -> bool:
    """Whether this invocation asked for JSON, known even where parsing failed half-way."""
    return "--json" in sys.argv


def _unexpected(error: Exception) -> int:
    """A defect of ours: a short line, and where the details are."""
    from autopack.redaction import Redactor
    from autopack.settings import state_root

    say(f"error: unexpected {type(error).__name__}: {Redactor.from_environment(os.environ).text(str(error))[:500]}")
    try:
        folder = state_root(os.environ) / "errors"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = Path(folder) / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        text = "".join(traceback.format_exception(error, capture_locals=False))
        path.write_text(Redactor.from_environment(os.environ).text(text), "utf-8")
    except OSError:
        return UNEXPECTED
    say(f"  This is a defect of Autopack. Details: {path}")
    return UNEXPECTED
