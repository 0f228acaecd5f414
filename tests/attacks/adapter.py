#!/usr/bin/env python3
"""One case of the catalogue driven through the product: what happened, as the catalogue's runner asks for it.

As a program it speaks the runner's protocol: a case with `repo`, `out` and `home` as JSON on stdin, the outcome as JSON
on stdout.
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.attacks import decisions, editor, faults, governed, in_editor, reads, repairs, runs
from tests.attacks.product import Scene, surroundings

FORMATS = {
    **dict.fromkeys(("unified_diff", "full_file", "structured"), governed.file_case),
    "lsp": editor.lsp_case,
    "command": repairs.command_case,
}
KINDS = {
    "start_run": runs.start_run,
    "test_run": runs.test_run,
    "prompt_context": reads.prompt_context,
    "workspace_config": reads.workspace_config,
    "handoff_bundle": reads.handoff_bundle,
    "internal_error": reads.internal_error,
    "approval": decisions.approval,
    "provider_response": faults.provider_response,
    "state_fault": faults.state_fault,
    "approval_text": decisions.approval_text,
}


def observe(scene: Scene) -> dict[str, Any]:
    """The outcome of the case; `error` is a crash of the product or a case that nobody drives."""
    case = scene.case
    kinds = in_editor.DRIVERS if case["class"] == "lsp" else KINDS
    driver = FORMATS.get(case["format"]) or kinds.get(case["payload"].get("kind", ""))
    if driver is None:
        return {"outcome": "error", "observed": {"why": "nobody drives this kind yet"}}
    try:
        with surroundings(scene.env, scene.repo):
            return driver(scene)
    except Exception:
        return {"outcome": "error", "observed": {"crash": traceback.format_exc()[-3000:]}}


def main() -> None:
    case = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="attack-state-", ignore_cleanup_errors=True) as place:
        scene = Scene(case, Path(case["repo"]), Path(case["out"]), Path(case["home"]), Path(place))
        print(json.dumps(observe(scene)))


if __name__ == "__main__":
    main()
