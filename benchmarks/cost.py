"""One phase as one cold `autopack run` over HTTP with the real Anthropic SDK and no model delay, beside a plain script.

The script gathers the same evidence: tests before and after, the new test without the new code and with two mutants of
it, two SDK calls, `git apply`, commit. Goal: at most 1.5 x its CPU and 1.3 x its peak memory.

    python -m benchmarks.cost [--pairs N]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import measure
from tests.kit.endpoint import Reply, ScriptedEndpoint

COUNTED_LEVEL = "1"
"""The script has no sandbox, and the CPU of tests in a process namespace of their own does not reach who started them."""
PLAN = """\
autopack: 1
run: {id: bench}
phases:
  - id: mul
    goal: Add a multiplication function.
    scope: {paths: [src/, tests/]}
    deliverables: [src/calc/mul.py, tests/test_mul.py]
    tests: {paths: [tests/]}
"""

ANSWER = {
    "summary": "Add mul",
    "files": [
        {"path": "src/calc/mul.py", "action": "create", "content": "def mul(a, b):\n    return a * b\n"},
        {
            "path": "tests/test_mul.py",
            "action": "create",
            "content": "from calc.mul import mul\n\n\ndef test_mul():\n    assert mul(2, 3) == 6\n",
        },
    ],
}

SCRIPT = '''\
"""What one would write by hand: tests, ask, apply, tests, can the new test fail, ask, commit."""
import json, os, subprocess, sys, tempfile
from anthropic import Anthropic

def tests(path="tests", red=False):
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path])
    assert (done.returncode != 0) is red

def red_without(path, text):
    """Is the new test red with this in place of the new code, or without it?"""
    kept = open(path).read()
    os.remove(path)
    if text:
        open(path, "w").write(text)
    tests("tests/test_mul.py", red=True)
    open(path, "w").write(kept)

def ask(client, text):
    asked = [{"role": "user", "content": text}]
    with client.messages.stream(model="claude-sonnet-5-5", max_tokens=4096, messages=asked) as s:
        return s.get_final_message().content[0].text

client = Anthropic()
tests()
answer = json.loads(ask(client, "BUILDER please change"))
patch = ""
for f in answer["files"]:
    lines = f["content"].splitlines()
    patch += f"diff --git a/{f['path']} b/{f['path']}\\nnew file mode 100644\\n--- /dev/null\\n"
    patch += f"+++ b/{f['path']}\\n@@ -0,0 +1,{len(lines)} @@\\n"
    patch += "".join("+" + line + "\\n" for line in lines)
subprocess.run(["git", "apply", "--index", "-"], input=patch.encode(), check=True)
tests()
new = answer["files"][0]
for text in ("", new["content"].replace("a * b", "None"), new["content"].replace("*", "/")):
    red_without(new["path"], text)
assert json.loads(ask(client, "AUDITOR please review " + patch))["approved"]
subprocess.run(["git", "commit", "-qm", "mul"], check=True)
'''


def make_project(root: Path) -> Path:
    """A package with tests, committed."""
    repo = root / "project"
    shutil.rmtree(repo, ignore_errors=True)
    (repo / "src/calc").mkdir(parents=True)
    (repo / "tests").mkdir()
    (repo / "src/calc/__init__.py").write_text("def add(a, b):\n    return a + b\n")
    tests = "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    (repo / "tests/test_calc.py").write_text(tests)
    (repo / "pyproject.toml").write_text(
        '[project]\nname = "calc"\nversion = "0.1"\n\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'
    )
    (repo / "plan.autopack.yaml").write_text(PLAN)
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "base")):
        subprocess.run(["git", "-c", "user.name=b", "-c", "user.email=b@localhost", *args], cwd=repo, check=True)
    return repo


def main() -> int:
    """Print and save the ratios; 0 when both goals hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    pairs = parser.parse_args().pairs

    def answer(received: object) -> Reply:
        text = json.dumps(getattr(received, "body", "")) + str(getattr(received, "text", ""))
        auditing = "AUDITOR" in text or '"approved"' in text or "approved" in text
        return Reply({"approved": True, "issues": []} if auditing else ANSWER)

    with tempfile.TemporaryDirectory() as folder, ScriptedEndpoint(answer) as endpoint:
        root = Path(folder)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AUTOPACK", "GIT_"))}
        env |= {
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": endpoint.anthropic_url,
            "AUTOPACK_TARGET_PYTHON": sys.executable,
            "XDG_CONFIG_HOME": str(root / "config"),
            "GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@localhost",
            "GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@localhost",
        }  # fmt: skip
        (root / "config/autopack").mkdir(parents=True)
        (root / "config/autopack/config.yaml").write_text(
            f"providers:\n  anthropic: {{base_url: {endpoint.anthropic_url}}}\n"
        )
        (root / "script.py").write_text(SCRIPT)

        def ours() -> measure.Cost:
            shutil.rmtree(root / "state", ignore_errors=True)
            repo = make_project(root)
            argv = [
                sys.executable,
                "-m",
                "autopack_server.cli.main",
                "run",
                "plan.autopack.yaml",
                "--trust-plan",
                "--json",
            ]
            ours = {"AUTOPACK_STATE_DIR": str(root / "state"), "AUTOPACK_SANDBOX_LEVEL": COUNTED_LEVEL}
            return measure.run(argv, cwd=repo, env=env | ours)

        def theirs() -> measure.Cost:
            repo = make_project(root)
            return measure.run([sys.executable, str(root / "script.py")], cwd=repo, env=env)

        a, b = measure.alternating(pairs, ours, theirs)
    cpu, peak, wall = (measure.ratio(a, b, name) for name in ("cpu", "peak_mib", "wall"))
    measure.save("cost", {
        "baseline": "a plain script: tests before and after, two SDK calls, git apply, commit",
        "cpu_ratio": round(cpu, 3), "peak_ratio": round(peak, 3), "wall_ratio": round(wall, 3),
        "goal": {"cpu_ratio": 1.5, "peak_ratio": 1.3}, "autopack": measure.rows(a), "script": measure.rows(b),
    })  # fmt: skip
    print(
        f"cost of one phase beside a plain script: CPU x{cpu:.2f} (goal 1.5), "
        f"peak memory x{peak:.2f} (goal 1.3), wall x{wall:.2f}"
    )
    return 0 if cpu <= 1.5 and peak <= 1.3 else 1


if __name__ == "__main__":
    sys.exit(main())
