"""What is made from the contract: complete, on the wire's names, and up to date in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack_server.lsp import contract, published

ROOT = Path(__file__).parents[2]


def test_every_command_and_notification_is_in_both():
    made = published.published()
    for text in made.values():
        assert all(f"{spec.name}" in text and spec.does in text for spec in contract.COMMANDS)
        assert all(name in text for name in contract.NOTIFICATIONS)


def test_a_command_s_optional_fields_may_be_left_out_and_an_answer_s_are_there():
    text = published.typescript()
    start = text.split("export interface StartRun {", 1)[1].split("}", 1)[0]
    assert "  planUri: string;" in start
    assert '  autonomy?: "supervised" | "unattended" | null;' in start
    assert "  phases?: string[];" in start
    snapshot = text.split("export interface RunSnapshot {", 1)[1].split("}", 1)[0]
    assert "  atWork: boolean;" in snapshot
    assert "  phases: PhaseSnapshot[];" in snapshot


def test_fields_are_named_as_they_cross():
    for text in published.published().values():
        assert "folderUri" in text
        assert "folder_uri" not in text


def test_the_page_shows_defaults_and_docstrings():
    page = published.document()
    retry = page.split("### RetryPhase", 1)[1].split("###", 1)[0]
    assert "| `runId` | `string` | required |" in retry
    approve = page.split("### ApproveRequest", 1)[1].split("###", 1)[0]
    assert '| `scope` | `"once" \\| "phase" \\| "path"` | `once` |' in approve
    assert "another one is refused" in approve


def test_a_type_that_cannot_be_published_is_an_error():
    with pytest.raises(TypeError, match="cannot be published"):
        published._typed(set[str])


def test_check_tells_a_stale_file_from_a_fresh_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert published.main(["--check"], tmp_path) == 1
    assert published.main([], tmp_path) == 0
    assert published.main(["--check"], tmp_path) == 0
    (tmp_path / published.DOCUMENT).write_text("old", encoding="utf-8")
    assert published.main(["--check"], tmp_path) == 1
    assert "docs/protocol.md is out of date" in capsys.readouterr().err


def test_wrong_words_are_refused(tmp_path: Path):
    assert published.main(["--chekc"], tmp_path) == 2
    assert not list(tmp_path.iterdir())


def test_the_repository_holds_what_the_contract_says():
    assert published.main(["--check"], ROOT) == 0
