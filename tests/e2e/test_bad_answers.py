"""Answers that cannot be used: refused with a code the Builder can act on, then repaired or honestly ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.project import builder, whole
from tests.kit.runs import Ended
from tests.kit.tiny import ADD, SUB, WRONG, answer, expect, findings, make, one, phase, published, sound, untouched

MISFIT = "@@ -1,2 +1,2 @@\n def sub(a, b):\n-    x\n+    y\n"
LINK = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n"
BIG = "x" * (8 * 1024 * 1024 + 1)


def line(reply: Any, attempt: int, **more: Any) -> dict[str, Any]:
    return {"match": {"role": "builder", "phase": "work", "attempt": attempt}, "answer": reply, **more}


def envelope(*files: dict[str, Any]) -> dict[str, Any]:
    return {"summary": "Change", "files": list(files)}


REPAIRABLE = {
    "as it is already": (line(envelope(whole("app.py", ADD)), 1), "AP206", ""),
    "empty": (line("", 1), "AP206", ""),
    "nothing to change": (line(envelope(), 1), "AP206", ""),
    "cut by the output limit": (line('{"summary": "Change", "fil', 1, stop_reason="max_tokens"), "AP202", ""),
    "cut in the middle": (line('{"summary": "Change", "files": [{"path": "app.py", "content": "de', 1), "AP202", ""),
    "fewer files than announced": (
        line('{"summary": "Change", "total": 2}\n' + json.dumps(whole("app.py", SUB)), 1), "AP202", "",
    ),
    "stopped for a reason of its own": (line(json.dumps(whole("app.py", SUB)), 1, stop_reason="other"), "AP202", ""),
    "prose": (line("I have made the change, it works now!", 1), "AP201", ""),
    "not quite JSON": (line("{'summary': 'Change', 'files': []}", 1), "AP201", ""),
    "too big": (line(envelope(whole("app.py", BIG)), 1), "AP207", ""),
    "out of scope": (line(envelope(whole("other.py", "pass\n", "create")), 1), "AP302", "other.py"),
    "out of the repository": (line(envelope(whole("../up.py", "x\n", "create")), 1), "AP302", ""),
    "absolute": (line(envelope(whole("/tmp/up.py", "x\n", "create")), 1), "AP302", ""),
    "placeholder": (line(envelope(whole("app.py", "def add(a, b):\n    # ... rest of the code\n")), 1), "AP203", "app.py"),
    "diff that does not fit": (
        line(envelope({"path": "app.py", "action": "modify", "diff": MISFIT}), 1),
        "AP205", "app.py",
    ),
    "one file twice": (line(envelope(whole("app.py", SUB), whole("app.py", WRONG)), 1), "AP201", "app.py"),
    "link": (line(LINK, 1), "AP307", ""),
}  # fmt: skip


def test_each_bad_answer_goes_back_to_the_builder_with_its_code_and_the_run_completes(tmp_path: Path) -> None:
    """One run that gets every one of them, each in a phase of its own. The second line of a phase answers only a prompt
    that names the code: the reason reached the model."""
    names = [f"a{n}" for n in range(len(REPAIRABLE))]
    lines: list[dict[str, Any]] = []
    for n, (name, (bad, code, _)) in enumerate(zip(names, REPAIRABLE.values(), strict=True)):
        lines.append({**bad, "match": {**bad["match"], "phase": name}})
        lines.append(builder(name, "Repair", whole("app.py", f"{SUB}# {n}\n"), attempt=2, contains=code))
    cli = make(tmp_path, *(phase(name) for name in names), answers=lines)
    with untouched(cli.project):
        ended = cli.run()
    wrong = [kind for name, kind in zip(names, REPAIRABLE, strict=True) if not _as_expected(ended, name, kind)]
    assert wrong == [], [[f for f in findings(ended) if f["phase"] == names[list(REPAIRABLE).index(k)]] for k in wrong]
    expect(ended, 0, "DONE_SUCCESS")
    assert cli.project.git("diff", "--name-only", "main", "autopack/t") == "app.py"
    assert published(cli.project, "app.py") == f"{SUB}# {len(REPAIRABLE) - 1}"
    assert max(len(json.dumps(e)) for e in ended.events) < 100_000, "8 MiB are not told again"
    sound(cli.project)


def _as_expected(ended: Ended, name: str, kind: str) -> bool:
    """Refused with the code, nothing of it applied, complete at the second attempt."""
    _, code, path = REPAIRABLE[kind]
    mine = [e for e in ended.events if e.get("phase") == name]
    told = [f for f in findings(ended) if f["phase"] == name and f["attempt"] == 1]
    outcomes = [e["outcome"] for e in mine if e["event"] == "attempt.finished"]
    return (
        [f["code"] for f in told[:1]] == [code]
        and told[0]["blocking"]
        and bool(told[0]["message"])
        and path in ("", told[0]["path"])
        and outcomes in (["answer_refused", "complete"], ["policy_refused", "complete"])
        and not any(e.get("step") == "apply" and e["attempt"] == 1 for e in mine)
    )


def test_attempts_used_up_by_bad_answers_end_in_review_with_a_bundle(tmp_path: Path) -> None:
    cli = make(
        tmp_path, phase(attempt_cap=2), phase("next", depends_on=["work"]), answers=[line("no", 1), line("no", 2)]
    )
    with untouched(cli.project):
        ended = expect(cli.run(), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
    work, after = ended.events[-1]["phases"]
    assert (work["state"], work["attempts"]) == ("FAILED", 2)
    assert "AP201" in {f["code"] for f in work["findings"]}
    assert (after["state"], after["attempts"]) == ("SKIPPED", 0)
    bundle = next(Path(e["handoff"]) for e in ended.events if e.get("handoff"))
    assert list(bundle.rglob("*"))
    again = expect(cli("resume", "t"), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
    assert len(again.events) == 1, "an end is told again, nothing is done again"
    sound(cli.project)


NEVER = whole(".git/hooks/pre-commit", "#!/bin/sh\n", "create")


def test_tier_never_twice_in_a_row_ends_the_run_as_a_policy_violation(tmp_path: Path) -> None:
    cli = make(tmp_path, answers=[line(envelope(NEVER), 1), line(envelope(NEVER), 2), answer(attempt=3)])
    with untouched(cli.project):
        ended = expect(cli.run(), 1, "DONE_FAILED_POLICY_VIOLATION")
    assert one(ended, "AP301")["blocking"]
    assert ended.events[-1]["phases"][0]["attempts"] == 2, "there is no third try"
    assert cli.project.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
    sound(cli.project)


def test_tier_never_once_is_refused_and_repaired(tmp_path: Path) -> None:
    cli = make(tmp_path, answers=[line(envelope(NEVER, whole("app.py", SUB)), 1), answer(attempt=2, contains="AP301")])
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert ".git/hooks/pre-commit" in one(ended, "AP301")["message"]
    assert not list((cli.project.root / ".git" / "hooks").glob("pre-commit"))


def test_an_audit_nobody_can_read_never_approves(tmp_path: Path) -> None:
    """Twice unreadable is AP504: the change is not complete, a person is needed or the attempt repaired."""
    cli = make(tmp_path, phase(attempt_cap=1))
    cli.project.answer_with([answer(), {"match": {"role": "auditor"}, "times": "*", "answer": "Looks good to me!"}])
    with untouched(cli.project):
        ended = cli.run()
    assert ended.code in (1, 3), str(ended)
    assert "AP504" in json.dumps(ended.events)
    assert ended.events[-1]["phases"][0]["state"] in ("BLOCKED", "FAILED")
    assert ended.events[-1]["head"] == ended.events[-1]["base"]


def test_a_secret_in_an_answer_is_refused_and_told_nowhere(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    cli = make(tmp_path, answers=[line(envelope(whole("app.py", f'{SUB}TOKEN = "{secret}"\n')), 1), answer(attempt=2)])
    with untouched(cli.project):
        ended = expect(cli.run(), 0, "DONE_SUCCESS")
    assert one(ended, "AP306")["path"] == "app.py"
    assert secret not in json.dumps(ended.events) + ended.stderr
    written = [p for place in (cli.project.root, cli.project.state) for p in place.rglob("*") if p.is_file()]
    raw = [p for p in written if secret.encode() in p.read_bytes()]
    assert [p.parent.parent.name for p in raw] == ["artefacts"], "only the stored answer itself, in the private folder"
    assert raw[0].stat().st_mode & 0o077 == 0 and cli.project.state.stat().st_mode & 0o077 == 0


def test_a_cassette_without_a_line_for_the_call_ends_honestly_and_goes_on_when_it_has_one(tmp_path: Path) -> None:
    cli = make(tmp_path, answers=[answer(attempt=7)])
    with untouched(cli.project):
        ended = expect(cli.run(), 1, "DONE_FAILED_ENVIRONMENT")
    found = one(ended, "AP713")
    assert all(word in found["message"] for word in ("builder", "work", "attempt 1", "call 1", "start a new run")), (
        found
    )
    cli.project.answer_with([answer()])
    changed = cli("resume", "t", "--again")
    assert (changed.code, changed.events[-1]["code"]) == (1, "AP713"), str(changed)
    sound(cli.project)


@pytest.mark.parametrize(
    "text", ["{nonsense\n", '{"match": {"role": "builder"}}\n', '{"match": {"rolle": "x"}, "answer": ""}\n']
)
def test_a_cassette_with_a_bad_line_is_refused_at_that_line(tmp_path: Path, text: str) -> None:
    cli = make(tmp_path)
    cli.project.cassette.write_text(json.dumps(answer()) + "\n" + text)
    ended = cli.run()
    assert ended.code == 2, str(ended)
    assert ended.events[0]["event"] == "error" and ":2" in ended.events[0]["message"], ended.events
