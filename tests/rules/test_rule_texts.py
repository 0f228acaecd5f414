"""Every rule code is explained for people, and its page in docs/rules is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autopack.model.rules import RULES, Rule
from autopack.report.rule_text import rule_page
from autopack.report.rules_pages import main, rule_pages

ROOT = Path(__file__).resolve().parents[2]
SOURCES = "".join(
    p.read_text(encoding="utf-8")
    for p in (ROOT / "core" / "autopack").rglob("*.py")
    if "rules" not in p.relative_to(ROOT).parts
)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_says_what_it_protects_what_to_do_and_what_it_looks_like(rule: Rule):
    assert re.fullmatch(r"AP[1-9][0-9]{2}", rule.code) and re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    for text in (rule.explanation, rule.fix):
        assert text[0].isupper() and text.endswith(".") and "  " not in text
        assert 1 <= len(re.findall(r"[.?](?= [A-Z`]|$)", text)) <= 5
        assert text.count("`") % 2 == 0
    assert 10 <= len(rule.example) <= 300 and "\n" not in rule.example
    assert rule.code not in rule.example


def test_names_and_texts_are_not_copied():
    for field in ("name", "explanation", "example"):
        values = [getattr(rule, field) for rule in RULES.values()]
        assert len(set(values)) == len(values), field


@pytest.mark.parametrize("code", RULES)
def test_a_code_is_reserved_exactly_as_long_as_nothing_reports_it(code):
    assert RULES[code].reserved is (f'"{code}"' not in SOURCES)


def test_the_pages_in_the_repository_are_those_of_the_registry():
    assert main([str(ROOT / "docs" / "rules"), "--check"]) == 0


def test_the_generator_writes_repairs_and_removes(tmp_path, capsys):
    assert main([str(tmp_path / "rules")]) == 0
    assert main([str(tmp_path / "rules"), "--check"]) == 0
    (tmp_path / "rules" / "AP401.md").write_text("old")
    (tmp_path / "rules" / "AP999.md").write_text("gone")
    (tmp_path / "rules" / "AP402.md").unlink()
    assert main(["--check", str(tmp_path / "rules")]) == 1
    assert "AP401.md, AP402.md, AP999.md" in capsys.readouterr().err
    assert main([str(tmp_path / "rules")]) == 0
    assert {p.name for p in (tmp_path / "rules").iterdir()} == set(rule_pages())
    assert main([]) == 2


def test_a_page_holds_all_of_its_rule():
    rule = RULES["AP401"]
    page = rule_page(rule)
    assert all(text in page for text in (rule.code, rule.name, rule.explanation, rule.fix, rule.example, "error"))
    later = next(rule for rule in RULES.values() if rule.reserved)
    assert "reserved" not in page and "reserved" in rule_page(later)
    assert all(f"({code}.md)" in rule_pages()["README.md"] for code in RULES)
