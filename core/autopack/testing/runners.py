"""Runners of other ecosystems as data: program, arguments, environment, where the report goes and how it is read."""

from __future__ import annotations

from autopack.testing.compiled import (
    cargo_argv,
    cargo_environment,
    go_argv,
    go_environment,
    gradle_argv,
    gradle_environment,
    maven_argv,
    read_cargo,
    read_go,
    read_gradle,
    read_maven,
)
from autopack.testing.files import bounded_read
from autopack.testing.formats import Reading, read_jest_json, read_node_events
from autopack.testing.javascript import jest_argv, node_argv, vitest_argv
from autopack.testing.program_call import Call, Runner
from autopack.testing.programs import Cache

_LINK = "Install it in your checkout, and name node_modules in workspace.link."


def _jest_report(call: Call, said: str) -> Reading:
    del said
    return read_jest_json(bounded_read(call.report), call.places)


def _node_report(call: Call, said: str) -> Reading:
    del said
    return read_node_events(bounded_read(call.report), call.places)


RUNNERS: dict[str, Runner] = {
    "node": Runner("node", "Install Node.js 20 or newer.", node_argv, _node_report),
    "vitest": Runner("node", _LINK, vitest_argv, _jest_report, "vitest/vitest.mjs"),
    "jest": Runner("node", _LINK, jest_argv, _jest_report, "jest/bin/jest.js"),
    "go": Runner(
        "go", "Install Go.", go_argv, read_go, environment=go_environment, caches=(Cache("GOMODCACHE", "go/pkg/mod"),)
    ),
    "cargo": Runner(
        "cargo", "Install Rust and nextest: cargo install --locked cargo-nextest", cargo_argv, read_cargo,
        environment=cargo_environment, takes_paths=False,
        caches=(Cache("CARGO_HOME", ".cargo"), Cache("RUSTUP_HOME", ".rustup")),
    ),
    "maven": Runner(
        "mvn", "Install Maven.", maven_argv, read_maven, takes_paths=False,
        caches=(Cache("AUTOPACK_MAVEN", ".m2/repository"),), system=("etc/java-*", "etc/maven"),
    ),
    "gradle": Runner(
        "gradle", "Install Gradle, or run the repository's wrapper once so that its distribution is unpacked.",
        gradle_argv, read_gradle, system=("etc/java-*",), environment=gradle_environment, takes_paths=False,
        caches=(Cache("GRADLE_RO_DEP_CACHE", ".gradle/caches"), Cache("AUTOPACK_GRADLE", ".gradle/wrapper/dists")),
    ),
}  # fmt: skip
"""Runners that are programs of their own, by the name that plans give them."""
