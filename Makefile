# The commands of this project; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# Certificate authorities that this machine trusts are trusted for downloads too, as pip does.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1
# Every start would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
STAMPS := .venv/.stamps
UI_SOURCES := $(shell find ui -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help install install-dev up check test soak lint format demo bench migration pictures reference lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMPS)/package $(STAMPS)/compiled ## Prepare everything that runs (Python environment, web app)
install-dev: $(STAMPS)/dev $(STAMPS)/s3-server $(STAMPS)/package $(STAMPS)/compiled

up: install ## Start server and agent on this machine and print the address, login and keys
	@$(BIN)/heeler up

test: export HEELER_UI_DEV := 1
test: install-dev ## Everything that must hold: lint, types, unit, integration with real clients, browser
	@tools/test.sh

check: export HEELER_UI_DEV := 1
check: install-dev ## What every change needs: lint, types, import rules, unit tests of what changed
	@tools/check.sh

soak: install-dev ## The simulations of faults with many seeds (make soak SEEDS=1000), about 20 minutes
	HEELER_SOAK_SEEDS=$(or $(SEEDS),1000) $(BIN)/python -m pytest -q -n 2 tests/unit/simulation

lint: install-dev ## Style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install-dev ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## Measure, beside peers where they are installed
	@$(BIN)/python -m bench

demo: install-dev ## A living product: the museum and its visitors
	@$(BIN)/python examples/museum/run.py

migration: install-dev ## Write a migration of the configuration tables (make migration M="add teams")
	$(BIN)/python tools/migration.py "$(M)"

pictures: install-dev ## Take the pictures of the user's guide
	@$(BIN)/python tools/pictures.py

reference: install-dev ## Write the documentation of settings and commands, and its index
	@$(BIN)/python -m tools.reference

lock: $(UV) ## Lock dependencies with hashes (no registry is named)
	$(UV) pip compile pyproject.toml --extra server --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -q -o requirements/server.txt
	$(UV) pip compile pyproject.toml --extra server --group dev --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -q -o requirements/dev.txt
	$(UV) pip compile --group s3-server --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -q -o requirements/s3-server.txt

clean: ## Remove what was made here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache src/heeler/_ui ui/node_modules

$(UV):
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv

$(STAMPS)/server: requirements/server.txt | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/server.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements/dev.txt | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/server

$(STAMPS)/s3-server: requirements/s3-server.txt | $(UV)
	$(UV) venv --quiet --clear --python $(BIN)/python .venv/s3-server
	$(UV) pip install --quiet --compile-bytecode --python .venv/s3-server/bin/python --require-hashes -r requirements/s3-server.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: pyproject.toml tools/build_hook.py $(UI_SOURCES) | $(STAMPS)/server
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@mkdir -p $(STAMPS) && touch $@

# Byte code, and the compiled loops: without it, the first start would spend half a minute of processor time on them.
$(STAMPS)/compiled: $(STAMPS)/package $(shell find src -name '*.py' 2>/dev/null)
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python -m heeler.server.compile_kernels
	@touch $@
