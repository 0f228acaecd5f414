"""A person's word through the editor: requests shown and answered, races, retry, skip, roll back, discard, promote."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from autopack.store import Store
from tests.kit.invariants import state_folder
from tests.kit.lsp_client import Editor, ResponseError, uri_of
from tests.kit.project import builder, whole
from tests.kit.tiny import SUB, WRONG, answer, phase, published, untouched
from tests.lsp.runs.conftest import Desk, asked, deleting, ended, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Make = Callable[..., Desk]


def waiting(desk: Make) -> tuple[Desk, Editor, dict[str, Any]]:
    phases, answers = deleting()
    one = desk(*phases, answers=answers)
    editor = one.open()
    one.start(editor)
    snapshot = until(editor, asked)
    return one, editor, snapshot["requests"][0]


def test_a_request_is_shown_whole_and_its_approval_lets_the_run_go_on(desk: Make) -> None:
    one, editor, request = waiting(desk)
    shown = editor.command("autopack.approval.show", requestId=request["id"])
    assert shown["digest"] == request["digest"]
    assert [line.split() for line in shown["lines"] if line.startswith("  path")] == [["path", "table.py"]]
    editor.command("autopack.approval.approve", requestId=request["id"], digest=request["digest"])
    assert until(editor, ended)["state"] == "DONE_SUCCESS"
    one.sound()


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_an_answer_to_another_change_is_refused(desk: Make, digest: str) -> None:
    _, editor, request = waiting(desk)
    with pytest.raises(ResponseError) as refused:
        editor.command("autopack.approval.approve", requestId=request["id"], digest=digest)
    assert refused.value.code == -32050
    assert editor.command("autopack.approval.show", requestId=request["id"])["digest"] == request["digest"]


def test_a_rejection_tells_the_builder_why(desk: Make) -> None:
    phases, _ = deleting()
    one = desk(
        *phases,
        answers=[
            builder("gone", "Remove it", {"path": "table.py", "action": "delete"}, attempt=1),
            builder("gone", "Shorten it", whole("table.py", "row_0 = 1\n" * 200), contains="keep most of it"),
        ],
    )
    editor = one.open()
    one.start(editor)
    request = until(editor, asked)["requests"][0]
    editor.command(
        "autopack.approval.reject", requestId=request["id"], digest=request["digest"], reason="keep most of it"
    )
    last = until(editor, ended)
    assert (last["state"], len(last["phases"][0]["attempts"])) == ("DONE_SUCCESS", 2)


def divisible(desk: Make) -> tuple[Desk, Editor, dict[str, Any]]:
    """A protected file edited in two places, and one that needs nobody."""
    rows = [f"row_{n} = {n}\n" for n in range(40)]
    edited = "".join(
        {3: "row_3 = '\u200bthree'\n", 30: "row_30 = 'thirty'\n"}.get(n, row) for n, row in enumerate(rows)
    )
    one = desk(
        phase("work", scope={"paths": ["app.py", "rows.py"], "protected": ["rows.py"]}),
        answers=[builder("work", "Edit", whole("rows.py", edited), whole("app.py", SUB))], files={"rows.py": "".join(rows)},
    )  # fmt: skip
    editor = one.open(asksForText=True)
    one.start(editor, trust=True)
    return one, editor, until(editor, asked)["requests"][0]


def test_a_change_is_shown_in_parts_and_taken_in_part(desk: Make) -> None:
    one, editor, request = divisible(desk)
    assert [part["id"] for part in request["parts"]] == ["rows.py#1", "rows.py#2", "app.py#1"]
    parts = editor.command("autopack.approval.show", requestId=request["id"])["parts"]
    assert [part["id"] for part in parts] == ["rows.py#1", "rows.py#2", "app.py#1"]
    assert "+row_3 = '<U+200B>three'" in parts[0]["lines"] and parts[1]["before"] == [28, 7]
    with pytest.raises(ResponseError, match="which parts"):
        editor.command("autopack.approval.approve", requestId=request["id"], digest=request["digest"], choose=True)
    with pytest.raises(ResponseError, match=r"no 'nope\.py'"):
        editor.command("autopack.approval.approve", requestId=request["id"], digest=request["digest"], only=["nope.py"])
    told = editor.command(
        "autopack.approval.approve", requestId=request["id"], digest=request["digest"], only=["rows.py#2", "app.py"]
    )
    assert told["message"].startswith("Approved in part")
    last = until(editor, ended)
    assert last["state"] == "DONE_SUCCESS"
    assert [a["outcome"] for a in last["phases"][0]["attempts"]] == ["person_selected", "complete"]
    text = published(one.project, "rows.py")
    assert "'thirty'" in text and "three" not in text
    one.sound()


def test_the_file_of_a_finding_and_the_hunk_under_the_cursor_are_offered(desk: Make) -> None:
    one, editor, request = divisible(desk)
    uri = uri_of(one.project.root / "rows.py")
    editor.wait_for("textDocument/publishDiagnostics", lambda p: p["uri"] == uri and p["diagnostics"])
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": editor.diagnostics(uri)}}
    actions = {a["title"]: a for a in editor.request("textDocument/codeAction", params)}
    (given,) = actions["Approve only rows.py of work"]["command"]["arguments"]
    assert (given["only"], given["digest"]) == (["rows.py#1", "rows.py#2"], request["digest"])
    assert actions["Leave rows.py out of work"]["command"]["arguments"][0]["only"] == ["app.py#1"]
    assert actions["Approve a part of work…"]["command"]["arguments"][0]["choose"] is True
    for side, line, hunk in (("base", 30, 2), ("candidate", 3, 1)):
        document = f"autopack:/rows.py?t/work/1/{side}"
        place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
        params = {"textDocument": {"uri": document}, "range": place, "context": {"diagnostics": []}}
        offered = {
            a["title"]: a["command"]["arguments"][0]["only"] for a in editor.request("textDocument/codeAction", params)
        }
        other = f"rows.py#{3 - hunk}"
        assert offered == {
            f"Approve only this hunk (rows.py#{hunk})": [f"rows.py#{hunk}"],
            f"Leave this hunk out (rows.py#{hunk})": [other, "app.py#1"],
        }
    params["range"] = {"start": {"line": 15, "character": 0}, "end": {"line": 15, "character": 0}}
    assert editor.request("textDocument/codeAction", params) == []


def test_a_rejection_without_reason_asks_for_one(desk: Make) -> None:
    one, editor, request = waiting(desk)
    with pytest.raises(ResponseError) as refused:
        editor.command("autopack.approval.reject", requestId=request["id"], digest=request["digest"])
    assert "reason" in refused.value.message
    one.buttons.append("Not wanted")
    editor.command("autopack.approval.reject", requestId=request["id"], digest=request["digest"])
    until(editor, lambda s: not s["requests"])


def test_two_editors_and_the_command_line_make_one_decision(desk: Make) -> None:
    one, editor, request = waiting(desk)
    second = one.open()
    until(second, asked)
    results: list[str] = []

    def by(answers: Callable[[], Any]) -> None:
        try:
            answers()
            results.append("taken")
        except (ResponseError, AssertionError) as refused:
            results.append(str(refused))

    def in_(editor: Editor) -> Callable[[], Any]:
        return lambda: editor.command("autopack.approval.approve", requestId=request["id"], digest=request["digest"])

    def typed() -> None:
        assert one.cli("approve", "t", request["id"], "--digest", request["digest"]).code == 0, "refused"

    threads = [threading.Thread(target=by, args=(how,)) for how in (in_(editor), in_(second), typed)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("taken") == 1, results
    assert until(editor, ended)["state"] == "DONE_SUCCESS"
    one.sound()


def test_the_same_command_twice_is_done_once(desk: Make) -> None:
    _, editor, request = waiting(desk)
    order = {"requestId": request["id"], "digest": request["digest"], "idempotencyKey": "k"}
    first = editor.command("autopack.approval.approve", **order)
    assert editor.command("autopack.approval.approve", **order) == first


def failing(desk: Make, **more: Any) -> tuple[Desk, Editor]:
    one = desk(
        phase("work", attempt_cap=1), phase("other", "table.py"),
        answers=[
            answer("work", WRONG, attempt=1), answer("other", "ROW = 1\n" * 230, "table.py"),
            answer("work", SUB, **(more or {"attempt": 2})),
        ],
    )  # fmt: skip
    editor = one.open()
    one.start(editor)
    last = until(editor, ended)
    assert last["state"] == "DONE_FAILED_REQUIRES_HUMAN_REVIEW"
    return one, editor


def test_a_failed_phase_is_retried_with_a_hint_and_the_run_goes_on(desk: Make) -> None:
    one, editor = failing(desk, contains="mind the sign")
    mark = editor.mark()
    editor.command("autopack.phase.retry", runId="t", phaseId="work", hint="mind the sign")
    last = until(editor, ended, since=mark)
    assert (last["state"], [p["state"] for p in last["phases"]]) == ("DONE_SUCCESS", ["COMPLETE", "COMPLETE"])
    one.sound()


def test_a_run_that_somebody_just_acted_on_is_not_at_work(desk: Make) -> None:
    """An act holds the run's lock for a moment, which a look in that moment takes for work."""
    one, editor, _ = waiting(desk)
    mark = editor.mark()
    with Store.open(state_folder(one.project)) as store:
        act = store.own("t")
        until(editor, lambda snapshot: snapshot["atWork"], since=mark)
        act.release()
    assert editor.command("autopack.run.resume", runId="t")["message"] == "Run t goes on."


def test_a_phase_gets_more_tokens_of_its_own_and_goes_on(desk: Make) -> None:
    usage = {"input_tokens": 3000, "output_tokens": 1000}
    one = desk(phase("work", token_cap=4000), answers=[{**answer(content=WRONG), "usage": usage}, answer()])
    editor = one.open()
    one.start(editor)
    (failed,) = until(editor, ended)["phases"]
    assert (failed["state"], failed["worst"]) == ("FAILED", "AP701")
    for caps in ({"other": 5}, {"work": 0}):
        with pytest.raises(ResponseError):
            editor.command("autopack.run.resume", runId="t", phaseTokenCaps=caps)
    mark = editor.mark()
    editor.command("autopack.run.resume", runId="t", phaseTokenCaps={"work": 400_000})
    assert until(editor, ended, since=mark)["state"] == "DONE_SUCCESS"
    one.sound()


def test_a_failed_phase_is_left_out(desk: Make) -> None:
    _, editor = failing(desk)
    mark = editor.mark()
    editor.command("autopack.phase.skip", runId="t", phaseId="work")
    assert until(editor, ended, since=mark)["state"] == "DONE_SUCCESS"


def test_the_handoff_of_a_failed_phase_opens(desk: Make) -> None:
    one, editor = failing(desk)
    opened = editor.command("autopack.handoff.open", runId="t")
    assert opened["shown"]
    assert editor.said("window/showDocument")[-1]["uri"] == opened["uri"]
    assert one.project.root.as_uri() in opened["uri"]


def test_roll_back_promote_and_discard(desk: Make) -> None:
    one = desk()
    editor = one.open()
    one.start(editor)
    until(editor, ended)
    dry = editor.command("autopack.run.promote", runId="t", dryRun=True)
    assert not dry["applied"] and "app.py" in dry["message"]
    with untouched(one.project):
        editor.command("autopack.run.rollback", runId="t")
    back = until(editor, lambda s: s["head"] == s["base"])
    assert back["phases"][0]["state"] == "QUEUED"
    with untouched(one.project):
        assert editor.command("autopack.run.discard", runId="t")["state"] == "DISCARDED"
    assert "autopack/t" not in one.project.git("branch", "--list", "--all")


def test_a_promotion_is_taken_back(desk: Make) -> None:
    one = desk()
    editor = one.open()
    one.start(editor)
    until(editor, ended)
    base = one.project.git("rev-parse", "main")
    mark = editor.mark()
    assert editor.command("autopack.run.promote", runId="t")["applied"]
    assert until(editor, lambda s: s["promoted"] != "", since=mark)["promoted"] == "main"
    assert not editor.command("autopack.run.unpromote", runId="t", dryRun=True)["applied"]
    mark = editor.mark()
    assert editor.command("autopack.run.unpromote", runId="t")["applied"]
    until(editor, lambda s: s["promoted"] == "", since=mark)
    assert one.project.git("rev-parse", "main") == base
    with pytest.raises(ResponseError, match="no promotion to take back"):
        editor.command("autopack.run.unpromote", runId="t")


def test_a_phase_is_taken_out_of_the_middle_and_told_what_becomes_of_the_others(desk: Make) -> None:
    names = ("a", "b", "c")
    one = desk(*(phase(n, f"{n}.py", depends_on=["b"] if n == "c" else []) for n in names),
               answers=[builder(n, "Add", whole(f"{n}.py", "x = 1\n", "create")) for n in names])  # fmt: skip
    editor = one.open()
    one.start(editor)
    until(editor, ended)
    one.project.git("checkout", "-q", "autopack/t")
    said = editor.command("autopack.run.rollback", runId="t", phase="a")
    assert "back before a" in said["message"] and "proven anew when it goes on: b, c" in said["message"]
    assert "AP904: branch autopack/t is checked out" in said["message"]
    said = editor.command("autopack.run.rollback", runId="t", phase="b")
    assert "Built anew: c (depends on b)" in said["message"]
    said = editor.command("autopack.run.rollback", runId="t", to="save/1")
    assert "back at save/1" in said["message"] and said["state"] == "STOPPED"


def test_the_sides_of_a_change_are_documents(desk: Make) -> None:
    one = desk()
    editor = one.open(showsSides=True)
    one.start(editor)
    until(editor, ended)
    patch = editor.command("autopack.phase.showPatch", runId="t", phaseId="work")
    assert not patch["shown"], "a client that shows sides is shown no patch file besides"
    (changed,) = patch["files"]
    read = {side: editor.request("workspace/textDocumentContent", {"uri": changed[side]})["text"]
            for side in ("beforeUri", "afterUri")}  # fmt: skip
    assert read["beforeUri"] == (one.project.root / "app.py").read_text()
    assert read["afterUri"] == SUB
    whole_run = editor.command("autopack.run.showChanges", runId="t")
    assert editor.request("workspace/textDocumentContent", {"uri": whole_run["files"][0]["afterUri"]})["text"] == SUB


@pytest.mark.parametrize("uri", ["autopack:/../../etc/passwd?t/work/1/candidate", "file:///etc/passwd", "autopack:/x"])
def test_no_other_document_is_served(desk: Make, uri: str) -> None:
    one = desk()
    editor = one.open()
    with pytest.raises(ResponseError):
        editor.request("workspace/textDocumentContent", {"uri": uri})


def test_unknown_things_are_refused_with_what_to_do(desk: Make) -> None:
    editor = desk().open()
    for command, order in (
        ("autopack.run.stop", {"runId": "nope"}),
        ("autopack.approval.show", {"requestId": "nope"}),
        ("autopack.explain", {"code": "AP000"}),
    ):
        with pytest.raises(ResponseError) as refused:
            editor.command(command, **order)
        assert refused.value.code == -32050 and refused.value.data["hint"], command


WIDER = {"requests": [{"paths": ["table.py"], "why": "the rows that work needs are there"}]}
ASKING = {"match": {"role": "builder", "phase": "work", "attempt": 1}, "answer": WIDER}
GOES_ON = builder("work", "Both", whole("app.py", SUB), whole("table.py", "row_0 = 1\n" * 230), attempt=2)


def test_a_wider_scope_is_asked_for_at_the_phase_in_the_plan_and_given_from_there(desk: Make) -> None:
    one = desk(phase("work"), answers=[ASKING, GOES_ON])
    editor = one.open()
    plan = editor.open(one.project.plan)
    one.start(editor)
    request = until(editor, asked)["requests"][0]
    assert request["stage"] == "widen" and any("in its own words" in line for line in request["lines"])
    message = editor.wait_for("window/showMessageRequest", lambda p: "needs you" in p["message"])["message"]
    assert "beyond its scope: risk medium" in message and "table.py" in message
    found = editor.wait_for(
        "textDocument/publishDiagnostics",
        lambda p: p["uri"] == plan and any(d.get("code") == "AP314" for d in p["diagnostics"]),
    )
    diagnostic = next(d for d in found["diagnostics"] if "beyond its scope: risk medium" in d["message"])
    offered = editor.request("textDocument/codeAction", {
        "textDocument": {"uri": plan}, "range": diagnostic["range"], "context": {"diagnostics": [diagnostic]},
    })  # fmt: skip
    (approve,) = [a for a in offered if a["title"].startswith("Approve")]
    editor.request("workspace/executeCommand", approve["command"])
    assert until(editor, ended)["state"] == "DONE_SUCCESS"
    one.sound()


def test_the_message_about_a_wider_scope_approves_and_shows_no_change(desk: Make) -> None:
    one = desk(phase("work"), answers=[ASKING, GOES_ON])
    one.buttons += ["Show Change", "Approve"]
    editor = one.open()
    one.start(editor)
    assert until(editor, ended)["state"] == "DONE_SUCCESS"
    one.sound()
