# HarborGuard: `make` lists the targets. PYTHON=python3.12 chooses another interpreter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# An environment made by another Python has nothing installed: the stamps carry the version.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
RUNTIME := $(VENV)/runtime-$(PYTHON_VERSION).stamp
DEVELOPMENT := $(VENV)/development-$(PYTHON_VERSION).stamp
NEW_VENV := rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
USABLE_VENV := $(BIN)/python -m pip --version >/dev/null 2>&1 || { $(NEW_VENV); }
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Keep the extras in the pins: if coverage[toml] is needed and only coverage is pinned, pip takes
# the newest release and then misses its hash.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-strip-extras
# One for each core of the smallest machine that the tests are meant for.
TEST_PROCESSES ?= 2
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal
ON_SQLITE := echo "On SQLite:"; HARBORGUARD_TEST_DATABASE=sqlite $(PYTEST)

.DEFAULT_GOAL := help
.PHONY: help run demo test test-rest lint format lock docs-providers bench bench-lists bench-pushes \
	bench-pages screenshots

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: $(RUNTIME)  ## start HarborGuard: http://localhost:8000
	@exec $(BIN)/python manage.py up

demo: $(RUNTIME)  ## start HarborGuard with simulated registries: http://localhost:8000
	@exec $(BIN)/python -m harborguard.demo

test: $(DEVELOPMENT)  ## run the tests on PostgreSQL, and on SQLite those that differ there
	@tests/services/install.sh postgresql docker-registry chromium curl jq
	@$(PYTEST) -m "not slow"; first=$$?; $(ON_SQLITE) -m "both_databases and not slow" && exit $$first

test-rest: $(DEVELOPMENT)  ## run the slow tests, and on SQLite all that use the database
	@tests/services/install.sh postgresql docker-registry chromium curl jq
	@$(PYTEST) -m slow; first=$$?; $(ON_SQLITE) -m "database and (slow or not both_databases)" && exit $$first

# The tools see production settings, but open no connection.
lint: export DATABASE_URL := postgres://harborguard@127.0.0.1:1/harborguard
lint: export REDIS_URL := redis://127.0.0.1:1
lint: export SECRET_KEY := a-key-for-the-checks-only-which-signs-nothing-that-lives-00
lint: export HARBORGUARD_CREDENTIAL_KEYS := lint:$(shell printf '%064d' 0)
lint: export HARBORGUARD_DATA_DIR := $(VENV)/var
lint: export ALLOWED_HOSTS := harborguard.example
lint: export HARBORGUARD_TRUSTED_PROXIES := 1
lint: $(DEVELOPMENT)  ## check style, types, layers, templates, migrations, settings, the API
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	@mkdir -p $(HARBORGUARD_DATA_DIR)
	env -u DATABASE_URL $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py permissions --check
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

format: $(DEVELOPMENT)  ## format code and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

lock: $(DEVELOPMENT)  ## update requirements*.txt to the newest versions
	$(LOCK) --upgrade requirements.in -o requirements.txt
	$(LOCK) --upgrade requirements-dev.in -c requirements.txt -o requirements-dev.txt

docs-providers: $(DEVELOPMENT)  ## regenerate docs/providers.md
	$(BIN)/python -m benchmarks.provider_requests --write

bench: $(DEVELOPMENT)  ## measure a first sync, compared to wrk on the same registry
	@tests/services/install.sh postgresql docker-registry wrk
	$(BIN)/python -m benchmarks.first_sync

bench-lists: $(DEVELOPMENT)  ## measure the API's lists with 1,000,000 images
	@tests/services/install.sh postgresql
	$(BIN)/python -m benchmarks.api_lists

bench-pushes: $(DEVELOPMENT)  ## measure pushes from webhook to inventory
	@tests/services/install.sh postgresql docker-registry
	$(BIN)/python -m benchmarks.pushes

bench-pages: $(DEVELOPMENT)  ## measure every page with 1,000,000 images, and in Chromium
	@tests/services/install.sh postgresql chromium
	$(BIN)/python -m benchmarks.pages

screenshots: $(DEVELOPMENT)  ## retake docs/screenshots/ from the demo
	@tests/services/install.sh chromium
	$(BIN)/python -m benchmarks.screenshots

$(BIN)/python:
	@tests/services/python.sh $(PYTHON) $(MAKECMDGOALS)
	@$(NEW_VENV)

# Install when the requirements are newer than the stamp, or there is no stamp.
$(RUNTIME): requirements.txt | $(BIN)/python
	@$(USABLE_VENV)
	@echo "Installing requirements.txt ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt | $(BIN)/python
	@$(USABLE_VENV)
	@echo "Installing requirements-dev.txt ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
