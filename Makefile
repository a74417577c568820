# The bare `make` lists the targets. Everything else needs Python 3.11 and nothing more.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
PORT ?= 8000
SERVE ?= yes
STAMP := $(VENV)/.installed
PURE := observers/analysis detector/network forgery/imaging
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest
QUICK := not slow and not gpu and not browser and not broker

.DEFAULT_GOAL := help
.PHONY: help account install migrate demo clean-demo backup restore run worker test test-browser test-slow test-broker \
	check lint types fix bench bench-desk bench-lab bench-reading bench-statistics bench-viewer lock screenshots messages

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
		awk -F'\t' '{printf "  make %-17s %s\n", $$1, $$2}'

install: $(STAMP) ## make .venv from requirements.lock (TORCH_INDEX=URL for another torch)

$(STAMP): requirements.lock
	@echo "Installing into $(VENV) (a few minutes the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(if $(TORCH_INDEX),$(BIN)/pip install -qq --disable-pip-version-check \
		--index-url $(TORCH_INDEX) "$$(grep ^torch== requirements.lock)")
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements.lock
	@touch $@

migrate: install
	@$(MANAGE) migrate -v 0

demo: migrate ## the main job end to end, then serve (SERVE=no DATA=FOLDER PRESET=paper)
	@$(MANAGE) demo $(if $(DATA),--data $(DATA)) $(if $(PRESET),--preset $(PRESET))
ifneq ($(SERVE),no)
	@deploy/serve $(PORT)
endif

clean-demo: ## remove what the demo made (var/ and report/)
	rm -rf var report

backup: migrate ## database and files into one archive, while studies run (OUT=FILE)
	@$(MANAGE) backup $(if $(OUT),--out $(OUT))

restore: install ## bring an archive back, in place of what is there (FILE=ARCHIVE)
	@$(MANAGE) restore $(FILE) --replace

run: migrate ## start web server and worker together (PORT=8000)
	@deploy/serve $(PORT)

account: migrate ## add an account that may do everything: the first one
	@$(MANAGE) createsuperuser

worker: migrate ## start a worker alone, for the queues "default" and "gpu"
	@$(BIN)/celery -A fundus_study worker -Q default,gpu -c 2 -B --loglevel=INFO

test: install ## every test but browser, slow, gpu and broker (about 8 minutes on two threads)
	@$(PYTEST) -q -n 2 -m "$(QUICK)"

test-browser: install ## drive the pages in headless Chromium
	@$(PYTEST) -q -n 2 -m "browser and not slow"

test-slow: install ## simulations and long faults: before an issue is called done
	@$(PYTEST) -q -n 2 -m slow

test-broker: install ## a real broker and a real worker (CELERY_BROKER_URL)
	@$(PYTEST) -q -m broker

check: lint types test ## lint, types, tests, migrations, production checks
	@$(MANAGE) makemigrations --check --dry-run
	@deploy/check

lint: install ## ruff, format, import contracts, docstrings
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/numpydoc lint $$(git ls-files $(addsuffix /*.py,$(PURE)))

types: install ## mypy, strict
	@$(BIN)/mypy --no-error-summary fundus_study forgery detector observers deploy

fix: install ## let ruff mend and format
	@$(BIN)/ruff check -q --fix . || true
	@$(BIN)/ruff format -q .

bench: install ## each benchmark prints its ratio against a stated peer or limit
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

bench-lab: install ## forging, scoring, training: ratios to the limits and to peers
	@$(BIN)/python benchmarks/lab.py

bench-desk: install ## each desk page with 200 readers, beside a bare Django page
	@$(BIN)/python benchmarks/desk.py

bench-reading: install ## the reading room under load, against a bare Django view (PostgreSQL)
	@$(BIN)/python benchmarks/reading.py

bench-statistics: install ## the statistics alone, on one core
	@$(BIN)/python benchmarks/statistics.py

bench-viewer: install ## script a frame of the reading room's viewer, from Chromium's trace
	@$(BIN)/python benchmarks/viewer.py

lock: ## write requirements.lock from pyproject.toml in a fresh environment
	@deploy/lock $(PYTHON)

screenshots: migrate ## make docs/screens from the demo's pages
	@$(BIN)/python -m deploy.screenshots

messages: install ## collect the strings of pages and code, compile the catalogues
	@$(MANAGE) makemessages -l ko -i tests -i benchmarks --no-location --no-obsolete -v 0
	@$(MANAGE) compilemessages -v 0
