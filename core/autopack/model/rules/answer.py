"""AP2xx: the model's answer."""

from autopack.model.findings import Severity
from autopack.model.rules.rule import Rule

_LOOP = "The finding goes back to the model, which tries again while the phase has attempts left."

RULES: tuple[Rule, ...] = (
    Rule(
        "AP201",
        "unparsable-answer",
        Severity.ERROR,
        "The model's answer is not one of the forms Autopack reads: the JSON envelope, one file object a line, or a "
        "git diff. An answer that could be read in two ways is refused like one that cannot be read at all.",
        f"{_LOOP} When it keeps happening, try another model, or a smaller scope. The forms are described in "
        "docs/answers.md.",
        'the envelope has no "files". Answer with one JSON object.',
    ),
    Rule(
        "AP202",
        "truncated-answer",
        Severity.ERROR,
        "The answer was cut off: by the model's output limit, in the middle of its JSON, before the last of the files it "
        "announced, or in the middle of a file it gives whole. Part of a change is never applied; what came complete is "
        "named and kept as evidence.",
        f"{_LOOP} The next attempt asks for a shorter form (differences instead of whole files) and for fewer files a "
        "call, allows more output, and shows what was complete. If it stays too long, split the phase.",
        "the answer was cut off by the output limit; nothing of it was applied. These were complete in it: 'src/a.py'.",
    ),
    Rule(
        "AP203",
        "placeholder",
        Severity.ERROR,
        "A line of the answer stands for code that the model did not write out, such as `# ... rest unchanged`. "
        "Applied as it is, it would delete the code it stands for.",
        f"{_LOOP} The next attempt asks for a shorter form, in which nothing needs to be left out. If the line is meant "
        "literally, say so in the phase's `notes`.",
        "src/app.py, line 14: `# ... existing code ...` stands for code that was left out. Write the file out in "
        "full, or use operations.",
    ),
    Rule(
        "AP204",
        "stale-base",
        Severity.ERROR,
        "The answer speaks of another version of a file than the one the model was shown: a file to change does not "
        "exist, one to create exists already, or its content is different from what the answer assumes.",
        f"{_LOOP} If the file was not shown to the model, add it to `scope.paths` or `scope.read_only`.",
        "src/search.py does not exist, so it cannot be modified. Create it, or name the file you mean.",
    ),
    Rule(
        "AP205",
        "ambiguous-location",
        Severity.ERROR,
        "The place of a change in its file cannot be found beyond doubt: line numbers out of range, text that occurs "
        "nowhere or more than once, or diff context that does not match. A change in the wrong place is worse than "
        "none, so nothing is guessed.",
        f"{_LOOP} The finding shows what the file really says there.",
        'src/app.py, operation 2 (replace): "old" occurs more than once (at lines 10 and 42). Add surrounding lines to '
        "it, or give start_line and end_line.",
    ),
    Rule(
        "AP206",
        "empty-answer",
        Severity.ERROR,
        "The answer is empty, or leaves every file as it was.",
        f"{_LOOP} If there is nothing left to do, set `allow: {{noop: true}}` for the phase, or skip it.",
        "the answer changes nothing: every file is as it was. Say what is to change to reach the goal.",
    ),
    Rule(
        "AP207",
        "answer-too-large",
        Severity.ERROR,
        "The answer is larger than policy allows, in bytes, operations or depth. The limit protects memory and keeps "
        "changes reviewable.",
        f"{_LOOP} The next attempt asks for less at once. "
        "Split the phase, or raise `policy.max_answer_bytes` in your user-level settings.",
        "the answer has 9437184 bytes, the limit is 8388608. Do less at once.",
    ),
    Rule(
        "AP208",
        "repaired-diff",
        Severity.INFORMATION,
        "A diff of the answer was not exactly in order: wrong counts, white space, missing signs, left-out or misquoted "
        "unchanged lines, or an older version of the file. There was one place it could mean, and it was applied there. "
        "The files are judged and tested like any other change.",
        "Nothing needs to be done. A model of which this is told often gives fewer mistakes with operations: set "
        "`builder_mode: structured_edit` for the phase.",
        "src/app.py: the answer was read with tolerance (recount): its counts, signs or wrapping did not hold.",
    ),
)
