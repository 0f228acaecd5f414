"""`python make_project.py FOLDER`: the demo's project below FOLDER with its cassette; prints where, and the environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autopack_server.demo.project import PLAN, clean_environment, make_project, write_cassette

OURS = ("AUTOPACK_STATE_DIR", "AUTOPACK_TARGET_PYTHON", "XDG_CONFIG_HOME")


def main(folder: Path) -> None:
    env = clean_environment(folder, sys.executable, own_settings=False)
    root = folder / "shelf"
    make_project(root, env)
    cassette = write_cassette(root)
    with (root / ".git/info/exclude").open("a", encoding="utf-8") as exclude:
        exclude.write(f"{cassette.name}\n.vscode/\n")
    made = {"root": str(root), "plan": str(root / PLAN), "cassette": str(cassette), "env": {k: env[k] for k in OURS}}
    print(json.dumps(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
