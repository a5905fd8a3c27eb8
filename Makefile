# Mayfly's commands. Each sets up what it needs; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := infra/lock/dev.txt
READY := $(VENV)/.ready
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
  --quiet --upgrade

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench lock format clean

help: ## List the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY) ## Make the virtual environment and the local AWS, nothing else

$(READY): $(LOCK) pyproject.toml app/sandbox/aws/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Mayfly needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "Installing the local AWS ..."
	@$(BIN)/python -m app.sandbox.aws > /dev/null
	@touch $@

demo: $(READY) ## Play the main job against stand-ins on this machine, then stay up; ONCE=1 plays it and exits
	@$(BIN)/mayfly demo $(if $(ONCE),--once)

test: check ## Every check that CI runs
	@command -v chromium > /dev/null || echo "chromium is missing: the browser tests will be skipped (apt-get install chromium)"
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadfile -m "not alone"
	@$(BIN)/python -m pytest -m alone

check: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-cache --no-logo > .lint-imports.log || { cat .lint-imports.log; exit 1; }; rm -f .lint-imports.log
	@$(BIN)/mypy

bench: $(READY) ## Measure and print; nothing is gated on time
	@$(BIN)/python -m tests.bench

lock: $(READY) ## Resolve the dependencies anew
	@$(COMPILE) pyproject.toml --output-file infra/lock/mayfly.txt
	@$(COMPILE) --group build --output-file infra/lock/build.txt
	@$(COMPILE) pyproject.toml --group dev --output-file infra/lock/dev.txt

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

clean: ## Remove what was installed and cached
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
