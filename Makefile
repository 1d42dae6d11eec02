# Everything a person or CI does with this project. `make` alone prints this list.
# Needs python3 (3.11 or newer) and make, nothing else: the tools are installed into .venv from requirements.lock.

PYTHON ?= python3
# How pytest spreads the tests over the cores. `make test PYTEST_ARGS='-x tests/test_structure.py'` replaces it.
PYTEST_ARGS ?= -n auto --dist worksteal

BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install tools test lint format types check demo contracts bench bench-soap bench-ledger test-api test-crash test-orders test-clients lock clean

help: ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMP) ## make .venv with the locked dependencies and .venv/bin/lefi

# The stamp is younger than the lock and the project file exactly when .venv holds what they say.
# Hashes are required of everything downloaded; the project itself is linked without its dependencies and built
# by the locked hatchling, so no step takes a version that is not in the lock.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed (make PYTHON=/path/to/python3.11)")'
	@test -x $(BIN)/python || { echo "making .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing the locked dependencies"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(STAMP) ## ruff: rules and format, nothing is changed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## ruff: mend what can be mended by a program
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

check: lint types test ## all three

demo: $(STAMP) ## start twin and gateway, ask a question, show the answer
	$(BIN)/python -m gateway.demo

bench: $(STAMP) ## run the benchmarks of JSON and of comparing; the status says whether their limits hold
	$(BIN)/python -m bench

bench-soap: $(STAMP) ## the same of SOAP
	$(BIN)/python -m bench --soap

bench-ledger: $(STAMP) ## questions/s that the ledger takes, by group commit and without
	$(BIN)/python -m bench.ledger

# What the adapters declare is the truth; these files are made of it, and tests hold them equal.
contracts: $(STAMP) ## write the project's own contract files, as they are rendered now
	for version in v5 v6 v7; do $(BIN)/lefi wsdl $$version --output wsdl/$$version; done
	$(BIN)/lefi openapi v9 --output schemas/v9/openapi.json
	$(BIN)/lefi openapi asynkron10 --output schemas/asynkron10/openapi.json
	$(BIN)/lefi config schema --output docs/settings.schema.json

test-api: $(STAMP) ## schemathesis against our own OpenAPI document, the long run
	$(BIN)/python -m pytest -m api --hypothesis-profile=long

test-crash: $(STAMP) ## kill -9 at 200 random moments, of the gateway and of a writer, on each database
	LEFI_CRASH_ROUNDS=200 $(BIN)/python -m pytest -n0 -s tests/ledger/test_crash.py

test-orders: $(STAMP) ## kill -9 of workers at 50 random moments, their common rate, an order for 100,000 persons
	LEFI_ORDER_KILLS=50 LEFI_ORDER_PERSONS=2000 LEFI_ORDER_LARGE=100000 \
		$(BIN)/python -m pytest -n0 -s tests/orders/test_killed.py tests/orders/test_killed_asynkron.py \
		tests/orders/test_pace.py tests/orders/test_large.py

# What the clients are written with is no part of the project, nor are a browser and a load balancer: they come from the
# system's packages and from npm's lock. Tests that need them say so and are skipped where they are not.
tools: ## what some tests need of the system: a browser, nginx, SOAP stacks of other languages (apt and npm, as root)
	@missing=; \
	php -r 'exit(class_exists("SoapClient") ? 0 : 1);' 2>/dev/null || missing="$$missing php-cli php-soap"; \
	perl -MSOAP::Lite -e 1 2>/dev/null || missing="$$missing libsoap-lite-perl"; \
	npm --version >/dev/null 2>&1 || missing="$$missing nodejs npm"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v nginx >/dev/null || test -x /usr/sbin/nginx || missing="$$missing nginx-light"; \
	test -z "$$missing" || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }
	@npm ci --prefix tests/e2e/clients/node --ignore-scripts --no-audit --no-fund --silent

test-clients: $(STAMP) tools ## SOAP stacks of other languages ask the gateway
	LEFI_CLIENTS=all $(BIN)/python -m pytest -m clients tests/e2e

# uv is used here and nowhere else: it resolves for all platforms at once. Index addresses never get into the file.
lock: $(STAMP) ## pin the newest dependencies that pyproject.toml allows
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv>=0.9'
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --quiet --output-file requirements.lock

clean: ## remove what was built, .venv too
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
