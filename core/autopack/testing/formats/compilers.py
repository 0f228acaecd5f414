"""What compilers say when tests cannot be built, from the output of a build tool."""

from __future__ import annotations

import re
from itertools import zip_longest

from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import Reading, made_failure

_JVM = re.compile(r"^(?:\[ERROR\] )?(?:e: )?(?:file://)?(/[^\s:]{1,1000}\.(?:java|kt|groovy|scala)):"
                  r"(?:\[(?P<maven>\d{1,7}),\d{1,7}\]|(?P<line>\d{1,7})(?::\d{1,7})?:?) (?P<said>.*)")  # fmt: skip
_RUST_ERROR = re.compile(r"^error(?:\[E\d{4}\])?: (.{1,2000})")
_RUST_PLACE = re.compile(r"^ +--> ([^\s:]{1,1000}):(\d{1,7}):\d{1,7}$")
_MOST = 200


_GRADLE_TASK = re.compile(r"^Execution failed for task '(:[\w:.-]{1,300})'\.$")
_MAVEN_GOAL = re.compile(
    r"^\[ERROR\] Failed to execute goal (\S{1,300}:(?:test-?[Cc]ompile|compile|testResources|resources)) .*? on "
    r"project (\S{1,200}): (.{0,500})"
)


def failed_steps(said: str) -> dict[str, str]:
    """What Gradle and Maven say a build failed at, with the reason: any task of Gradle, Maven's goals before `test`."""
    found: dict[str, str] = {}
    lines = [line[:2000] for line in said.splitlines()]
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        task, goal = _GRADLE_TASK.match(line), _MAVEN_GOAL.match(line)
        if task is not None:
            found.setdefault(task[1], following.removeprefix("> "))
        elif goal is not None:
            found.setdefault(f"{goal[2]}:{goal[1].rpartition(':')[2]}", goal[3])
    return found


def add_compiler_errors(reading: Reading, said: str, places: Places) -> None:
    """A collection error for each file of the worktree that javac, kotlinc or rustc could not compile: its first."""
    error = ""
    found = 0
    for line in said.splitlines():
        rust = _RUST_ERROR.match(line[:2100])
        error = rust[1] if rust else error
        place, jvm = _RUST_PLACE.match(line[:1100]), _JVM.match(line[:3000])
        path, number, message = "", 0, ""
        if place is not None and error:
            path, number, message, error = places.file(place[1]), int(place[2]), error, ""
        elif jvm is not None and not jvm["said"].startswith("warning:"):
            path, number = places.file(jvm[1]), int(jvm["maven"] or jvm["line"])
            message = jvm["said"].removeprefix("error: ")
        if path and found < _MOST:
            found += 1
            reading.add_error(path, made_failure((path, number), message, line))
