"""`python make_project.py FOLDER`: a project to work on below FOLDER; prints where things are, and the environment.

It is the demo's, with a plan that shows each thing once: a phase goes straight through, one waits for a person, and one
fails at the first attempt and succeeds when it is tried again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autopack_server.demo.project import PLAN, clean_environment, git, make_project, write_cassette

OURS = ("AUTOPACK_STATE_DIR", "AUTOPACK_TARGET_PYTHON", "XDG_CONFIG_HOME")
PHASES = ("fines", "drop-legacy", "search")


def main(folder: Path) -> None:
    env = clean_environment(folder, sys.executable, own_settings=False)
    root = folder / "shelf"
    make_project(root, env)
    plan, cassette = root / PLAN, write_cassette(root)
    cassette.write_text("".join(f"{_one_file(line)}\n" for line in cassette.read_text("utf-8").splitlines()), "utf-8")
    plan.write_text(_shortened(plan.read_text("utf-8")), "utf-8")
    git(root, env, "commit", "-q", "-m", "A shorter plan", "--", PLAN)
    with (root / ".git/info/exclude").open("a", encoding="utf-8") as exclude:
        exclude.write(f"{cassette.name}\n")
    made = {"root": str(root), "plan": str(plan), "cassette": str(cassette), "env": {k: env[k] for k in OURS}}
    print(json.dumps(made))


def _one_file(line: str) -> str:
    """The deletion without its line in the README: a change of one file."""
    entry = json.loads(line)
    if entry["match"].get("phase") == "drop-legacy":
        entry["answer"]["files"] = entry["answer"]["files"][:1]
    return json.dumps(entry)


def _shortened(text: str) -> str:
    head, *blocks = text.rstrip("\n").split("  - id: ")
    phases = {block.split(maxsplit=1)[0]: block.rstrip("\n") for block in blocks}
    chosen = "\n\n".join(f"  - id: {phases[name]}" for name in PHASES)
    return f"{head}{chosen}\n    attempt_cap: 1\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
