# Two commands: `make demo` shows Autopack at work, `make test` sets up everything and proves it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
REPLAY ?= 1
CLIENT := client-vscode
EDITORS := .cache/editors
PICTURES := overview lightbulb changes completion report

.PHONY: help demo setup check test test-only bench soak package editors screenshots generated clean

help:
	@echo "make demo     run a four-phase plan on a small project, offline (REPLAY=0: on your models)"
	@echo "make test     set up and run every test CI runs"
	@echo "make check    lint, types, floors, dependencies, generated files"
	@echo "make bench    measure against named baselines, results in benchmarks/results"
	@echo "make soak     every kill point and fault matrix (long)"
	@echo "make editors  VS Code, Neovim and Emacs against the server (apt-get: see .ci/run)"
	@echo "make package  wheel, sdist and .vsix in dist/"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Autopack needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "Setting up (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Setting up for development (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.demo

setup: $(VENV)/.dev

demo: $(VENV)/.demo
	@$(BIN)/autopack demo $(if $(filter 0,$(REPLAY)),--real,)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --warnings
	$(BIN)/lint-imports
	$(BIN)/python tests/kit/gitpython_rule.py core server
	$(BIN)/deptry core server config
	$(BIN)/vulture
	$(BIN)/python -m autopack.plans.schema docs/plan.schema.json --check
	$(BIN)/python -m autopack.changes.schema docs/answer.schema.json --check
	$(BIN)/python -m autopack.report.rules_pages docs/rules --check
	$(BIN)/python -m autopack_config.prices --check
	$(BIN)/python -m autopack_server.lsp.published --check

generated: $(VENV)/.dev
	$(BIN)/python -m autopack.plans.schema docs/plan.schema.json
	$(BIN)/python -m autopack.changes.schema docs/answer.schema.json
	$(BIN)/python -m autopack.report.rules_pages docs/rules
	$(BIN)/python -m autopack_config.prices
	$(BIN)/python -m autopack_server.lsp.published

test: $(VENV)/.dev test-only

test-only:
	$(BIN)/python -m pytest --durations=10 -n 2 --dist worksteal -m 'not slow'

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.all

soak: $(VENV)/.dev
	$(BIN)/python -m pytest --durations=10 -n 2 -m 'slow or e2e'

$(CLIENT)/node_modules/.ready: $(CLIENT)/package-lock.json
	@command -v npm >/dev/null || { echo "apt-get install nodejs npm" >&2; exit 1; }
	@cd $(CLIENT) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The wheel first: the .vsix holds it.
package: $(VENV)/.dev $(CLIENT)/node_modules/.ready
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(CLIENT)/scripts/node $(CLIENT)/scripts/package.mjs dist

editors: package
	@for program in chromium nvim emacs; do command -v $$program >/dev/null || { \
	  echo "apt-get install chromium fonts-dejavu-core neovim emacs-nox elpa-eglot" >&2; exit 1; }; done
	tests/editors/setup.sh $(EDITORS)
	cd $(CLIENT) && npm run -s check && npm test -s
	$(EDITORS)/node --test --test-concurrency=2 tests/editors/*/*.test.mjs

# What the tests of the editors saw, for the documentation.
screenshots:
	mkdir -p docs/screenshots
	cp $(PICTURES:%=.cache/screenshots/%.png) docs/screenshots/

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
