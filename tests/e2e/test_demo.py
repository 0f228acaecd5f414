"""The demo as `make demo` runs it: the whole product on a replayed model, told at an editor on the real language server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from autopack_server.demo import proof, story


def demo(*options: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return subprocess.run(
        [sys.executable, "-m", "autopack_server.cli.main", "demo", *options], env=kept | env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip


def test_everything_the_demo_promises_is_seen(tmp_path: Path) -> None:
    done = demo("--no-keep", "--json", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is True
    seen = [item["what"] for item in told["seen"]]
    assert [word for word in ("(1)", "(2)", "(3)", "(4)") if not any(what.startswith(word) for what in seen)] == []
    assert any("untouched" in what for what in seen)
    screen = done.stderr
    assert "[finding]  AP401 tests/test_catalogue.py:25:1" in screen
    assert "[bulb]     Approve AP303 of drop-legacy once" in screen
    assert "[problem]  README.md:1:1  warning  AP303" in screen
    assert "# Run `demo`" in screen
    assert list(tmp_path.iterdir()) == [], "--no-keep leaves nothing"


def test_without_a_key_a_real_model_is_refused_at_once() -> None:
    done = demo("--real")
    assert done.returncode == 2
    assert "_API_KEY" in done.stderr
    assert done.stdout == ""


def test_the_demo_judges_what_is_missing_and_what_changed() -> None:
    seen = story.Seen()
    seen.note(True, "one thing")
    seen.note("", "another")
    assert seen.missing == ["another"]
    before = proof.UserFingerprint({"a": "1"}, {"index": "x", "config": "y"}, {"refs/stash": "s"})
    after = proof.UserFingerprint({"a": "1"}, {"index": "x", "config": "z"}, {})
    changed = {row.what: row.changed for row in proof.compare(before, after) if row.changed}
    assert changed == {"configuration": ("config",), "stash (its ref and its list)": ("refs/stash",)}
    assert "CHANGED" in "\n".join(proof.table(proof.compare(before, after)))
