"""How node, vitest and jest are started; each writes the one file it is told to."""

from __future__ import annotations

import json
import re

from autopack.testing.job import PLUGIN
from autopack.testing.program_call import Call

_NODE_TEST = re.compile(r"(.*[._-])?test\.[cm]?[jt]s|test-.*\.[cm]?[jt]s")


def node_argv(call: Call) -> tuple[str, ...]:
    """With our reporter: Node's own ones do not tell the file of a test in every release."""
    reporter = (f"--test-reporter={PLUGIN / 'autopack_node.mjs'}", f"--test-reporter-destination={call.report}")
    return (str(call.program), "--test", *call.job.tests.args, *reporter, *_node_files(call))


def _node_files(call: Call) -> list[str]:
    """Of folders the files with names that Node takes for tests: releases differ in what they make of a folder."""
    found: list[str] = []
    for name in call.files:
        path = call.job.workdir / name
        if not path.is_dir():
            found.append(name)
            continue
        for inside in sorted(path.rglob("*")):
            if "node_modules" not in inside.parts and _NODE_TEST.fullmatch(inside.name) and inside.is_file():
                found.append(inside.relative_to(call.job.workdir).as_posix())
    return [f"./{name}" if name.startswith("-") else name for name in found or call.files]


def vitest_argv(call: Call) -> tuple[str, ...]:
    return (
        *(str(call.program), str(call.script), "run", *call.job.tests.args),
        *("--reporter=json", f"--outputFile.json={call.report}", "--includeTaskLocation", "--passWithNoTests"),
        *("--bail=0", "--no-color", *(str(call.job.workdir / name) for name in call.files)),
    )


def jest_argv(call: Call) -> tuple[str, ...]:
    """Jest takes patterns, not paths; release 30 gave their option another name and refuses the old one."""
    names = tuple(re.escape(str(call.job.workdir / name)) for name in call.files)
    option = "--testPathPattern" if _major(call) < 30 else "--testPathPatterns"
    return (
        *(str(call.program), str(call.script), *call.job.tests.args),
        *("--ci", "--json", f"--outputFile={call.report}", "--testLocationInResults", "--passWithNoTests"),
        *("--bail=0", "--watchman=false", "--watchAll=false", "--color=false"),
        *(f"--cacheDirectory={call.job.scratch / 'jest-cache'}", *((option, *names) if names else ())),
    )


def _major(call: Call) -> int:
    try:
        told = json.loads((call.script.parent.parent / "package.json").read_text("utf-8", "replace"))
        return int(str(told["version"]).partition(".")[0])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
