# Everything lives in .venv: the tools, their downloads, and the environments of other Pythons.
# `make PYTHON=python3.12 setup` chooses the interpreter that .venv is made from.

PYTHON ?= python3
TEST_PYTHONS ?= 3.11 3.12 3.13
MORE_PYTHONS ?= 3.14 3.13t 3.14t
SMOKE_PYTHONS ?= 3.15 pypy3.11
LOCK_FLAGS ?=
STRESS_FLAGS ?=
BENCH_FLAGS ?=
BENCH_PYTHON ?=
VERSION ?=
DOCS_PORT ?= 8000
QUART ?=
MUTANT_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
VERIFY := $(VENV)/verify
DROP_IN := $(VENV)/drop-in
MUTANTS := $(VENV)/mutants
STRESS := $(VENV)/stress
BENCH := $(VENV)/bench/$(or $(BENCH_PYTHON),env)
PYODIDE := $(VENV)/pyodide
SMOKE := --loop asyncio tests/unit tests/behaviour
PIP := -m pip --disable-pip-version-check --no-input --quiet --quiet
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
CHECKED := $(wildcard src tests examples bench)
say = @printf '\n==> %s\n'

# No tool looks outside .venv, asks the network for news, or is led astray by the caller's shell.
export PYRIGHT_PYTHON_CACHE_DIR := $(CURDIR)/$(VENV)/cache/pyright
export PYRIGHT_PYTHON_GLOBAL_NODE := 0
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export UV_CACHE_DIR := $(CURDIR)/$(VENV)/cache/uv
export PRE_COMMIT_HOME := $(CURDIR)/$(VENV)/cache/pre-commit
export npm_config_cache := $(CURDIR)/$(VENV)/cache/npm
unexport CONDA_PREFIX PYTHONHOME PYTHONPATH VIRTUAL_ENV

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

.PHONY: help
help: ## List what make can do
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------------------- set-up

.PHONY: setup
setup: $(VENV)/.installed ## Make .venv with the locked tools and Aldis itself, editable

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Aldis needs Python 3.11 or later, and '$(PYTHON)' is not that: name one, for example"; \
		echo "    make setup PYTHON=python3.12"; \
		exit 1; } >&2
	$(say) "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.locked: requirements-dev.txt | $(BIN)/python
	$(say) "Installing the locked tools into $(VENV) (this takes a minute)"
	@$(BIN)/python $(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	$(say) "Installing Aldis into $(VENV), editable"
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# ---------------------------------------------------------------------------- the main job

.PHONY: demo
demo: setup ## Run the main job on real input: this repository's own history
	@$(BIN)/python examples/run_demo.py

# Each is a package of examples/ with what it prints in output.txt.
DEMOS := $(patsubst examples/%/output.txt,%,$(wildcard examples/*/output.txt))
.PHONY: demos
demos: ## List the examples that `make demo-NAME` runs
	@for name in $(DEMOS); do \
		printf '  make demo-%-13s %s\n' "$$name" "$$(sed -n '1s/"""//gp' examples/$$name/__init__.py)"; done

.PHONY: $(addprefix demo-,$(DEMOS))
$(addprefix demo-,$(DEMOS)): demo-%: setup
	@$(BIN)/python -m examples.$*

.PHONY: bench throughput
bench: setup $(BENCH)/.installed ## Time Aldis beside bare code and its peers (BENCH_FLAGS=--help, BENCH_PYTHON=3.13)
	@$(BENCH)/bin/python -m bench $(BENCH_FLAGS)

throughput: setup $(BENCH)/.installed ## Time dispatched events beside a bare stream, and beside other libraries
	@$(BENCH)/bin/python -m bench.throughput

# Instructions, not time, and so it repeats: 20 seconds. BENCH_FLAGS=--write records anew.
.PHONY: bench-check
bench-check: setup $(if $(BENCH_PYTHON),$(BENCH)/.installed) ## Hold the instructions of sends, as valgrind counts them, to bench/counts.json
	@$(if $(BENCH_PYTHON),$(BENCH),$(VENV))/bin/python -m bench.counting $(BENCH_FLAGS)

$(BENCH)/.locked: requirements-bench.txt | $(BIN)/python
	$(say) "Making $(BENCH)"
	@[ -x $(BENCH)/bin/python ] || "$(if $(BENCH_PYTHON),$$(.ci/find-python $(BENCH_PYTHON)),$(BIN)/python)" \
		-m venv $(BENCH) || { rm -rf $(BENCH); exit 1; }
	@$(BENCH)/bin/python $(PIP) install --require-hashes -r requirements-bench.txt
	@touch $@

$(BENCH)/.installed: pyproject.toml $(BENCH)/.locked
	@$(BENCH)/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: soak
soak: setup ## Send a million events through a dispatcher, and count what became of each
	@$(BIN)/python -m bench.soak

# ---------------------------------------------------------------------------- checks

.PHONY: format
format: setup ## Put the code in form and mend what ruff can
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: lint ruff-check ruff-format lint-imports
lint: ruff-check ruff-format lint-imports bandit zizmor ## Lint, format, layers, and what looks insecure

ruff-check: setup
	$(say) "ruff check"
	@$(BIN)/ruff check

ruff-format: setup
	$(say) "ruff format --check"
	@$(BIN)/ruff format --check

lint-imports: setup
	$(say) "lint-imports"
	@$(BIN)/lint-imports --no-logo

.PHONY: audit bandit zizmor pip-audit
audit: bandit zizmor pip-audit ## What looks insecure, in the code, the workflows and the locked dependencies

bandit: setup
	$(say) "bandit: src"
	@$(BIN)/bandit --quiet --recursive src

zizmor: setup
	$(say) "zizmor (auditor): .github"
	@$(BIN)/zizmor --offline --persona=auditor --no-progress --quiet .github

pip-audit: setup
	$(say) "pip-audit: requirements-*.txt"
	@$(BIN)/python .ci/audit-requirements $(BIN)/pip-audit requirements-*.txt

.PHONY: types mypy pyright ty pyrefly zuban
types: mypy pyright ty pyrefly zuban ## All five type checkers (each is a target of its own)

mypy: setup
	$(say) "mypy (strict): $(CHECKED)"
	@$(BIN)/mypy $(CHECKED)

pyright: setup
	$(say) "pyright (strict): $(CHECKED)"
	@$(BIN)/pyright $(CHECKED)

ty: setup
	$(say) "ty: $(CHECKED)"
	@$(BIN)/ty check --no-progress $(CHECKED)

pyrefly: setup
	$(say) "pyrefly: $(CHECKED)"
	@$(BIN)/pyrefly check --progress-bar no

zuban: setup
	$(say) "zuban (strict): $(CHECKED)"
	@$(BIN)/zuban check --strict $(CHECKED)

.PHONY: verifytypes
verifytypes: setup ## Build the wheel and require that every public name in it is typed and documented
	$(say) "pyright --verifytypes, on the built wheel"
	@rm -rf $(VERIFY) && mkdir -p $(VERIFY)
	@$(BIN)/python -m build --no-isolation --outdir $(VERIFY)/dist . > $(VERIFY)/build.log 2>&1 \
		|| { cat $(VERIFY)/build.log; exit 1; }
	@$(BIN)/python -m venv --without-pip $(VERIFY)/env
	@$(BIN)/python $(PIP) --python $(VERIFY)/env/bin/python install --no-deps --no-index \
		$(VERIFY)/dist/*.whl
# The wheel is installed; what it depends on is lent by .venv. --verifytypes takes no notice of
# --pythonpath: it asks the first python on PATH.
	@cd $(VERIFY) && ../bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$(env/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/lent.pth"
	@cd $(VERIFY) && env/bin/python -c 'import aldis'
	@cd $(VERIFY) && PATH="$$PWD/env/bin:$$PATH" ../bin/pyright --verifytypes aldis --ignoreexternal \
		> report.txt || { cat report.txt; exit 1; }
	@cat $(VERIFY)/report.txt
	@grep -q '^Module directory: ".*/$(VERIFY)/env/' $(VERIFY)/report.txt
	@grep -q '^Type completeness score: 100%' $(VERIFY)/report.txt
# ruff asks for no docstring in modules that begin with an underscore; this asks by public name.
	@cd $(VERIFY) && [ "$$(grep -cE '(Functions|Classes) without docstring: 0$$' report.txt)" -eq 2 ] || { \
		PATH="$$PWD/env/bin:$$PATH" ../bin/pyright --verifytypes aldis --ignoreexternal --verbose \
			| grep 'No docstring found'; \
		exit 1; }

# ---------------------------------------------------------------------------- docs

# All pages anew: Sphinx does not see that the list of pages beside an unchanged one has changed.
SPHINX := $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env --write-all

.PHONY: docs docs-serve docs-links
docs: setup ## Build the docs into build/docs, every warning being an error: lost links and names too
	$(say) "sphinx"
	@$(SPHINX) --nitpicky -b html docs build/docs

docs-serve: docs ## Build the docs and show them on http://127.0.0.1:8000 (DOCS_PORT=)
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs $(DOCS_PORT)

# No part of `make test`: what other hosts answer is no fault of a change.
docs-links: setup ## Ask for each address that the docs name, where there is a network
	$(say) "sphinx: the addresses in the docs"
	@$(BIN)/python .ci/check-links $(BIN)/python docs build/links

# ---------------------------------------------------------------------------- tests

.PHONY: unit
unit: setup ## Run the tests and require branch coverage of 100 %
	$(say) "pytest, under coverage"
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report

# No part of `make test`: it takes a quarter of an hour on two idle cores. MUTANT_FLAGS are those of
# `python -m tests.mutants --help`, or names of modules.
.PHONY: mutants
mutants: setup ## Change the inside in three thousand small ways, and require that tests notice
	$(say) "mutants"
	@mkdir -p $(MUTANTS)
	@$(BIN)/python -m tests.mutants $(MUTANTS) $(MUTANT_FLAGS)

.PHONY: drop-in
drop-in: setup $(DROP_IN)/.installed $(DROP_IN)/.fetched ## Run other projects' tests on blinker and on aldis.blinker, and compare
	$(say) "other projects' tests, on blinker and on aldis.blinker"
	@$(BIN)/python -m tests.drop_in $(DROP_IN) $(if $(QUART),--quart $(QUART))

$(DROP_IN)/.locked: requirements-drop-in.txt | $(BIN)/python
	$(say) "Making $(DROP_IN)/env"
	@[ -x $(DROP_IN)/env/bin/python ] || $(BIN)/python -m venv $(DROP_IN)/env || { \
		rm -rf $(DROP_IN)/env; exit 1; }
	@$(DROP_IN)/env/bin/python $(PIP) install --require-hashes -r requirements-drop-in.txt
	@touch $@

$(DROP_IN)/.installed: pyproject.toml $(DROP_IN)/.locked
	@$(DROP_IN)/env/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# pip asks each sdist for its metadata, and so the locked environment holds their build backends.
$(DROP_IN)/.fetched: tests/drop_in/sdists.txt $(DROP_IN)/.locked
	$(say) "Fetching the sdists of tests/drop_in/sdists.txt"
	@rm -rf $(DROP_IN)/sdists $(DROP_IN)/suites && mkdir -p $(DROP_IN)/suites
	@$(DROP_IN)/env/bin/python $(PIP) download --require-hashes --no-deps --no-binary :all: \
		--no-build-isolation --dest $(DROP_IN)/sdists -r tests/drop_in/sdists.txt
	@for sdist in $(DROP_IN)/sdists/*.tar.gz; do \
		tar -xzf "$$sdist" -C $(DROP_IN)/suites || exit 1; done
	@touch $@

.PHONY: stress
stress: setup $(STRESS)/.installed ## Stress Aldis, its peers and broken copies of it, for long (STRESS_FLAGS=--help)
	$(say) "threads, destructors, signal handlers, forks and interrupts, on $$($(STRESS)/env/bin/python --version)"
	@$(STRESS)/env/bin/python -m tests.stress $(STRESS_FLAGS)

$(STRESS)/.locked: requirements-stress.txt | $(BIN)/python
	$(say) "Making $(STRESS)/env"
	@[ -x $(STRESS)/env/bin/python ] || $(BIN)/python -m venv $(STRESS)/env || { \
		rm -rf $(STRESS)/env; exit 1; }
	@$(STRESS)/env/bin/python $(PIP) install --require-hashes -r requirements-stress.txt
	@touch $@

$(STRESS)/.installed: pyproject.toml $(STRESS)/.locked
	@$(STRESS)/env/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# `make test` asks this before it fetches anything: what fails once the index has answered is a
# failure. Any small package does, in any version, that no cache and no folder can be counted on for.
.PHONY: index-answers
index-answers: | $(BIN)/python
	@rm -rf $(DROP_IN)/probe
	@$(BIN)/python $(PIP) download --no-cache-dir --retries 1 --timeout 15 --no-deps \
		--dest $(DROP_IN)/probe quart-trio > /dev/null 2>&1

.PHONY: test
test: ## All that must hold: lint, types, verifytypes, unit and drop-in, one after another
	@for step in lint types verifytypes unit; do $(MAKE) --no-print-directory $$step || exit 1; done
	@if $(MAKE) --silent --question $(DROP_IN)/.locked $(DROP_IN)/.fetched \
		|| $(MAKE) --silent index-answers 2> /dev/null; then \
		$(MAKE) --no-print-directory drop-in; \
	else \
		printf '\n==> Skipped, the package index does not answer: drop-in\n'; \
	fi

.PHONY: test-pythons
test-pythons: setup ## Run the tests, without the checks, on the other Pythons that are here
	@MAKE='$(MAKE)' .ci/each-python $(addprefix test-python-,$(TEST_PYTHONS))

.PHONY: test-all
test-all: setup ## Run them on all Pythons that can be had: new and odd ones too, and without the GIL
	@MAKE='$(MAKE)' .ci/each-python test-python-own \
		$(addprefix test-python-,$(TEST_PYTHONS) $(MORE_PYTHONS)) \
		$(addprefix smoke-python-,$(SMOKE_PYTHONS)) smoke-python-pyodide

.PHONY: test-python-own
test-python-own: setup
	$(say) "pytest on $$($(BIN)/python --version)"
	@$(BIN)/python -m pytest

# Where there is no GIL, it stays off whatever an extension says of itself.
test-python-%: $(VENV)/py%/.installed
	$(say) "pytest on Python $*: $$($(VENV)/py$*/bin/python --version)"
	@$(if $(findstring t,$*),PYTHON_GIL=0) $(VENV)/py$*/bin/python -m pytest

smoke-python-%: $(VENV)/smoke-%/.installed
	$(say) "pytest on Python $*, a smoke run: $$($(VENV)/smoke-$*/bin/python --version 2>&1 | tail -n 1)"
	@$(VENV)/smoke-$*/bin/python -m pytest $(SMOKE)

.PRECIOUS: $(VENV)/py%/.locked $(VENV)/py%/.installed
.PRECIOUS: $(VENV)/smoke-%/.locked $(VENV)/smoke-%/.installed

# What has no wheels for a Python without the GIL is left out there, and its tests are skipped.
.SECONDEXPANSION:
$(VENV)/py%/.locked: requirements-$$(if $$(findstring t,$$*),free-threaded,test).txt | $(BIN)/python
	@$(call make-python,$*,$(@D),$<)
	@touch $@

$(VENV)/smoke-%/.locked: requirements-smoke.txt | $(BIN)/python
	@$(call make-python,$*,$(@D),$<)
	@touch $@

$(VENV)/py%/.installed $(VENV)/smoke-%/.installed: pyproject.toml $$(@D)/.locked
	@$(@D)/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

define make-python
	printf '\n==> %s\n' "Making $(2) with Python $(1)"; \
	[ -x $(2)/bin/python ] || "$$(.ci/find-python $(1))" -m venv $(2) || { rm -rf $(2); exit 1; }; \
	$(2)/bin/python $(PIP) install --require-hashes -r $(3)
endef

# Pyodide is a package of npm's, and node runs it.
.PHONY: smoke-python-pyodide
smoke-python-pyodide: $(PYODIDE)/.locked
	$(say) "pytest on Pyodide, a smoke run, by node $$(node --version)"
	@node tests/pyodide/run.mjs $(PYODIDE) $(SMOKE)

$(PYODIDE)/.locked: requirements-smoke.txt tests/pyodide/package.json | $(BIN)/python
	$(say) "Making $(PYODIDE)"
	@rm -rf $(PYODIDE) && mkdir -p $(PYODIDE) && cp tests/pyodide/package.json $(PYODIDE)
	@cd $(PYODIDE) && npm install --silent --no-audit --no-fund --ignore-scripts
	@$(BIN)/uv pip install --quiet --target $(PYODIDE)/site --require-hashes --no-deps --only-binary :all: \
		--python-platform wasm32-pyodide2024 --python-version 3.14 -r requirements-smoke.txt
	@touch $@

# ---------------------------------------------------------------------------- upkeep

.PHONY: faults-table
faults-table: setup ## Write the table of docs/reliability.md anew, from the tests of tests/faults/
	@$(BIN)/python -m tests.faults

.PHONY: lock
lock: setup ## Pin the dependencies anew (LOCK_FLAGS=--upgrade takes newer versions)
	$(say) "uv pip compile"
	@$(COMPILE) $(LOCK_FLAGS) --group dev --output-file requirements-dev.txt
	@$(COMPILE) --group test --constraint requirements-dev.txt --output-file requirements-test.txt
	@$(COMPILE) $(LOCK_FLAGS) --group drop-in --output-file requirements-drop-in.txt
	@$(COMPILE) $(LOCK_FLAGS) --group stress --output-file requirements-stress.txt
	@$(COMPILE) $(LOCK_FLAGS) --group bench --output-file requirements-bench.txt
	@$(COMPILE) $(LOCK_FLAGS) --group free-threaded --output-file requirements-free-threaded.txt
	@$(COMPILE) $(LOCK_FLAGS) --group smoke --output-file requirements-smoke.txt
	@! grep -n '://' requirements-*.txt

.PHONY: hooks
hooks: setup ## Run ruff, the layers and mypy before each commit in this clone
	@$(BIN)/pre-commit install

.PHONY: changelog
changelog: setup ## Show the next changelog entry (VERSION=0.2.0 writes it and eats the fragments)
	@$(BIN)/towncrier build $(if $(VERSION),--yes --version $(VERSION),--draft --version next)

.PHONY: clean
clean: ## Remove everything that make has made, .venv included
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
