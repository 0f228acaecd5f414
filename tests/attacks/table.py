"""What of the catalogue the product cannot be asked yet, what is tested elsewhere, and what takes too long for every run.

Later work shortens `NOT_YET`; a case in it counts nowhere.
"""

from __future__ import annotations

from typing import Any

CHAT = "approval by chat messages"
STATE = "driven by a suite of its own, not by the catalogue"

NOT_YET = {
    "G-LSP-09": f"{STATE} (tests/editors/workbench/install.test.mjs)",
    "G-SECRETS-06": CHAT,
    "G-APPROVAL-04": CHAT,
    "G-APPROVAL-07": CHAT,
    "G-APPROVAL-13": CHAT,
    "G-STATE-02": STATE,
    "G-STATE-03": f"{STATE} (tests/e2e/test_disk_full.py)",
    "G-STATE-05": f"{STATE} (tests/store/test_store_requests.py)",
    "G-STATE-08": STATE,
    "G-STATE-09": f"{STATE} (tests/e2e/test_disk_full.py)",
    "G-STATE-10": STATE,
    "G-STATE-12": f"{STATE} (tests/store/test_store_opening.py)",
}
DISAGREED = {
    "G-FORMAT-12": "its base holds LF (`* text=auto` in the base repository), so does the answer's result",
}
"""Benign cases where the product does otherwise with a reason; they count as failures."""

NEED_NAMESPACES = {
    "G-RESOURCE-15": "loopback without consent to the network",
    "G-RESOURCE-17": "/dev/shm, for the locks of multiprocessing",
}
"""Benign test code that sandbox level 2 does not let through (docs/sandbox.md); asked at the other levels."""

SLOW = {f"G-RESOURCE-{number}" for number in ("01", "02", "03", "05", "13")}
"""Test code that has to run into its time-out."""
OF_ITSELF = {"G-CONFIG-03", "G-SECRETS-07"}
"""Cases about the environment of the process itself."""
REFUSED = {"G-GIT-REPO-08", "G-GIT-REPO-13"}
"""Repositories a run may refuse; on every other one it must reach its end, or the case would show nothing."""
THROUGH_PROCESS = {
    "path": ("G-PATH-15", "G-PATH-29"),
    "symlink": ("G-SYMLINK-01", "G-SYMLINK-08"),
    "diff_header": ("G-DIFF-HEADER-02", "G-DIFF-HEADER-18"),
    "editor_config": ("G-EDITOR-CONFIG-02", "G-EDITOR-CONFIG-15"),
    "test_tampering": ("G-TEST-TAMPERING-05", "G-TEST-TAMPERING-11"),
    "ci_build": ("G-CI-BUILD-02",),
    "format": ("G-FORMAT-07", "G-FORMAT-11"),
    "secrets": ("G-SECRETS-07",),
    "prompt_injection": ("G-PROMPT-INJECTION-08",),
    "environment": ("G-ENVIRONMENT-02",),
    "git_repo": ("G-GIT-REPO-03",),
    "resource": ("G-RESOURCE-12",),
}
"""Of each class that the command line can show, one or two cases; `config`, `approval` and `state` go through it anyway
where a process matters."""


def alone(case: dict[str, Any]) -> bool:
    """Whether the case says something of the process itself, which is then one of its own: another would hold what the
    cases before it left."""
    return case["id"] in OF_ITSELF or (case["class"] != "lsp" and "rss_mb_max" in case.get("observe", {}))


def not_yet(case: dict[str, Any]) -> str:
    """Which later feature the case waits for, or ""."""
    return NOT_YET.get(case["id"], "")
