# Everything that is done to Greenroom's source. `make` alone lists the targets.
#
# The only tools assumed are make and Python 3.11 or newer. The environment is .venv; what goes into
# it is written in the lock files, with hashes. A second run finds the stamp of its lock and starts
# at once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := --require-hashes --no-deps -qq

RUN_LOCKS := requirements.lock requirements-build.lock
DEV_LOCKS := requirements-dev.lock
stamp = $(VENV)/.ready-$(1)-$(shell cat $(2) pyproject.toml | sha256sum | cut -c1-16)
RUN_READY := $(call stamp,run,$(RUN_LOCKS))
DEV_READY := $(call stamp,dev,$(DEV_LOCKS))

# Compiled files make every start faster.
unexport PYTHONDONTWRITEBYTECODE

# An environment whose Python went away is made anew.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -f $(VENV)/.made $(VENV)/.ready-*)

.PHONY: help run setup dev test check fix test-servers bench picture docs wheel lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_READY) ## set everything up and open the console on the demo shop
	@$(BIN)/greenroom demo

setup: $(RUN_READY) ## the environment that runs Greenroom, without opening it
	@echo "$(VENV) is ready: $(BIN)/greenroom"

dev: $(DEV_READY) ## the environment that also tests it
	@echo "$(VENV) is ready, with the tools of the tests"

test: $(DEV_READY) ## every test that needs nothing but this machine
	$(BIN)/python -m tests.house.beside tests

check: $(DEV_READY) ## format, lint, types, import contracts, generated pages in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house.pages --check

fix: $(DEV_READY) ## format, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-servers: $(DEV_READY) ## install the real servers, start them, and test against them
	$(BIN)/python -m tests.servers.install
	$(BIN)/python -m tests.servers.secret_service
	$(BIN)/python -m tests.house.beside servers

bench: $(DEV_READY) ## measure the speed, print a table and write bench-results.json
	$(BIN)/python -m tests.bench

docs: $(DEV_READY) ## write the pages that are generated from the code
	$(BIN)/python -m tests.house.pages

picture: $(DEV_READY) ## draw docs/greenroom.svg from the demo
	$(BIN)/python -m tests.house.picture

wheel: $(DEV_READY) ## build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

lock: $(DEV_READY) ## resolve the dependencies again and write the lock files
	$(BIN)/python -m tests.house.lock

clean: ## take away what was built; your data is elsewhere and stays
	rm -rf $(VENV) .servers dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis bench-results.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then echo "Greenroom needs Python 3.11 or newer; none is installed."; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Greenroom needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making $(VENV)"
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Python has no venv module yet; installing python3-venv"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
		else \
			echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt install python3-venv. Then run make again."; exit 1; \
		fi; \
	fi
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUN_READY): | $(VENV)/.made
	@echo "Installing what Greenroom runs on (once for each change of the lock)"
	@$(PIP) install $(LOCKED) $(foreach lock,$(RUN_LOCKS),-r $(lock))
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@rm -f $(VENV)/.ready-run-*
	@touch $@

$(DEV_READY): | $(VENV)/.made
	@echo "Installing what Greenroom is tested with (once for each change of the lock)"
	@$(PIP) install $(LOCKED) $(foreach lock,$(DEV_LOCKS),-r $(lock))
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@rm -f $(VENV)/.ready-dev-*
	@touch $@
