# The everyday commands of the project; `make` alone lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := $(VENV)/.tools
CODE := importer tests

# What is pure and therefore has no excuse for an untested line.
CORE := rewrites models flight mapping transforms catalog validation identity planning findings repair retry report errors codebook sentences wording
empty :=
comma := ,
space := $(empty) $(empty)
CORE_FILES := $(subst $(space),$(comma),$(foreach m,$(CORE),importer/$(m).py importer/$(m)/*))

# What only the benchmarks need: libraries to measure beside, and Node's packages.
BENCH := tests/benchmarks
BENCH_VENV := build/bench
BENCH_NODE := build/bench-node
BENCH_FLAGS = $(foreach m,$(ONLY),--only $(m)) $(if $(REPEATS),--repeats $(REPEATS)) \
	$(if $(ROWS),--rows $(ROWS)) $(if $(QUICK),--quick) $(if $(WRITE),--write $(WRITE))
AGAINST_FLAGS = --against '$(AGAINST)' $(foreach m,$(ONLY),--only $(m)) \
	$(if $(PAIRS),--pairs $(PAIRS)) $(if $(SEED),--seed $(SEED)) $(if $(QUICK),--quick)

# What only the mutation tests need: mutmut, whose changes are tried one at a time.
MUTANTS := tests/mutants
MUTANTS_VENV := build/mutants-venv
MUTANTS_FLAGS = $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) \
	$(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(SECONDS),--seconds $(SECONDS))

.PHONY: fuzz bench-smoke bench-lock back-to-back soak pictures screenshots lock clean mutants mutants-lock
.PHONY: schemas languages help install tools build demo test coverage test-all examples fleet compiled check docs docs-reference docs-sessions man bench bench-docs

help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Create .venv with the locked versions and the importer in it.

tools: $(TOOLS) ## Install what the tests, the checks and the pages of docs need, too.

demo: $(STAMP) ## Import the sample data into a local stand-in of the API.
	$(BIN)/importer demo

# Journals are flushed at every step: the folders of tests are in memory where it has
# room for them.
ROOM = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 {print "/dev/shm"}')
IN_MEMORY = $(addprefix PYTEST_DEBUG_TEMPROOT=,$(ROOM))
# What takes long stands first in the order of the folders, and shall begin first.
PYTEST = PYTHONDONTWRITEBYTECODE= $(IN_MEMORY) $(BIN)/pytest
TESTS = $(PYTEST) --numprocesses 4 --dist loadfile --no-loadscope-reorder

# pytest compiles tests and modules in its own way, which takes longer than to load all
# of them: once here, not in each process. What fails here fails again, and is told then.
COMPILED := build/.compiled
compiled: $(COMPILED)
$(COMPILED): $(TOOLS) $(shell find $(CODE) -name '*.py')
	@mkdir -p build
	@$(PYTEST) --collect-only --quiet tests/unit >/dev/null & \
	$(PYTEST) --collect-only --quiet --ignore tests/unit >/dev/null; wait
	@touch $@

test: $(COMPILED) ## Run the tests, but the slower ones.
	$(TESTS) -m 'not slow'

coverage: $(COMPILED) ## Measure what make test runs, in half as much time again: 95 % of everything, all of the core.
	$(TESTS) -m 'not slow' --cov --cov-report=term
	$(BIN)/coverage report --include='$(CORE_FILES)' --fail-under=100

# Each test runs in `test` or here, but those of `fleet`.
test-all: $(COMPILED) ## Run the slower tests that make test leaves out: browser, chaos, recipes, wheel …
	$(TESTS) -m 'slow and not fleet'

examples: $(COMPILED) ## Try all examples of the property tests, of which make test tries a fifth; some ten minutes.
	EXAMPLES=all $(TESTS) -m examples

fleet: $(COMPILED) ## Kill and freeze a run by several processes: 3 seeds and their control, some ten minutes.
	$(PYTEST) -m fleet

check: $(TOOLS) ## Lint, formatting, types and the direction of imports.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(TOOLS) ## Write the pages that are made from the code.
	$(BIN)/python tests/documents/codes.py > docs/errors.md
	$(BIN)/python tests/documents/web_guide.py

docs-reference: $(TOOLS) ## Write docs/reference, the types of the settings, and the recipes into the docs.
	$(BIN)/python tests/documents/reference.py

schemas: $(TOOLS) ## Write the JSON Schemas of the documents into the package and docs/schemas.
	$(BIN)/python tests/documents/schemas.py

NEW =
languages: $(TOOLS) ## Bring the files of the languages up to date with the code; NEW=fr begins one.
	$(BIN)/python tests/documents/languages.py $(NEW)
	$(BIN)/python tests/documents/web_languages.py

docs-sessions: $(TOOLS) ## Type the sessions of the docs anew and keep what is printed.
	$(BIN)/python tests/documents/sessions.py

# click-man makes manual pages of the help; it is no part of the project.
man: build/click-man/bin/click-man ## Write manual pages into build/man: man -l build/man/importer-run.1
	mkdir -p build/man
	build/click-man/bin/click-man --target build/man importer

build/click-man/bin/click-man:
	@python="$$($(FIND_PYTHON))" || exit 1; \
	"$$python" -m venv build/click-man
	build/click-man/bin/pip install --quiet "click-man>=0.6,<0.7"
	build/click-man/bin/pip install --quiet --no-deps --editable .

mutants: $(TOOLS) $(MUTANTS_VENV)/.installed ## Try small changes (60 min); SEED=, COUNT=, ONLY=, QUICK=1.
	$(MUTANTS_VENV)/bin/python $(MUTANTS)/mutants.py $(MUTANTS_FLAGS)

# AGAINST: another state of the project itself; nothing else is needed beside it.
ifdef AGAINST
bench: $(TOOLS)
	$(BIN)/python $(BENCH)/comparison.py $(AGAINST_FLAGS)
else
bench: $(TOOLS) $(BENCH_VENV)/.installed $(BENCH_NODE)/.installed ## Measure (30 min), or with AGAINST=REV: is anything slower than it (12 min)? ONLY=, QUICK=1.
	$(BIN)/python $(BENCH)/run.py $(BENCH_FLAGS)
endif

bench-smoke: $(TOOLS) ## Measure start, reading and sending in a minute or two; judges nothing.
	$(BIN)/python $(BENCH)/smoke.py $(if $(QUICK),--quick)

bench-docs: ## Measure everything and keep it in docs/benchmarks.md.
	$(MAKE) bench WRITE=docs/benchmarks.md

RUNS := 20
back-to-back: $(TOOLS) ## Run 1,500 locations of 6 rows again and again (20 s each): does a run hang? RUNS=
	$(BIN)/python $(BENCH)/back_to_back.py --runs $(RUNS)

MINUTES := 10
SOAK_FLAGS = --minutes $(MINUTES) $(if $(ROWS),--rows $(ROWS)) $(if $(LIMIT),--limit $(LIMIT))
soak: $(TOOLS) ## One long run at full rate, 3 % of the calls go wrong; MINUTES=, or ROWS= and LIMIT=none.
	$(BIN)/python $(BENCH)/soak.py $(SOAK_FLAGS)

FUZZ_FLAGS = --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(LOSS),--loss $(LOSS))
fuzz: MINUTES = 60
fuzz: $(TOOLS) ## Read any table of any preset, edit it (60 min): is a cell lost? MINUTES=, SEED=.
	$(BIN)/python tests/property/fuzz.py $(FUZZ_FLAGS)

pictures: $(TOOLS) ## Take the pictures of the page in docs/pictures (needs Chromium).
	$(BIN)/python tests/browser/web_pictures.py

screenshots: $(TOOLS) ## Take the pictures of report.html in docs/pictures (needs Chromium).
	$(BIN)/python tests/browser/screenshots.py

# uv lives in a venv of its own: it makes the lock file and is no part of the project.
lock: build/uv/bin/uv ## Resolve the dependencies anew and write both lock files.
	build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --group build --extra otel --extra postgres \
		pyproject.toml -o requirements.lock
	build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --group build --extra dev \
		--constraints requirements.lock pyproject.toml -o requirements-dev.lock

# The bare loop and its rivals shall run on the same versions, hence the constraint.
bench-lock: build/uv/bin/uv ## The same for the benchmarks: their two lock files.
	build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --constraints requirements.lock \
		$(BENCH)/requirements.in -o $(BENCH)/requirements.lock
	cd $(BENCH)/node && npm install --package-lock-only --no-audit --no-fund

mutants-lock: build/uv/bin/uv ## The same for the mutation tests.
	build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate $(MUTANTS)/requirements.in -o $(MUTANTS)/requirements.lock

build/uv/bin/uv:
	@python="$$($(FIND_PYTHON))" || exit 1; \
	"$$python" -m venv build/uv && build/uv/bin/pip install --quiet uv

# With the locked hatchling; DIST= is another folder.
DIST := dist
build: $(STAMP) ## Make the wheel and the source archive in dist/: pipx install dist/*.whl
	$(BIN)/python -m hatchling build --clean --directory $(DIST)

clean: ## Remove what the commands above have made, runs excepted.
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find importer tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Prints the first Python that is new enough and can make a virtual environment (some
# distributions leave that out); PYTHON=... on the command line is tried before others.
define FIND_PYTHON
for candidate in $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	bare="$$candidate"; \
	"$$candidate" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	echo "$$candidate"; exit 0; \
done; \
if test -n "$$bare"; then \
	version="$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	echo "$$bare cannot make a virtual environment: a part of it is not installed." >&2; \
	echo "On Debian and Ubuntu: apt install python$$version-venv, then run make again." >&2; \
else \
	echo "No Python 3.11 or newer was found." >&2; \
	echo "Install one, or say where it is: make install PYTHON=/path/to/python3" >&2; \
fi; \
exit 1
endef

# Done once for each state of these files; pip verifies every hash of the lock, which
# is complete: a dependency that pip resolved beside it would have no hash.
$(STAMP): requirements.lock pyproject.toml
	@python="$$($(FIND_PYTHON))" || exit 1; \
	echo "Installing into $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	@touch $(STAMP)

# What the tests, the checks and the pages of docs need besides.
$(TOOLS): $(STAMP) requirements-dev.lock
	@echo "Installing the tools of the tests"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--no-deps --require-hashes -r requirements-dev.lock
	@touch $(TOOLS)

$(BENCH_VENV)/.installed: $(BENCH)/requirements.lock
	@python="$$($(FIND_PYTHON))" || exit 1; \
	echo "Installing what the benchmarks measure beside into $(BENCH_VENV)"; \
	"$$python" -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r $(BENCH)/requirements.lock
	@touch $@

$(MUTANTS_VENV)/.installed: $(MUTANTS)/requirements.lock
	@python="$$($(FIND_PYTHON))" || exit 1; \
	echo "Installing what the mutation tests need into $(MUTANTS_VENV)"; \
	"$$python" -m venv --clear $(MUTANTS_VENV)
	$(MUTANTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r $(MUTANTS)/requirements.lock
	@touch $@

# Without Node its line of the table says so.
$(BENCH_NODE)/.installed: $(wildcard $(BENCH)/node/*)
	@mkdir -p $(BENCH_NODE)
	@cp $(BENCH)/node/* $(BENCH_NODE)/
	@if command -v npm >/dev/null; \
	then cd $(BENCH_NODE) && npm ci --silent --no-audit --no-fund && touch .installed; \
	else echo "npm is not installed: the Node script will not be measured."; fi
