"""What a stranger tried with `workspace` after reading docs/plan.md only."""

from __future__ import annotations

from pathlib import Path

from tests.kit.tiny import ADD, expect, findings, make, phase, plan_of

COPIES = plan_of(
    phase(tests={"command": ["python3", "-c", "open('.env.test').read()"]}), workspace={"copy": [".env.test"]}
)


def test_a_secret_looking_file_is_copied_with_the_users_leave_only(tmp_path: Path) -> None:
    """AP905 names the setting that gives leave, and with it the tests find the file."""
    cli = make(tmp_path, plan=COPIES, files={".gitignore": ".env.test\n", "app.py": ADD})
    cli.project.write({".env.test": "A=1\n"})
    without = cli.run()
    (told,) = [f for f in findings(without) if f["code"] == "AP905"]
    assert told["path"] == ".env.test" and "workspace.secret_files" in told["message"]
    expect(cli.run(env={"AUTOPACK_WORKSPACE_SECRET_FILES": ".env.test"}), 0, "DONE_SUCCESS")
