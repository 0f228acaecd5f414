"""How go, cargo nextest, Maven and Gradle are started, and how the reports of the build tools are gathered."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path

from autopack.model.test_report import Failure
from autopack.testing.files import bounded_read
from autopack.testing.formats import Reading, read_go_events, read_junit
from autopack.testing.formats.compilers import add_compiler_errors, failed_steps
from autopack.testing.program_call import Call
from autopack.testing.programs import wrapped_gradle

_MOST_FILES = 20_000
_KEEP_EVENTS = '"$@" > "$AUTOPACK_EVENTS"; s=$?; printf "\\n%s\\n" "$AUTOPACK_ENDING" >> "$AUTOPACK_EVENTS"; exit $s'
_INIT_SCRIPT = """\
allprojects {
    tasks.withType(Test) { task ->
        task.ignoreFailures = false
        task.outputs.upToDateWhen { false }
        def place = new File(System.getenv('AUTOPACK_RESULTS'), task.path.replace(':', '-'))
        def xml = task.reports.junitXml
        if (xml.hasProperty('outputLocation')) {
            xml.required.set(true)
            xml.outputLocation.set(place)
        } else {
            xml.enabled = true
            xml.destination = place
        }
    }
}
"""


def go_argv(call: Call) -> tuple[str, ...]:
    """Through sh, which puts the events into a file and marks their end: go has no option for either. Nothing of the
    plan is part of the shell's script."""
    packages = dict.fromkeys(_go_package(call.job.workdir, name) for name in call.files) or ("./...",)
    names = sorted({test_id.partition("::")[2].partition("/")[0] for test_id in call.ids})
    only = ("-run", f"^({'|'.join(map(re.escape, names))})$") if names else ()
    go = (str(call.program), "test", "-json", *call.job.tests.args, "-count=1", *only, *packages)
    return ("/bin/sh", "-c", _KEEP_EVENTS, "sh", *go)


def _go_package(workdir: Path, name: str) -> str:
    """The package of a file, a folder with all below it."""
    folder = (workdir / name).is_dir()
    inner = "/".join(part for part in (name if folder else name.rpartition("/")[0]).split("/") if part != ".")
    return "/".join(filter(None, (".", inner, "..." if folder else "")))


def go_environment(call: Call) -> dict[str, str]:
    env = {"GOCACHE": str(call.job.scratch / "go-build"), "GOTOOLCHAIN": "local", "GOTELEMETRY": "off",
           "AUTOPACK_EVENTS": str(call.report), "AUTOPACK_ENDING": call.token}  # fmt: skip
    return env if call.job.tests.network else {**env, "GOPROXY": "off", "GOSUMDB": "off"}


def read_go(call: Call, said: str) -> Reading:
    return read_go_events(bounded_read(call.report), call.places, call.token, said)


def cargo_argv(call: Call) -> tuple[str, ...]:
    """A profile of its own name in a tool's configuration: the repository's cannot say where its report goes."""
    profile = f"autopack-{call.token}"
    config = call.folder / "nextest.toml"
    path = json.dumps(str(call.report))
    config.write_text(f"[profile.{profile}]\nfail-fast = false\n[profile.{profile}.junit]\npath = {path}\n", "utf-8")
    wanted = _cargo_filter(call.ids)
    return (
        *(str(call.program), "nextest", "run", *call.job.tests.args, "--tool-config-file", f"autopack:{config}"),
        *("--profile", profile, "--no-fail-fast", "--no-tests=pass", "--color=never", *call.offline("--offline")),
        *(("-E", wanted) if wanted else ()),
    )


def _cargo_filter(ids: tuple[str, ...]) -> str:
    """Tests by name, whatever binary they are of (`crate::a::b` may be `b` of the binary `crate::a`); "" where a name
    would need quoting, so that everything runs."""
    names: set[str] = set()
    for test_id in ids:
        parts = test_id.split("::")
        if not re.fullmatch(r"[\w:]+", test_id.partition("::")[2]):
            return ""
        names.update("::".join(parts[at:]) for at in (1, 2) if parts[at:])
    return " | ".join(f"test(={name})" for name in sorted(names))


def cargo_environment(call: Call) -> dict[str, str]:
    return {"CARGO_TARGET_DIR": str(call.job.scratch / "cargo-target"), "RUST_BACKTRACE": "1"}


def read_cargo(call: Call, said: str) -> Reading:
    """What cannot be compiled leaves no report."""
    reading = Reading()
    if not call.report.exists():
        add_compiler_errors(reading, said, call.places)
    return reading if reading.collection_errors else read_junit([bounded_read(call.report)], call.places)


def maven_argv(call: Call) -> tuple[str, ...]:
    repository = Path.home() / ".m2/repository"
    local = call.offline("-o", *((f"-Dmaven.repo.local={repository}",) if repository.is_dir() else ()))
    return (
        *(str(call.program), "-B", *local, *call.job.tests.args, f"-Dsurefire.reportNameSuffix={call.token}"),
        *("-Dmaven.test.failure.ignore=false", "-DtrimStackTrace=false", "-Dstyle.color=never", "--fail-at-end"),
        "test",
    )


def read_maven(call: Call, said: str) -> Reading:
    """Surefire has an option for what the names of its reports end in, none for their folder."""
    found = sorted(call.job.worktree.rglob(f"surefire-reports/TEST-*-{call.token}.xml"))[:_MOST_FILES]
    return _built(call, found, said, suffix=call.token)


def gradle_argv(call: Call) -> tuple[str, ...]:
    script = call.folder / "autopack.init.gradle"
    script.write_text(_INIT_SCRIPT, "utf-8")
    program = wrapped_gradle(call.job.workdir) or call.program
    return (
        *(str(program), *call.job.tests.args, "--init-script", str(script), "--continue", "--no-daemon"),
        *("--console=plain", "--no-build-cache", *call.offline("--offline"), "test"),
    )


def gradle_environment(call: Call) -> dict[str, str]:
    return {"GRADLE_USER_HOME": str(call.job.scratch / "gradle-home"), "AUTOPACK_RESULTS": str(call.folder)}


def read_gradle(call: Call, said: str) -> Reading:
    found = sorted(call.folder.glob("*/*.xml"))[:_MOST_FILES]
    return _built(call, found, said, reported={path.parent.name.replace("-", ":") for path in found})


def _built(call: Call, found: list[Path], said: str, *, suffix: str = "", reported: Collection[str] = ()) -> Reading:
    """The reports, and what kept tests from running at all; `reported` are tasks whose failure is told by them."""
    places = call.places
    reading = read_junit([bounded_read(path) for path in found], places, suffix=suffix)
    add_compiler_errors(reading, said, places)
    if not reading.collection_errors:
        for step, reason in failed_steps(said).items():
            if step.replace("-", ":") not in reported:
                reading.add_error(step, Failure("", 0, f"the build failed at {step}: {reason}"))
    return reading
