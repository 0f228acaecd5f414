"""What a stranger typed next was what the product told him to: the commands it names go on."""

from __future__ import annotations

import re
from pathlib import Path

from tests.kit.tiny import answer, expect, make, one, phase, sound


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
