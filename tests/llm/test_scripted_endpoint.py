"""The scripted endpoint itself: whole answers through the plain SDKs, rules, and the process other tests start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.kit.endpoint import Reply, ScriptedEndpoint

ROOT = Path(__file__).parents[2]


def test_whole_answers_of_both_dialects():
    from anthropic import Anthropic
    from openai import OpenAI

    with ScriptedEndpoint([Reply({"a": 1}), Reply("two")]) as endpoint:
        message = Anthropic(api_key="k", base_url=endpoint.anthropic_url, max_retries=0).messages.create(
            model="m", max_tokens=10, system="be", messages=[{"role": "user", "content": "hello"}]
        )
        chat = OpenAI(api_key="k", base_url=endpoint.openai_url, max_retries=0).chat.completions.create(
            model="m", messages=[{"role": "system", "content": "be"}, {"role": "user", "content": "hello"}]
        )
    assert message.content[0].text == '{"a": 1}'
    assert chat.choices[0].message.content == "two"
    assert [one.text for one in endpoint.requests] == ["be\nhello", "be\nhello"]


def test_the_process_prints_its_port_follows_its_rules_and_ends_with_its_input(tmp_path):
    from openai import BadRequestError, OpenAI

    rules = [
        {"contains": ["special", "hello"], "answer": "one"},
        {"contains": "special", "model": "other", "answer": "never"},
        {"times": 2, "answer": {"any": True}},
    ]
    script, log = tmp_path / "script.jsonl", tmp_path / "log.jsonl"
    script.write_text("\n".join(map(json.dumps, rules)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kit.endpoint", "--script", str(script), "--log", str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin and process.stdout
    try:
        port = int(process.stdout.readline())
        client = OpenAI(api_key="k", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)

        def ask(text: str) -> str | None:
            try:
                said = client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
            except BadRequestError as error:
                return str(error.body)
            return said.choices[0].message.content

        answers = [ask("hello special"), ask("hello special"), ask("hello"), ask("hello")]
        assert answers[:3] == ["one", '{"any": true}', '{"any": true}']
        assert "no rule fits" in str(answers[3])
    finally:
        process.stdin.close()
        assert process.wait(10) == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["status"] for entry in entries] == [200, 200, 200, 400]
