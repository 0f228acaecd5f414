"""What becomes of requests: bad ones, cancelled ones, many at once, and those that fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopack_server.lsp.sending import MAX_UNANSWERED
from tests.kit.lsp_client import NO_ANSWER, PATIENCE, Editor, ResponseError, message
from tests.lsp.conftest import PROBED
from tests.lsp.probes import SECRET

HOVER = {"textDocument": {"uri": "file:///x.yaml"}, "position": {"line": 999, "character": 0}}
"""The probe waits on this line."""


@pytest.fixture
def editor(editor: Editor) -> Editor:
    """With the document open on which the probe waits."""
    document = {**HOVER["textDocument"], "languageId": "yaml", "version": 1, "text": "text"}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    return editor


def refused(editor: Editor, method: str, params: Any = None) -> ResponseError:
    with pytest.raises(ResponseError) as error:
        editor.request(method, params)
    return error.value


def refused_call(editor: Editor, what: str) -> ResponseError:
    return refused(editor, "workspace/executeCommand", {"command": "autopack.explain", "arguments": [{"code": what}]})


def explain(editor: Editor, what: str) -> str:
    return editor.command("autopack.explain", code=what)["markdown"]


@pytest.mark.parametrize(
    ("params", "where"),
    [
        (None, "params.textDocument"),
        ([], "params.textDocument"),
        (3, "params"),
        ({"textDocument": {"uri": "x"}}, "params.position"),
        ({"textDocument": {"uri": 3}, "position": {"line": "x", "character": 0}}, "params.position.line"),
        ({"textDocument": {"uri": "x"}, "position": {"line": -1, "character": 0}}, "params.position"),
        ({"textDocument": {"uri": "x"}, "position": {"line": 1, "character": 2**40}}, "params.position"),
    ],
)
def test_params_that_do_not_fit_are_answered(shared: Editor, params: Any, where: str) -> None:
    error = refused(shared, "textDocument/hover", params)
    assert error.code == -32602 and where in error.message


def test_a_notification_that_does_not_fit_is_left_out(shared: Editor) -> None:
    for params in (None, [], {"textDocument": 3}, {"textDocument": {"uri": "http://[", "languageId": "x"}}):
        shared.notify("textDocument/didOpen", params)
        shared.notify("textDocument/didChange", params)
    shared.notify(
        "textDocument/didChange", {"textDocument": {"uri": "file:///none", "version": 1}, "contentChanges": []}
    )
    shared.notify("no/such/notification", {})
    shared.notify("$/cancelRequest", {"id": [1]})
    shared.notify("$/cancelRequest", None)
    shared.send(id="never asked", result=None)
    shared.send(id=1, error={"code": "x"})
    shared.settle()
    assert "Traceback" not in shared.stderr


def test_an_unknown_method_and_an_unknown_command(shared: Editor) -> None:
    assert refused(shared, "no/such/method").code == -32601
    assert refused(shared, "workspace/executeCommand", {"command": "no.such.command"}).code == -32602


def test_a_document_that_is_not_open_is_not_read_from_the_disk(shared: Editor) -> None:
    params = {"textDocument": {"uri": "file:///etc/passwd"}, "position": {"line": 0, "character": 0}}
    error = refused(shared, "textDocument/hover", params)
    assert (error.code, error.message) == (-32602, "the document is not open")


def test_shutdown_and_initialized_may_have_any_params() -> None:
    editor = Editor.launch(argv=PROBED)
    editor.initialize()
    editor.notify("initialized")
    editor.wait_for("probe/said", lambda p: p["what"] == "initialized")
    assert editor.request("shutdown", {"a": 1}) is None
    editor.notify("exit", [])
    assert editor.wait() == 0


def test_cancelling_reaches_the_handler_of_a_request_and_of_a_command(editor: Editor) -> None:
    hover = editor.ask("textDocument/hover", HOVER)
    call = {"command": "autopack.explain", "arguments": [{"code": "wait:it"}]}
    command = editor.ask("workspace/executeCommand", call)
    for number, name in ((hover, "hover"), (command, "it")):
        editor.wait_for("probe/said", lambda p, name=name: p["what"] == f"{name} began")
        editor.cancel(number)
        assert editor.response(number)["error"]["code"] == -32800
        editor.wait_for("probe/said", lambda p, name=name: p["what"] == f"{name} cancelled")
    assert explain(editor, "counts").split()[0] == "1", "the call that counts is the only one under way"


def test_a_request_cancelled_in_the_same_breath(editor: Editor) -> None:
    """The cancellation is read together with the request."""
    before = [json.dumps({"jsonrpc": "2.0", "id": "quick", "method": "textDocument/hover", "params": HOVER}).encode(),
              json.dumps({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "quick"}}).encode()]  # fmt: skip
    editor.send_bytes(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in before))
    assert editor.response("quick")["error"]["code"] == -32800


def test_an_id_that_is_under_way_is_not_used_twice(editor: Editor) -> None:
    editor.send(id="twice", method="textDocument/hover", params=HOVER)
    editor.send(id="twice", method="textDocument/hover", params=HOVER)
    assert editor.response("twice")["error"]["code"] == -32600
    since = editor.mark()
    editor.notify("probe/open")
    editor.wait_message(lambda m: m.get("id") == "twice" and "result" in m, since=since)


def test_eight_thousand_calls_leave_nothing_behind(editor: Editor) -> None:
    for _ in range(40):
        numbers = [editor.ask("workspace/executeCommand", echo("x" * 100)) for _ in range(200)]
        assert [editor.answer_to(n)["markdown"] for n in numbers] == ["x" * 100] * 200
        editor.messages.clear()
    assert explain(editor, "counts") == "1 0 0 0 0"


def echo(text: str) -> dict[str, Any]:
    return {"command": "autopack.explain", "arguments": [{"code": f"echo:{text}"}]}


def test_quick_requests_sent_in_one_breath_are_all_answered(editor: Editor) -> None:
    """More than may be under way at once, but each is done before the next ones are looked at."""
    editor.send_bytes(b"".join(message(id=f"e{n}", method="probe/slow-echo", params=n) for n in range(500)))
    assert [editor.answer_to(f"e{n}") for n in range(500)] == list(range(500))


def test_too_many_requests_at_once_are_refused_and_can_be_tried_again(editor: Editor) -> None:
    numbers = [editor.ask("textDocument/hover", HOVER) for _ in range(300)]
    refusals = [editor.response(n)["error"] for n in numbers[256:]]
    assert {(r["code"], "overloaded, retry" in r["message"]) for r in refusals} == {(-32001, True)}
    editor.settle()
    editor.notify("probe/open")
    assert all("result" in editor.response(n) for n in numbers[:256])
    assert explain(editor, "echo:again") == "again"


def test_a_defect_is_told_by_a_number_that_the_log_explains(editor: Editor) -> None:
    error = refused_call(editor, "raise")
    words = error.message.split()
    assert (error.code, words[:2], error.data) == (-32603, ["internal", "error"], None)
    editor.notify("probe/fail")
    editor.settle()
    editor.close()
    assert f"internal error {words[2]} in workspace/executeCommand" in editor.stderr
    assert editor.stderr.count(f"RuntimeError: {SECRET}") == 2
    said = json.dumps(editor.messages)
    assert "Traceback" not in said and SECRET not in said and "showMessage" not in said


def test_a_result_that_is_no_json_is_a_defect(shared: Editor) -> None:
    assert refused(shared, "probe/nan").code == -32603


def test_a_refusal_carries_code_message_and_hint(shared: Editor) -> None:
    error = refused_call(shared, "refuse")
    assert (error.code, error.message) == (-32050, "git is too old<U+202E>")
    assert error.data == {"code": "AP901", "message": error.message, "hint": "Install git 2.38."}
    assert refused_call(shared, "ask-trust").data["lines"] == ["run: make all"]


def test_shutdown_with_requests_under_way_both_ways(editor: Editor) -> None:
    """The editor's, which are cancelled, and ours, which it never answers."""
    editor.on("window/showMessageRequest", lambda params: NO_ANSWER)
    hover = editor.ask("textDocument/hover", HOVER)
    asking = editor.ask(
        "workspace/executeCommand", {"command": "autopack.explain", "arguments": [{"code": "ask-editor"}]}
    )
    editor.wait_for("window/showMessageRequest")
    assert editor.request("shutdown") is None
    assert editor.response(hover)["error"]["code"] == -32800
    assert editor.response(asking)["error"]["code"] == -32800
    editor.notify("exit")
    assert editor.wait() == 0
    assert "Traceback" not in editor.stderr


def test_questions_that_are_never_answered_leave_a_bounded_number_behind(editor: Editor) -> None:
    editor.on("window/showMessageRequest", lambda params: NO_ANSWER)
    call = {"command": "autopack.explain", "arguments": [{"code": "ask-editor"}]}
    asking = editor.ask("workspace/executeCommand", call)
    editor.wait_for("window/showMessageRequest")
    editor.cancel(asking)
    assert editor.response(asking)["error"]["code"] == -32800
    assert explain(editor, "counts") == "1 0 0 0 0"
    assert explain(editor, f"ask-many:{MAX_UNANSWERED + 50}") == "asked"
    assert explain(editor, "counts").split()[1:3] == [str(MAX_UNANSWERED)] * 2


def test_an_editor_that_answers_with_nonsense_fails_one_request(shared: Editor) -> None:
    shared.on("window/showMessageRequest", lambda params: "no object")
    call = {"command": "autopack.explain", "arguments": [{"code": "ask-editor"}]}
    assert refused(shared, "workspace/executeCommand", call).code in (-32602, -32603)
    shared.on("window/showMessageRequest", lambda params: {"title": "Yes"})
    assert explain(shared, "ask-editor") == "Yes"


def test_a_progress_token_can_be_used_again(shared: Editor) -> None:
    assert explain(shared, "progress") == "done"
    kinds = [p["value"]["kind"] for p in shared.said("$/progress")]
    assert (kinds.count("begin"), kinds[-1]) == (2, "end")
    assert explain(shared, "counts") == "1 0 0 0 0"


def test_reading_threads_that_are_busy_hold_up_nobody_else_and_their_queue_is_bounded(editor: Editor) -> None:
    assert explain(editor, "block-readers:66") == "done"
    error = refused_call(editor, "read:x")
    assert (error.code, "overloaded, retry" in error.message) == (-32001, True)
    assert explain(editor, "echo:on time") == "on time"
    editor.notify("probe/open")
    editor.request("probe/echo", [], PATIENCE)
