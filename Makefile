# Needs Python 3.11 or newer with pip, and make. All else is fetched into this folder.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data/lizhuang

BIN := .venv/bin
INSTANCE := $(or $(TOURISM_INSTANCE),instance)
# What has been put into the instance's database; without the database nothing has.
DONE := $(INSTANCE)/set-up
ifeq ($(TOURISM_DATABASE_URL)$(wildcard $(INSTANCE)/tourism.db),)
$(shell rm -rf $(DONE))
endif
# The sample layer grows by the days that come within reach.
DEMO := $(if $(filter production,$(TOURISM_MODE)),,$(DONE)/demo-$(shell date +%F))
NODE := $(BIN)/python -c 'from tourism.cli.node import main; main()'
BROWSER_PARTS := static/vendor/package-lock.json
PO_WIDTH := 100
# Two processes for what waits for no browser: by and large one database each.
HALVES := -n 2 --dist worksteal --ignore=tests/journeys
# Real servers and browsers on a busy machine: what fails is tried once more, and both are printed.
# Tests of races have one try.
TRIES := --reruns 1

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run setup test bench endurance gatefigures lint messages lock clean

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)
	@echo "  (run: HOST=$(HOST) PORT=$(PORT) DATA=$(DATA) may be given after it)"

run: setup ## serve the site at http://127.0.0.1:8000, with the destination and a sample layer
	@exec $(BIN)/tourism run --host $(HOST) --port $(PORT)

setup: $(BROWSER_PARTS) $(DONE)/festivals $(DEMO) ## all that `make run` does before it serves

test: .venv/dev node_modules/.package-lock.json $(BROWSER_PARTS) ## all that CI runs (PYTEST="-x tests/core" gives pytest other words)
	$(MAKE) --no-print-directory lint
	$(NODE) node --test $(shell find tests/js -name '*.test.*js')
	$(if $(PYTEST),,$(BIN)/python -m pytest $(HALVES) $(TRIES))
	$(BIN)/python -m pytest $(or $(PYTEST),tests/journeys $(TRIES))

bench: .venv/dev $(BROWSER_PARTS) ## how fast bookings are beside the bare database (BENCH="--rounds 3 --seconds 5")
	$(BIN)/python -m tests.bench $(BENCH)

endurance: .venv/dev $(BROWSER_PARTS) ## fifty kills under load, a minute of rush and 500 random histories, on both databases
	TOURISM_TEST_KILLS=50 TOURISM_TEST_RUSH_S=60 TOURISM_TEST_EXAMPLES=500 \
		$(BIN)/python -m pytest -s tests/bookings/test_endurance.py tests/bookings/test_ledger.py

gatefigures: .venv/dev $(BROWSER_PARTS) ## how surely and fast the gate's page reads: 480 pictures, 30 tickets, weight, start, scans a second
	TOURISM_TEST_FIGURES=1 $(BIN)/python -m pytest -q -s --timeout=600 tests/journeys/test_gate_figures.py
	$(BIN)/python -m tests.bench --parts scans --clients 8 --rounds 3

lint: .venv/dev ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

messages: .venv/dev ## take new messages into the catalogues, then say what lacks a translation
	@mkdir -p build
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _l --sort-output --no-location \
		--project tourism -o build/messages.pot .
	$(BIN)/pybabel -q update -i build/messages.pot -d tourism/translations -w $(PO_WIDTH) \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/python -m pytest -q tests/test_catalogues.py

lock: .venv/package ## lock the newest versions that requirements/*.in allow
	$(BIN)/pip install --quiet pip-tools
	cd requirements && for each in app dev; do CUSTOM_COMPILE_COMMAND="make lock" ../$(BIN)/pip-compile \
		--upgrade --quiet --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
		$$(test $$each = app || echo -c app.txt) -o $$each.txt $$each.in || exit; done

clean: ## remove all that was made, but not the instance with its database
	rm -rf .venv node_modules static/vendor build dist *.egg-info test-artifacts
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find tourism tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. Debian's Python comes without ensurepip; then pip puts itself in.
.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (PYTHON=… names one)." >&2; exit 1; }
	@echo "Making the environment in .venv …"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { $(PYTHON) -m venv --clear --without-pip .venv && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@touch $@

.venv/app: requirements/app.txt .venv/made
	@echo "Installing the locked packages (about 100 MB, once) …"
	$(BIN)/python -m pip install -r $<
	@touch $@

.venv/package: setup.cfg pyproject.toml .venv/app
	@echo "Installing the tourism command …"
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

.venv/dev: requirements/dev.txt .venv/package
	@echo "Installing the tests' packages (about 150 MB, once) …"
	$(BIN)/python -m pip install -r $<
	@touch $@

$(BROWSER_PARTS): tourism/browser/package-lock.json tourism/cli/vendor.py .venv/package
	$(BIN)/tourism vendor
	@touch $@

node_modules/.package-lock.json: package-lock.json .venv/package
	$(NODE) npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --cache build/npm-cache
	@touch $@

# The database.
$(DONE)/schema: $(wildcard tourism/migrations/versions/*.py) | .venv/package
	$(BIN)/tourism migrate
	@mkdir -p $(DONE) && touch $@

$(DONE)/destination: $(DATA)/destination.geojson $(DATA)/basemap.geojson | $(DONE)/schema
	$(BIN)/tourism load-destination $< --basemap $(DATA)/basemap.geojson
	@touch $@

$(DONE)/festivals: $(DATA)/festivals.json | $(DONE)/destination
	$(BIN)/tourism load-festivals $<
	@touch $@

$(DONE)/demo-%: | $(DONE)/festivals
	$(BIN)/tourism demo
	@rm -f $(DONE)/demo-* && touch $@
