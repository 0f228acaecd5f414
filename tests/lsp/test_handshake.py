"""The whole process: initialize, shutdown, exit, and what stands between."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.kit.lsp_client import Editor, ResponseError


def test_a_server_says_who_it_is_and_what_it_can() -> None:
    with Editor.start() as editor:
        assert editor.initialize_result["serverInfo"] == {"name": "autopack", "version": version("autopack")}
        assert editor.capabilities["textDocumentSync"]["change"] == 2


def test_requests_before_initialize_are_refused_and_initialize_still_works() -> None:
    with Editor.launch() as editor:
        with pytest.raises(ResponseError) as refused:
            editor.request("workspace/executeCommand", {"command": "autopack.run.list"})
        assert refused.value.code == -32002
        editor.initialize()
        with pytest.raises(ResponseError) as again:
            editor.initialize()
        assert again.value.code == -32600


def test_requests_after_shutdown_are_refused() -> None:
    with Editor.start() as editor:
        editor.request("shutdown")
        with pytest.raises(ResponseError) as refused:
            editor.request("shutdown")
        assert refused.value.code == -32600
        editor.notify("exit")
        assert editor.wait() == 0


def test_exit_without_shutdown_ends_with_1() -> None:
    editor = Editor.start()
    editor.notify("exit")
    assert editor.wait() == 1
