"""What a stranger typed next was what the product told him to: the commands it names go on."""

from __future__ import annotations

import re
from pathlib import Path

from tests.kit.runs import typed
from tests.kit.tiny import MUL, WRONG, answer, expect, make, one, phase, refused, sound


def test_a_used_up_token_cap_names_the_command_that_allows_more(tmp_path: Path) -> None:
    usage = {"input_tokens": 3000, "output_tokens": 1000}
    cli = make(
        tmp_path,
        phase(),
        phase("more"),
        run={"token_cap": 4000},
        answers=[{**answer(), "usage": usage}, answer("more")],
    )
    ended = expect(cli.run(), 1, "DONE_FAILED_BUDGET_EXHAUSTED")
    told = one(ended, "AP701")["message"]
    named = re.search(r"`autopack (resume t --token-cap) TOKENS`", told)
    assert named, told
    expect(cli("resume", "t"), 1)
    later = cli(*named[1].split(), "400000")
    assert "AP701" not in later.stderr and later.events[0]["event"] == "run.resumed", str(later)
    sound(cli.project)


def test_a_phases_own_used_up_cap_names_the_command_that_allows_more(tmp_path: Path) -> None:
    """Told in the finding, in the status and in the report; the phase goes on, and a retry alone would not help."""
    usage = {"input_tokens": 3000, "output_tokens": 1000}
    cli = make(
        tmp_path, phase("work", token_cap=4000), phase("after", depends_on=["work"]),
        answers=[{**answer(content=WRONG), "usage": usage}, answer(), answer("after", MUL)],
    )  # fmt: skip
    ended = expect(cli.run(), 1, "DONE_FAILED_REQUIRES_HUMAN_REVIEW")
    assert [p["state"] for p in ended.events[-1]["phases"]] == ["FAILED", "SKIPPED"]
    named = re.search(r"`autopack (resume t --phase-token-cap work=)TOKENS`", one(ended, "AP701")["message"])
    assert named, one(ended, "AP701")
    assert "autopack resume t --phase-token-cap work=N" in typed(cli.project, "status", "t").stdout
    assert "autopack resume t --phase-token-cap work=N" in typed(cli.project, "report", "t").stdout
    for wrong in ("work", "work=", "=5", "work=many"):
        assert expect(cli("resume", "t", "--phase-token-cap", wrong), 2).events == []
    for wrong in ("other=5", "work=0"):
        assert refused(cli("resume", "t", "--phase-token-cap", wrong), 2, "")
    later = expect(cli(*f"{named[1]}400000".split()), 0, "DONE_SUCCESS")
    assert [p["state"] for p in later.events[-1]["phases"]] == ["COMPLETE", "COMPLETE"]
    sound(cli.project)
