"""The log as somebody reads it who was given our standard error."""

from __future__ import annotations

import os

from tests.kit.lsp_client import Editor
from tests.lsp.conftest import PROBED

KEY = "sk-ant-api03-" + "Zx7Qw9Lm2Np4Rt6V" * 4


def test_neither_a_secret_nor_a_forged_line_gets_into_the_log() -> None:
    with Editor.start(argv=PROBED, env={**os.environ, "ANTHROPIC_API_KEY": KEY}) as editor:
        editor.notify("probe/log", {"text": f"the key is {KEY}\nautopack ERROR: forged \x1b[31m\u202e"})
        editor.notify("probe/fail", {"text": f"the key was {KEY}\nautopack ERROR: forged"})
        editor.settle()
        editor.close()
        assert "the key is [REDACTED]<U+000A>autopack ERROR: forged" in editor.stderr
        assert "the key was [REDACTED]" in editor.stderr
        assert KEY not in editor.stderr and "\x1b" not in editor.stderr and "\u202e" not in editor.stderr
        assert "\nautopack ERROR: forged" not in editor.stderr


def test_a_crash_of_the_interpreter_is_in_the_log() -> None:
    editor = Editor.start(argv=PROBED)
    editor.notify("probe/crash")
    assert editor.wait() < 0
    assert "Fatal Python error" in editor.stderr
