"""Mutated messages: the server answers the next honest request, never dies without a word, never sends a traceback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.kit.lsp_client import SERVER, Editor
from tests.lsp.conftest import PROBED
from tests.lsp.mutations import Mutator

SERVERS = {"features": SERVER, "probes": PROBED}
BATCH = 50


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SERVERS)
def test_a_thousand_mutated_messages(name: str) -> None:
    fuzz(SERVERS[name], bodies=994, streams=6, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_thousand_more(name: str, seed: int) -> None:
    fuzz(SERVERS[name], bodies=980, streams=20, seed=seed)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_handshakes(seed: int) -> None:
    """A server that took none of them still takes a good one; one that took one works."""
    mutator = Mutator(seed)
    editor = Editor.launch(argv=PROBED)
    for _ in range(30):
        editor.send_bytes(mutator.handshake())
    if "error" in echo(editor):
        editor.initialize()
    assert echo(editor)["result"] == []
    editor.close()
    harmless(editor)


def fuzz(argv: Sequence[str], *, bodies: int, streams: int, seed: int) -> None:
    mutator = Mutator(seed)
    with Editor.start(argv=argv) as editor:
        for _ in range(-(-bodies // BATCH)):
            for _ in range(BATCH):
                editor.send_bytes(mutator.body())
            editor.settle()
        editor.close()
        harmless(editor)
    for _ in range(streams):
        editor = Editor.start(argv=argv)
        try:
            editor.send_bytes(mutator.stream())
            editor.close_stdin()
        except BrokenPipeError:
            pass
        code = editor.wait()
        assert code in (0, 1), editor.stderr
        assert (code == 1) == ("cannot be read on" in editor.stderr), editor.stderr
        harmless(editor)


def echo(editor: Editor) -> dict[str, Any]:
    return editor.response(editor.ask("probe/echo", []))


def harmless(editor: Editor) -> None:
    """Bad input is no defect of ours, so none is logged; nothing that was said shows our insides."""
    assert editor.broken == []
    said = map(json.dumps, editor.messages)
    assert [
        m
        for m in said
        if any(word in m for word in ("Traceback", "site-packages", "autopack_server/", "internal error"))
    ] == []
    assert "Traceback" not in editor.stderr, editor.stderr[-3000:]
