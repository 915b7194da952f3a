# Two commands need nothing but make, git and Python 3.11 or newer: `make demo` and `make test`.
# Written for GNU make 3.81, which macOS has.

# The first that runs and is new enough: a name on the PATH may be a shim that only fails.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$python; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
# Extras stay in the pins: pip 23 takes "coverage[toml]" for unpinned beside "coverage==...".
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --custom-compile-command 'make requirements' $(UPGRADE) pyproject.toml

# $(call quietly,COMMAND): what it printed is shown only if it failed.
quietly = said=$$($(1) 2>&1) || { printf '%s\n' "$$said" 'FAILED: $(1)' >&2; exit 1; }
check = @$(call quietly,$(1)) && echo 'ok: $(1)'
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint format hooks requirements dashboard pictures manifests bench
.PHONY: image-test fuzz soak tools clean
.DELETE_ON_ERROR:

help: ## tell what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | \
		while IFS='|' read -r target text; do printf '%-20s%s\n' "$$target" "$$text"; done
	@echo
	@echo 'PYTHON=/path/to/python3 sets up .venv with that one (after make clean).'

demo: $(VENV)/runtime.stamp ## serve the sample cloud's metrics; needs no key and no network
	@$(BIN)/python -m exporter --demo

test: lint tools ## every check: lint, then all tests with their coverage
	@$(BIN)/python -m pytest --cov

test-long: lint tools ## what takes long: thousands of walks, pairs of faults, port abuse
	@$(BIN)/python -m pytest -m long -o faulthandler_timeout=1800

fuzz: lint tools ## the property tests with many more examples; EXAMPLES=5000
	@EXAMPLES=$(or $(EXAMPLES),5000) $(BIN)/python -m pytest -o faulthandler_timeout=1800 \
		tests/payload/test_properties.py tests/test_negotiation.py tests/config/test_properties.py \
		tests/web/test_properties.py tests/port/test_odd_requests.py

soak: lint tools ## ten minutes of scrapes by a real Prometheus under random faults
	@$(BIN)/python -m scripts.soak 10

lint: $(VENV)/dev.stamp ## what can be said without running the code
	$(call check,$(BIN)/ruff check --no-fix)
	$(call check,$(BIN)/ruff format --check)
	$(call check,$(BIN)/mypy)
	$(call check,$(BIN)/lint-imports)

format: $(VENV)/dev.stamp ## put the code in order, as far as ruff can
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet

hooks: $(VENV)/dev.stamp ## format and lint before every commit of this clone
	@$(BIN)/pre-commit install

requirements: $(VENV)/dev.stamp ## write the pins anew; UPGRADE=--upgrade takes newer releases
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | \
		$(filter-out pyproject.toml,$(COMPILE)) --constraint requirements-dev.txt \
		--output-file requirements-build.txt -

bench: $(VENV)/dev.stamp ## measure scrapes beside other ways to read the same (minutes)
	@$(BIN)/python -m pip install --quiet matplotlib==3.10.8
	@$(BIN)/python -m benchmarks --plot docs/performance.svg $(BENCH)

dashboard: $(VENV)/dev.stamp ## write the Grafana dashboard anew
	@$(BIN)/python -m grafana

pictures: $(VENV)/dev.stamp ## draw the documents' pictures of the dashboard anew
	@$(BIN)/python -m pip install --quiet plotly==7.1.0
	@$(BIN)/python -m grafana.preview

manifests: $(VENV)/dev.stamp ## write Kubernetes' and Helm's copies of rules and dashboard
	@$(BIN)/python -m scripts.manifests

image-test: ## build the container image and run it (root on Debian; minutes)
	@scripts/image-test

# A test that misses a program says so itself, hence no failure here.
tools: $(VENV)/dev.stamp
	@scripts/fetch-prometheus || true
	@scripts/fetch-chromium || true

clean: ## remove all that these targets made
	rm -rf $(VENV) .tools build dist .coverage .coverage.* .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find exporter tests -name __pycache__ -prune -exec rm -rf {} +

# Dev tools are added to the runtime's venv, so that `make test` leaves a running demo alone.
$(VENV)/runtime.stamp: requirements.txt
	@scripts/create-venv '$(PYTHON)' $(VENV)
	@$(call quietly,$(INSTALL) -r $<)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	@echo 'Adding the tools for checks and tests to $(VENV)'
	@$(call quietly,$(INSTALL) -r $<)
	@touch $@
