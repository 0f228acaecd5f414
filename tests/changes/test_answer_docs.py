"""docs/answers.md and the published schema say what the parser does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from autopack.changes import answer_schema
from autopack.changes.envelope import FILE_KEYS, OPS, TOP_KEYS
from autopack.changes.schema import main

DOCS = Path(__file__).parents[2] / "docs"


def test_the_published_schema_is_current(tmp_path):
    assert main([str(DOCS / "answer.schema.json"), "--check"]) == 0
    stale = tmp_path / "s.json"
    assert main([str(stale), "--check"]) == 1
    assert main([str(stale)]) == 0
    assert main([str(stale), "--check"]) == 0


def test_the_schema_names_the_keys_of_the_parser():
    schema = answer_schema()
    assert set(schema["properties"]) == set(TOP_KEYS)
    assert set(schema["$defs"]["file"]["properties"]) == set(FILE_KEYS)
    assert {op["properties"]["op"]["const"] for op in schema["$defs"]["operation"]["oneOf"]} == set(OPS)


def test_the_example_of_the_docs_is_an_answer(world):
    example = re.search(r"```json\n(\{.*?)\n```", (DOCS / "answers.md").read_text(encoding="utf-8"), re.S).group(1)
    base = {
        "src/b.py": b"import os\nX = 1\n\n",
        "src/c.py": b"def f():\n" + b"".join(b"    x = %d\n" % n for n in range(60)),
        "src/d.py": b"d\n",
        "src/e.py": b"e\n",
    }
    base["src/c.py"] = base["src/c.py"].replace(b"    x = 6\n", b"def f():\n")
    answer = json.loads(example)
    for operation in answer["files"][2]["operations"]:
        if "content" in operation:
            operation["content"] = "    y = 1"
    changes = world.parse(answer, base)
    assert [change.kind.value for change in changes.changes] == [
        "created",
        "modified",
        "modified",
        "deleted",
        "renamed",
    ]
