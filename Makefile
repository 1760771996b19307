# Two commands matter: `make serve` and `make test`. Each makes what it needs first.
PYTHON ?= python3
BIN = .venv/bin
MADE = .venv/.made

# The pages are built once, and again when a source, the lock or the schema changes.
PAGES = gateway/web/gift.html
WEB_SOURCES := $(shell find web \( -name node_modules -o -name generated \) -prune -o -type f -print)
# Node is the machine's where that is new enough for Vite, else the one in the virtual environment.
NEW_ENOUGH = const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)
WITH_NODE = { command -v npm && node -e '$(NEW_ENOUGH)'; } >/dev/null 2>&1 || PATH="$(CURDIR)/$(BIN):$$PATH";
# The clients want what Node has had since 22 (WebSocket): always the environment's own.
OWN_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"
LOCKED = $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml

.PHONY: help serve test check format lint types architecture web web-check conformance fuzz bench gate schema lock

serve: $(MADE) $(PAGES) ## run the gateway; a demonstration shop where its database is empty
	$(BIN)/gateway serve

test: $(MADE) $(PAGES) ## the tests
	$(BIN)/python -m pytest -n 2

check: format lint types architecture web-check test ## all that has to hold before a change lands

conformance: $(MADE) $(PAGES) conformance/node_modules/.made ## the clients people use, and the GraphQL-over-HTTP audits
	@$(OWN_NODE) node conformance/run.mjs $(CURDIR)/$(BIN)/python

fuzz: $(MADE) ## ten thousand operations made up, and as many steps of buyers
	GATEWAY_TEST_FUZZ=10000 $(BIN)/python -m pytest -n 2 tests/fuzz

bench: $(MADE) ## how much work requests are, in ratio to the floor: docs/performance.md, fifteen minutes
	$(BIN)/python -m benchmarks --write

gate: $(MADE) ## the ratios that must hold: plans to graphql-core, a cart's read to the floor
	$(BIN)/python -m benchmarks.gate

schema: $(MADE) ## write schema.graphql as the code has it
	$(BIN)/gateway print-schema > schema.printed
	mv schema.printed schema.graphql

web: $(PAGES) ## build the recipient's page and GraphiQL

lock: $(MADE) ## pin what pyproject.toml asks for, with hashes
	$(LOCKED) -o requirements/runtime.txt
	$(LOCKED) --group dev -o requirements/dev.txt

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

format: $(MADE)
	$(BIN)/ruff format --check .

lint: $(MADE)
	$(BIN)/ruff check .

types: $(MADE)
	$(BIN)/mypy gateway tests

architecture: $(MADE)
	$(BIN)/lint-imports --no-cache

web-check: web/node_modules/.checked
	@$(WITH_NODE) npm --prefix web run --silent check

# The environment is brought up to date when a lock changes.
$(MADE): requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
# On both cores, and also where Python is told to write no bytecode: each start would compile it all.
	$(BIN)/python -m compileall -q -j 0 .venv/lib gateway
	touch $@

$(PAGES): web/node_modules/.made schema.graphql $(WEB_SOURCES)
	@$(WITH_NODE) npm --prefix web run --silent build

# `dependencies` build and try the pages; `devDependencies`, twice as many, check their sources.
web/node_modules/.made: web/package-lock.json | $(MADE)
	@$(WITH_NODE) npm --prefix web ci --silent --omit=dev
	touch $@

web/node_modules/.checked: web/package-lock.json $(PAGES)
	@$(WITH_NODE) npm --prefix web ci --silent
	touch -r web/package-lock.json web/node_modules/.made
	touch $@

conformance/node_modules/.made: conformance/package-lock.json | $(MADE)
	@$(OWN_NODE) npm --prefix conformance ci --silent
	touch $@
