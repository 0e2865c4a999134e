# Everything runs from the checkout; `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast fuzz lint types rooms bench train clean

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## builds .venv/ from the locked requirements; the command is .venv/bin/daymark

# Without python3-venv a first try leaves a .venv with python and no pip, hence --clear.
# uv installs the lock in half a minute where pip needs five; hard links make a second checkout cheap.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make setup PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/pip -o -x $(BIN)/uv || $(PYTHON) -m venv --clear .venv || { echo "python3 -m venv failed: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true # a crawl is a short process; compiling at each start would be most of it
	@touch .venv/ready

demo: setup ## the whole way of a post on a small local site, in at most 3 minutes after set-up
	$(BIN)/python -m demo

# Two at a time: most of a test is waiting for a process or a server. A file stays together, for it shares its servers; and one
# thread each for the model, since four on two cores would spin against each other.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: lint types rooms ## everything, on real servers; DAYMARK_TEST_ELASTICSEARCH=URL: on that one instead of one of our own
	$(BIN)/python -m tools.elasticsearch_node fetch
	$(PYTEST) --durations 20

test-fast: lint types rooms ## without the servers
	$(PYTEST) -m "not servers"

fuzz: setup ## every night: 10,000 inputs for each parser, every hostile behaviour for each spider, properties with inputs of chance
	DAYMARK_FUZZ=nightly $(PYTEST) --dist load -o timeout=7200 tests/fuzz
	DAYMARK_TEST_NIGHTLY=1 $(PYTEST) tests/crawlers/hostility
	DAYMARK_FUZZ=nightly $(PYTEST) -m hypothesis --ignore tests/fuzz tests

lint: setup ## ruff: style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

rooms: setup ## which room may import which
	$(BIN)/lint-imports

BENCHMARKS := classify_speed elastic_bulk sqlite_queries import_speed offers crawl_speed many_sources

bench: setup ## prints the figures of docs/benchmarks.md; fails, once all have run, where one misses what was asked
	@missed=; for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || missed="$$missed $$name"; done; \
	test -z "$$missed" || { echo "missed its bar, or failed:$$missed" >&2; exit 1; }

train: setup ## trains the shipped model anew; DATASETS=folder of the public sets
	$(BIN)/daymark model train --datasets "$(DATASETS)"

clean: ## removes what was built here; data/ stays
	rm -rf .venv out .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
