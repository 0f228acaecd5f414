from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.kit.runs import Cli

HEAVY = ("autopack", "pydantic", "yaml", "git", "sqlite3", "sqlite_utils", "asyncio", "anthropic", "openai", "pygls")
PROBE = """
import sys
{action}
loaded = {{name.partition('.')[0] for name in sys.modules}}
print(' '.join(sorted(loaded & {heavy!r})))
"""


@pytest.mark.parametrize(
    "action",
    [
        "import autopack_server.cli.main",
        "from autopack_server.cli.main import cli; cli.main(['--help'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_before_a_command_is_known(action: str) -> None:
    code = PROBE.format(action=action, heavy=set(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_a_run_loads_no_vendor_sdk_to_show_help() -> None:
    action = "from autopack_server.cli.main import cli; cli.main(['run', '--help'], standalone_mode=False)"
    code = PROBE.format(action=action, heavy={"anthropic", "openai", "git", "pygls", "sqlite_utils", "pydantic"})
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("words", [["status", "words"], ["list"]])
def test_a_question_loads_nothing_a_run_needs(cli: Cli, words: list[str]) -> None:
    assert cli.run().code == 0
    action = f"from autopack_server.cli.main import cli; cli.main({[*words, '--json']!r}, standalone_mode=False)"
    needed = {"pydantic", "yaml", "asyncio", "anthropic", "openai", "git", "pygls", "sqlite_utils", "psutil"}
    code = PROBE.format(action=action, heavy=needed)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=cli.project.root, env=cli.project.environment())  # fmt: skip
    shown, loaded = done.stdout.split("\n")[:2]
    assert json.loads(shown)["state"] == "DONE_SUCCESS" and loaded == ""
