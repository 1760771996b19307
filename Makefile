# Two commands matter: `make serve` and `make test`. Each makes what it needs first.
PYTHON ?= python3
BIN = .venv/bin
SHELL = /bin/bash
.SHELLFLAGS = -o pipefail -c

# What stands in .venv: what serving needs, what building the pages needs, what the tests need.
SERVES = .venv/.serves
BUILDS = .venv/.builds
TESTS = .venv/.tests

# Locks are complete and each file is checked by its hash: nothing is resolved, so that nothing that
# is published later can change or break an installation. Nothing that is fetched is built, which would
# run its publisher's programs; npm runs none either (ignore-scripts in .npmrc).
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --no-input --no-compile --no-deps --only-binary=:all: --require-hashes --progress-bar off
NAMES = sed -u -n -e 's/^Collecting \([^ ]*\).*/  \1/p' -e 's|^Processing .*/\([^/]*\)|  \1|p' -e 's/^Installing collected packages.*/  unpacking …/p'

# The pages are built once, and again when a source, the lock or the schema changes.
PAGES = gateway/web/gift.html
WEB_SOURCES := $(shell find web \( -name node_modules -o -name generated \) -prune -o -type f -print)
MODULES = web/node_modules/.made
# Those of an older lock are fetched anew.
HAS_MODULES := test -e $(MODULES) -a ! web/package-lock.json -nt $(MODULES)
# Node is the machine's where that is new enough for Vite, else the one in the virtual environment.
NEW_ENOUGH = const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)
HAS_NODE = { command -v npm && node -e '$(NEW_ENOUGH)'; } >/dev/null 2>&1
WITH_NODE = $(HAS_NODE) || PATH="$(CURDIR)/$(BIN):$$PATH";
# The clients want what Node has had since 22 (WebSocket): always the environment's own.
OWN_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"
UPGRADE ?=
RESOLUTION ?= highest
# The tests start the gateway a hundred times: each module is compiled once, whatever the machine says.
# Each worker goes through a half of the files: what the tests of one share is made in one of them.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist worksteal
UV ?= $(BIN)/uv
LOCKED = $(UV) pip compile --quiet $(UPGRADE) --resolution $(RESOLUTION) --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate

.PHONY: help serve test test-long test-all check format lint types architecture web web-check conformance fuzz mutants bench gate schema lock install stripe-peer

serve: $(SERVES) $(PAGES) ## run the gateway; a demonstration shop where its database is empty
	@$(BIN)/gateway serve

# tests/suites.py says what is long. ONLY names tests of both suites.
test: $(TESTS) $(PAGES) $(MODULES) ## the short suite, for each change; any tests by ONLY=tests/engine
	$(PYTEST) $(or $(ONLY),-m "not long")

test-long: $(TESTS) $(PAGES) $(MODULES) ## the long suite: processes, browsers, kills, invented inputs, Postgres
	$(PYTEST) -m long

test-all: $(TESTS) $(PAGES) $(MODULES) ## both suites at once
	$(PYTEST) $(ONLY)

install: $(TESTS) ## everything that development needs

check: format lint types architecture web-check test test-long ## all that has to hold before a change lands

conformance: $(TESTS) $(PAGES) conformance/node_modules/.made ## the clients people use, and the GraphQL-over-HTTP audits
	@$(OWN_NODE) node conformance/run.mjs $(CURDIR)/$(BIN)/python

stripe-peer: $(TESTS) .localstripe/.made ## what is asked of Stripe, of localstripe as well (needs root), and of Stripe's test mode where STRIPE_TEST_KEY is set
	@test "$$(id -u)" = 0 || { echo "make stripe-peer needs root: localstripe listens on every interface, and gets a network of its own"; exit 1; }
	unshare --net $(BIN)/python -m tests.stripe_peer.other_peers .localstripe/bin/localstripe
	@case "$$STRIPE_TEST_KEY" in sk_test_*) $(BIN)/python -m pytest -q -m stripe_test_mode tests/stripe_peer/test_agreement.py;; *) echo "STRIPE_TEST_KEY is no test key: Stripe's test mode is left out";; esac

# Under the GPL: a program of its own, imported by nothing.
.localstripe/.made: requirements/stripe-peer.txt | $(TESTS)
	@$(PYTHON) -m venv .localstripe
	@$(subst $(BIN),.localstripe/bin,$(INSTALL)) -r requirements/stripe-peer.txt | $(NAMES)
	@touch $@

fuzz: $(TESTS) ## ten thousand operations made up, and as many steps of buyers
	GATEWAY_TEST_FUZZ=10000 $(BIN)/python -m pytest -n 2 tests/fuzz

mutants: $(TESTS) ## what the tests of the engine and the plans notice, two hours; one package by ONLY=gateway/engine/gifts, every fifth change by SAMPLE=5
	$(BIN)/python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(ONLY)

bench: $(TESTS) ## how much work requests are, in ratio to the floor: docs/performance.md, half an hour
	$(BIN)/python -m benchmarks --write

gate: $(TESTS) ## the figures that must hold: plans, calls of an answer, a cart's read, answers' latency, a purchase among many orders
	$(BIN)/python -m benchmarks.gate

schema: $(TESTS) ## write schema.graphql as the code has it
	$(BIN)/gateway print-schema > schema.printed
	mv schema.printed schema.graphql

web: $(PAGES) ## build the pages of gifts and orders, the shop, and GraphiQL

lock: | $(UV) ## pin what pyproject.toml asks for, with hashes; newer versions by UPGRADE=--upgrade
	$(LOCKED) pyproject.toml --extra stripe --group dev -o requirements/dev.txt
	$(LOCKED) pyproject.toml --extra stripe -c requirements/dev.txt -o requirements/runtime.txt
	$(LOCKED) --group build -c requirements/dev.txt -o requirements/build.txt
	$(LOCKED) --group node -c requirements/dev.txt -o requirements/node.txt
	echo localstripe | $(LOCKED) --only-binary :all: - -o requirements/stripe-peer.txt

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

format: $(TESTS)
	$(BIN)/ruff format --check .

lint: $(TESTS)
	$(BIN)/ruff check .

types: $(TESTS)
	$(BIN)/mypy gateway tests examples hatch_build.py

architecture: $(TESTS)
	$(BIN)/lint-imports --no-cache

web-check: web/node_modules/.checked
	@$(WITH_NODE) npm --prefix web run --silent check

# The environment is brought up to date when a lock changes.
$(SERVES): requirements/runtime.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version)"; $(PYTHON) -m venv .venv; }
	@echo "Installing what serving needs into .venv: $$(grep -c == requirements/runtime.txt) packages, about 30 s"
	@$(INSTALL) -r requirements/runtime.txt -r requirements/build.txt | $(NAMES)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check
# On both cores, and also where Python is told to write no bytecode: each start would compile it all.
	@echo "Compiling to bytecode"
	@$(BIN)/python -m compileall -q -j 0 .venv/lib gateway
	@touch $@

$(BIN)/uv: | $(TESTS)

$(BUILDS): requirements/node.txt | $(SERVES)
	@$(HAS_NODE) || { echo "Installing Node into .venv"; $(INSTALL) -r requirements/node.txt | $(NAMES); }
	@touch $@

$(TESTS): requirements/dev.txt $(SERVES)
	@echo "Installing what the tests need into .venv"
	@$(INSTALL) -r requirements/dev.txt | $(NAMES)
	@$(BIN)/python -m pip check
	@$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

# What builds the pages is not kept where only serving was asked for.
$(PAGES): web/package-lock.json schema.graphql $(WEB_SOURCES) | $(BUILDS)
	@$(HAS_MODULES) || echo "Fetching what the pages are built with"
	@$(WITH_NODE) $(HAS_MODULES) || npm --prefix web ci --silent --omit=dev
	@echo "Building the pages"
	@$(WITH_NODE) npm --prefix web run --silent build
	@test -e $(MODULES) || rm -rf web/node_modules

# `dependencies` build and try the pages; `devDependencies`, twice as many, check their sources.
$(MODULES): web/package-lock.json | $(BUILDS)
	@$(WITH_NODE) npm --prefix web ci --silent --omit=dev
	@touch $@

web/node_modules/.checked: web/package-lock.json $(PAGES)
	@$(WITH_NODE) npm --prefix web ci --silent
	@touch -r web/package-lock.json $(MODULES)
	@touch $@

conformance/node_modules/.made: conformance/package-lock.json | $(TESTS)
	@$(OWN_NODE) npm --prefix conformance ci --silent
	@touch $@
