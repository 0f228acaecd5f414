"""`python -m autopack.report.rules_pages docs/rules [--check]` writes a page for each rule code, or checks them."""

from __future__ import annotations

import sys
from pathlib import Path

from autopack.model.rules import RULES
from autopack.report.rule_text import rule_page

_FAMILIES = {
    "AP1": "The plan", "AP2": "The model's answer", "AP3": "What a change may touch", "AP4": "Tests and checks",
    "AP5": "The audit", "AP6": "Completion", "AP7": "Budgets and providers", "AP9": "Machine and repository",
}  # fmt: skip


def rule_pages() -> dict[str, str]:
    """Every page by file name, the index included."""
    pages = {f"{code}.md": rule_page(rule) for code, rule in RULES.items()}
    return pages | {"README.md": _index()}


def _index() -> str:
    lines = [
        "# Rule codes",
        "",
        "Every problem Autopack reports carries one of these codes. `autopack explain CODE` prints the same text. The "
        "pages are made from the registry in `core/autopack/model/rules`: edit there, then run `python -m "
        "autopack.report.rules_pages docs/rules`.",
    ]
    for prefix, title in _FAMILIES.items():
        lines += ["", f"## {prefix}xx: {title}", "", "| Code | Name | Severity |", "|---|---|---|"]
        for code, rule in sorted(RULES.items()):
            if code.startswith(prefix):
                severity = "reserved" if rule.reserved else rule.severity.value
                lines.append(f"| [{code}]({code}.md) | {rule.name} | {severity} |")
    return "\n".join(lines) + "\n"


def _differences(folder: Path, pages: dict[str, str]) -> list[str]:
    found = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.md")} if folder.is_dir() else {}
    return sorted(name for name in found.keys() | pages.keys() if found.get(name) != pages.get(name))


def main(arguments: list[str]) -> int:
    """Make the folder hold exactly the pages; with --check only compare, exit code 1 when they differ."""
    names = [a for a in arguments if a != "--check"]
    if len(names) != 1:
        sys.stderr.write("usage: python -m autopack.report.rules_pages FOLDER [--check]\n")
        return 2
    folder, pages = Path(names[0]), rule_pages()
    stale = _differences(folder, pages)
    if "--check" in arguments:
        if stale:
            sys.stderr.write(
                f"{folder} is out of date ({', '.join(stale)}); run python -m autopack.report.rules_pages {folder}\n"
            )
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in pages:
            (folder / name).write_text(pages[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
