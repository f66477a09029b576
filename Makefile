# Everything starts from a bare python3 (3.11 or newer) with pip. Each target installs what it needs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Requirements name everything, also what packages need; Python compiles what is imported, which most of it never is.
PIP := $(BIN)/pip install --no-compile --no-deps --disable-pip-version-check
INSTALL := $(PIP) --quiet
STAMPS := $(VENV)/stamps

# Downloads, compilation and the checks of the code share two cores; tests start when all of that is done.
MAKEFLAGS += --jobs=2

# Containers often forbid Python to keep what it compiles; each command would then compile some thousand files again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-fast lint style types imports supply-chain chromium bench messages requirements clean

setup: $(STAMPS)/test

# make demo PORT=8080 PARTICIPANTS=2000
demo: $(STAMPS)/run
	@$(BIN)/bekal demo $(if $(PORT),--port $(PORT)) $(if $(PARTICIPANTS),--participants $(PARTICIPANTS))

test: chromium $(STAMPS)/kernels lint supply-chain
	@$(BIN)/python -m pytest --numprocesses=logical --dist=worksteal

test-fast: $(STAMPS)/kernels $(STAMPS)/test
	@$(BIN)/python -m pytest --numprocesses=logical --dist=worksteal -m "not slow and not browser"

lint: types style imports

types: $(STAMPS)/test
	@$(BIN)/mypy

style: $(STAMPS)/test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

imports: $(STAMPS)/test
	@$(BIN)/lint-imports

supply-chain: $(STAMPS)/test
	@$(BIN)/python scripts/check_supply_chain.py

chromium:
	@$(PYTHON) scripts/install_chromium.py

# An hour and more at full size; `make bench BENCH=--quick` only shows that everything runs.
bench: $(STAMPS)/bench
	@for name in ledger dashboard screening draw recommender search messages site faults "faults --site"; do \
		$(BIN)/python benchmarks/$${name%% *}.py $${name#$${name%% *}} $(BENCH) || exit 1; done

# Needs GNU gettext: collects the messages of the code into the translation files.
messages: $(STAMPS)/run
	@cd src/bekal && ../../$(BIN)/django-admin makemessages --locale id --no-obsolete --add-location file --no-wrap

# Needs uv: compiles the pinned requirements again.
requirements:
	@for name in build base test bench; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
			--no-emit-find-links requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A venv without ensurepip (Debian packs it apart) gets its pip from the pip that is there.
$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Bekal needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -m ensurepip --version >/dev/null 2>&1 || $(PYTHON) -m pip --version >/dev/null 2>&1 || { \
		echo "Bekal is installed by pip, and $(PYTHON) has none. Install it first:" >&2; \
		echo "  Debian, Ubuntu: apt install python3-pip    Fedora: dnf install python3-pip    Alpine: apk add py3-pip" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
		rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) \
		&& $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@mkdir -p $(STAMPS) && touch $@

# What kernels are compiled with. Compilation takes a minute, in which pip installs the rest and the code is checked.
$(STAMPS)/engine: $(STAMPS)/venv requirements/base.txt
	@echo "Installing what Bekal needs into $(VENV): some 190 MB to download ..." >&2
	@awk '/^[^ ]/ { wanted = /^(llvmlite|numba|numpy|scipy)==/ } wanted' requirements/base.txt >$(VENV)/engine.txt
	@if test -t 1; then quiet=; else quiet=--quiet; fi; \
	$(PIP) $$quiet --require-hashes --requirement $(VENV)/engine.txt
	@touch $@

$(STAMPS)/run: $(STAMPS)/engine requirements/build.txt requirements/base.txt pyproject.toml setup.py $(wildcard src/bekal/locale/*/LC_MESSAGES/*.po)
	@if test -t 1; then quiet=; else quiet=--quiet; fi; \
	$(PIP) $$quiet --require-hashes --requirement requirements/build.txt --requirement requirements/base.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(STAMPS)/test: $(STAMPS)/run requirements/test.txt
	@$(INSTALL) --require-hashes --requirement requirements/test.txt
	@touch $@

# The recommender's loops, kept beside the package for every process that comes after.
$(STAMPS)/kernels: $(STAMPS)/engine $(wildcard src/bekal/recommender/engine/*.py src/bekal/recommender/engine/kernels/*.py)
	@PYTHONPATH=src $(BIN)/python -c "from bekal.recommender.engine.batch import warm_up; warm_up()"
	@touch $@

$(STAMPS)/bench: $(STAMPS)/test requirements/bench.txt
	@$(INSTALL) --require-hashes --requirement requirements/bench.txt
	@touch $@
