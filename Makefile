# Loopline. `make` alone lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export UV_PROJECT_ENVIRONMENT := .venv

BIN := .venv/bin
UV := scripts/bootstrap uv
# The checks read settings, never data: they get a folder of their own.
CHECK := LOOPLINE_DATA=.build/check DATABASE_URL= DJANGO_SETTINGS_MODULE=loopline.config.settings
CHECK += PYTHONWARNINGS=ignore::RuntimeWarning

DATA ?= var
PORT ?= 8000
DEMO ?= demo
JOBS ?= auto
ARGS ?=

.PHONY: help setup assets messages extract run test check format soak bench shots clean

help: ## list these
	@echo "make run            serve Loopline with its demo operator on http://127.0.0.1:$(PORT)"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do printf 'make %-14s %s\n' "$$name" "$$what"; done
	@echo
	@echo "Settings: DATA=$(DATA) PORT=$(PORT) DEMO=$(DEMO) (none small demo large) JOBS=$(JOBS) ARGS=\"options of pytest\""

setup: ## find or install Python and uv, install what the lock file names
	@scripts/bootstrap
	@$(BIN)/python -m compileall -q loopline
	@scripts/system-needs run

assets: setup ## bring in the front-end packages
	@$(UV) run --no-sync python scripts/assets.py

messages: setup ## compile the translations
	@$(BIN)/python scripts/messages.py compile

extract: setup ## bring the translation files up to date with the texts
	@$(BIN)/python scripts/messages.py extract

run: setup assets messages ## serve; Ctrl-C stops everything
	@exec $(BIN)/loopline serve --data "$(DATA)" --port "$(PORT)" --demo "$(DEMO)"

test: setup assets messages ## every rule, story and contract; some minutes
	@scripts/system-needs test
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: setup ## style, types, borders between modules, migrations, translations
	@mkdir -p .build; failed=; \
	try() { echo "== $$*"; env $(CHECK) "$$@" || failed="$$failed $$(basename $$1)"; }; \
	try $(BIN)/ruff check --quiet .; \
	try $(BIN)/ruff format --quiet --check .; \
	try $(BIN)/mypy --strict; \
	try $(BIN)/lint-imports; \
	try $(BIN)/django-admin makemigrations --check --dry-run; \
	try $(BIN)/python scripts/messages.py check; \
	if [ -n "$$failed" ]; then echo "Not clean:$$failed"; exit 1; fi; echo "All clean."

format: setup ## let ruff put the code in form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

soak: setup assets messages ## kills at seeded random moments, races, large property tests; an hour
	@scripts/system-needs test
	@$(BIN)/python -m pytest soak $(ARGS)

bench: setup assets messages ## figures beside a reference measured in the same run
	@$(BIN)/loopline bench --all

shots: setup assets messages ## screenshots of every page, in both languages, wide and narrow
	@scripts/system-needs test
	@$(BIN)/python scripts/shots.py

clean: ## remove what was made, but not the data folder
	rm -rf .venv .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache shots
	rm -rf frontend/node_modules loopline/web/static/vendor
	find loopline scripts -name __pycache__ -type d -prune -exec rm -rf {} +
	find loopline -name '*.mo' -delete
