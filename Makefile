# The everyday commands of the project; `make` alone lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := importer tests

# What is pure and therefore has no excuse for an untested line.
CORE := models mapping transforms validation identity planning findings retry report errors
empty :=
comma := ,
space := $(empty) $(empty)
CORE_FILES := $(subst $(space),$(comma),$(foreach m,$(CORE),importer/$(m).py importer/$(m)/*))

.PHONY: help install demo test check bench lock clean

help: ## List the commands.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Create .venv with the locked versions and the importer in it.

demo: $(STAMP) ## Import the sample data into a local stand-in of the API.
	$(BIN)/importer demo

test: $(STAMP) ## Run the tests with coverage: 95 % of everything, all of the core.
	$(BIN)/pytest --cov --cov-report=term
	$(BIN)/coverage report --include='$(CORE_FILES)' --fail-under=100

check: $(STAMP) ## Lint, formatting, types and the direction of imports.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## Measure; the benchmarks live in tests/benchmarks.
	@echo "The benchmarks live in tests/benchmarks."
	$(BIN)/python tests/benchmarks/run.py

# uv lives in a venv of its own: it makes the lock file and is no part of the project.
lock: ## Resolve the dependencies anew and write requirements.lock.
	@python="$$($(FIND_PYTHON))" || exit 1; \
	test -x build/uv/bin/uv || { "$$python" -m venv build/uv && build/uv/bin/pip install --quiet uv; }
	build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate \
		--extra dev pyproject.toml -o requirements.lock

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

# Done once for each state of the two files; pip verifies every hash of the lock, which
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
