from __future__ import annotations

import pytest

from autopack_server.lsp.plan.hover import Hover, hover
from autopack_server.lsp.plan.reading import Reading
from tests.lsp.plan.texts import BLOCK, cut, repository


def at(marked: str) -> tuple[Reading, Hover | None]:
    reading, position, _ = cut(marked)
    return reading, hover(position, reading, repository())


def told(marked: str) -> tuple[str, str]:
    """The text hovered, and what is said of it."""
    reading, found = at(marked)
    assert found is not None
    lines = reading.tree.lines
    return reading.text[lines.offset(found.range.start) : lines.offset(found.range.end)], found.markdown


@pytest.mark.parametrize(
    ("marked", "word", "markdown"),
    [
        ("autopack: 1\nr¦un:\n", "run", "**`run`** (mapping, required)\n\nHow the whole plan runs."),
        ("run: {token_cap¦: 1}", "token_cap",
         "**`token_cap`** (whole number)\n\nInput plus output tokens of the whole run.\n\nDefault: `5000000`\n\n"
         "Limits: at least 1"),
        ("run:\n  money_cap_usd¦: 1", "money_cap_usd",
         "**`money_cap_usd`** (number)\n\nCost of the whole run.\n\nLimits: more than 0"),
        ("run: {'ba¦se': head}", "base",
         "**`base`** (choice)\n\nWhat the run starts from.\n\nDefault: `head`\n\nAllowed:\n\n"
         "- `head`: The run starts from the last commit; uncommitted changes are not part of it.\n"
         "- `working-tree`: The run starts from a snapshot of your files as they are, untracked ones included."),
        ("phases:\n  - depends_on¦: [a]", "depends_on",
         "**`depends_on`** (list of phase ids)\n\nPhases that must be complete before."),
        ("phases:\n  - {i¦d: a}", "id",
         "**`id`** (text, required)\n\nName of the phase in refs, reports and commands.\n\nLower-case letters, digits and "
         "`-`, beginning with a letter or digit, at most 40 characters."),
        ("phases:\n  - scope: {read_only¦: []}", "read_only",
         "**`read_only`** (list of mappings or paths)\n\nShown to the model, never writable."),
        ("phases:\n  - checks¦: []", "checks",
         "**`checks`** (list of commands)\n\nCommands judged against the base by exit code."),
        ("phases:\n  - tests: {command¦: []}", "command",
         "**`command`** (command)\n\nProgram and arguments of runner `command`; no shell.\n\nNot empty."),
        ("phases:\n  - tests: {skip¦: false}", "skip",
         "**`skip`** (true or false)\n\nDo not test this phase; say why in `reason`.\n\nDefault: `false`"),
        ("defaults:\n  attempt_cap¦: 3", "attempt_cap",
         "**`attempt_cap`** (whole number)\n\nAttempts before the phase fails.\n\nLimits: at least 1 and at most 20"),
        ("run: {base: working-¦tree}", "working-tree",
         "**`working-tree`**\n\nThe run starts from a snapshot of your files as they are, untracked ones included.\n\n"
         "What the run starts from."),
        ("phases:\n  - scope: {paths: [src/sear¦ch/]}", "src/search/",
         "**`src/search/`**\n\nA folder with 1 tracked file.\n\nWritable: a file, or a folder with a trailing slash."),
        ("phases:\n  - deliverables: ['src/app.py¦']", "src/app.py",
         "**`src/app.py`**\n\nA tracked file.\n\nFiles, or folders/, that must exist afterwards; may be grouped in named "
         "lists. `a.py (deleted)` must be gone, `a.py (defines f, C.m)` must define these."),
        ("phases:\n  - depends_on: [no¦pe]", "nope", "The plan has no phase `nope`."),
    ],
)  # fmt: skip
def test_what_is_said_of_keys_and_values(marked: str, word: str, markdown: str) -> None:
    assert told(marked) == (word, markdown)


def test_categories_are_grouped_by_what_they_mean() -> None:
    _, markdown = told("phases:\n  - cate¦gory: docs")
    assert "- `backend`, `frontend`, `tests`," in markdown
    assert markdown.count("\n- ") == 2


def test_a_phase_is_told_with_its_estimate_beside_the_caps() -> None:
    plan = BLOCK.replace("    attempt_cap: 3", "    attempt_cap: 3\n    token_cap: 500")
    word, markdown = told(plan.replace("- index\n", "- ind¦ex\n"))
    assert word == "index"
    assert markdown.split("\n\n") == [
        "**Phase `index`**",
        "Build an inverted index over titles.",
        "Depends on no other phase.",
        "Needed by `page`, `docs`.",
        "One answer: about 8,320 tokens, up to 12,288 (backend, medium complexity). Caps: 5 attempts, no token cap of "
        "its own.",
        "All phases: up to 36,864 tokens of answers once; the run's cap is 5,000,000.",
    ]
    _, page = told(plan.replace("id: page", "id: pa¦ge"))
    assert "Depends on `index`." in page
    assert "Caps: 3 attempts, 500 tokens. **That is less than one answer may need (AP108).**" in page


def test_of_a_plan_that_is_not_sound_yet_a_phase_tells_what_is_written() -> None:
    _, markdown = told("phases:\n  - id: a\n    goal: Do *it*.\n  - id: b\n    depends_on: [¦a, \n")
    assert markdown == r"**Phase `a`**" + "\n\nDo \\*it\\*.\n\nDepends on no other phase.\n\nNeeded by `b`."


def test_a_tier_is_told_with_its_phases() -> None:
    assert (
        told(BLOCK.replace("tier: backend", "tier: ¦backend"))[1]
        == "**Tier `backend`**\n\nBack end\n\nPhases: `index`."
    )
    assert told(BLOCK.replace("- id: frontend", "- id: fr¦ontend"))[1].endswith("Phases: `page`, `docs`.")
    assert told("phases:\n  - tier: x¦")[1] == "The plan has no tier `x`."


@pytest.mark.parametrize(
    "marked",
    [
        "# AP101¦\nrun: {}", "run: {} # see AP1¦18", "run: {id: r, ¦}", "run: {id: sh¦op}", "phases:\n  - goal: Do ¦it",
        "nonsense: 1¦", "non¦sense: 1", "¦", "run: {token_cap: 5¦}",
    ],
)  # fmt: skip
def test_nothing_is_said_of_comments_blanks_and_words_of_the_writer(marked: str) -> None:
    assert at(marked)[1] is None


def test_hostile_text_is_shown_and_not_rendered() -> None:
    evil = "phases:\n  - id: ev\n    goal: '[x](command:y) <b> \u200b `c`'\n  - depends_on: [e¦v]\n"
    assert r"\[x\](command:y) \<b\> \<U+200B\> \`c\`" in told(evil)[1]
