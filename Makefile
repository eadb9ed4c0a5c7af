# Everything here sets itself up: what is needed is Python >= 3.9 with `venv`, and make.
# Another interpreter, beside the usual environment:  make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
# Most tests wait for processes, so there are more of them at once than cores.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(3 * (os.cpu_count() or 1))')
# Of what goes wrong on purpose, each value of each parameter. EACH_VALUE= for every combination.
EACH_VALUE ?= --each-value
# MEASURE=yes measures the coverage, also of the processes that tests start; that takes twice the time.
MEASURE ?=

BIN := $(VENV)/bin
WHEEL_VENV := $(VENV)-wheel
WHEEL_BIN := $(abspath $(WHEEL_VENV))/bin
PUBLISHED_VENV := $(VENV)-published
PUBLISHED_BIN := $(PUBLISHED_VENV)/bin
AGENT_VENV := build/agent
FLOORS_VENV := $(VENV)-floors
FLOORS_BIN := $(FLOORS_VENV)/bin
SOURCES := $(CURDIR)
PINS := requirements/test.txt
# RERUNS=1 tries a failed test once more, and shows both; from Python 3.10 on. Nothing but CI sets it.
RERUNS ?=
TRIED_AGAIN := $(if $(RERUNS),--reruns $(RERUNS) --rerun-show-tracebacks)
PYTEST_OPTIONS := -n $(JOBS) --dist loadgroup $(TRIED_AGAIN)
# The twin modules for other platforms are checked as those platforms see them.
TYPE_PLATFORMS := linux darwin win32

# Steps follow each other, also under `make -j`.
.NOTPARALLEL:
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

.PHONY: test
test: lint wheel types test-sources test-wheel  ## everything that must pass: lint, types, tests, and the tests on the built wheel

.PHONY: demo
demo: $(VENV)/.made  ## render frames with the example adaptor, from start to cleanup; draw its path, write its report
	$(BIN)/python -m adaptor_runtime.examples.renderer.demo

.PHONY: lint
lint: $(VENV)/.made  ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(VENV)/.made  ## fix style and format
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

# From the sources to an sdist, and from that sdist to the wheel: so both are known to be complete.
.PHONY: wheel
wheel: $(VENV)/.made $(WHEEL_VENV)/.made  ## build sdist and wheel into dist/, install the wheel in a second environment
	@rm -rf dist && mkdir dist
	@echo "$(BIN)/python -m build --no-isolation"
	@$(BIN)/python -m build --no-isolation --outdir dist . >$(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	$(WHEEL_BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall dist/*.whl

# Type checkers do not follow the finder of an editable install, so they look at the installed wheel.
.PHONY: types
types: wheel  ## check the types of the installed wheel, as each platform sees them
	@for platform in $(TYPE_PLATFORMS); do \
	  echo "mypy --platform $$platform"; \
	  $(BIN)/mypy --python-executable $(WHEEL_BIN)/python --platform $$platform \
	    -p adaptor_runtime -p adaptor_runtime_client || exit 1; \
	done

.PHONY: test-sources
test-sources: $(VENV)/.made  ## run the tests on the sources, except those in which something goes wrong (MEASURE=yes: with coverage)
ifeq ($(MEASURE),)
	$(BIN)/pytest $(PYTEST_OPTIONS) -m "not faults and not applications"
else
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PYTEST_OPTIONS) -m "not faults and not applications"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
endif

.PHONY: coverage
coverage: $(VENV)/.made  ## measure the coverage of all tests, including those in which something goes wrong
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PYTEST_OPTIONS) -m "not applications" $(EACH_VALUE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90

.PHONY: faults
faults: $(VENV)/.made  ## run the tests in which something goes wrong on purpose, with a table of what they cover
	$(BIN)/pytest $(PYTEST_OPTIONS) -m "faults and not applications"

# They are skipped where a program is missing, unless APPLICATIONS_REQUIRED is set. MERMAID is the path of mermaid.min.js.
.PHONY: applications
applications: $(VENV)/.made  ## run the examples with the real Blender, ImageMagick, POV-Ray, and gnuplot; open reports in Chromium; draw with Graphviz and Mermaid
	$(BIN)/pytest $(PYTEST_OPTIONS) -m applications tests/examples tests/adaptors/report tests/statemachine
	$(BIN)/python tests/benchmarks/blender.py

# They need root and namespaces; they are skipped where those or the scheduler are missing, unless FARM_REQUIRED is set.
.PHONY: farm
farm: $(VENV)/.made  ## run sessions on farms of several hosts in namespaces: Slurm, and the worker agent of a farm
	$(BIN)/pytest -n 2 --dist loadfile -m farm $(TRIED_AGAIN) tests/farm

.PHONY: soak
soak: SESSIONS ?= 200
soak: $(VENV)/.made  ## run many sessions, real and simulated, each disturbed at a random moment (SESSIONS=200)
	SESSIONS=$(SESSIONS) EXAMPLES=1000 KILLS=50 $(BIN)/pytest $(PYTEST_OPTIONS) \
	  tests/adaptors/command_line/test_soak.py tests/adaptors/session/test_simulation.py \
	  tests/adaptors/application/test_losses.py

# In a folder from which no source can be imported by accident.
.PHONY: test-wheel
test-wheel: wheel  ## run the tests in which something goes wrong on purpose, on the built wheel
	cd $(WHEEL_VENV) && $(WHEEL_BIN)/pytest $(PYTEST_OPTIONS) -m "faults and not applications" $(EACH_VALUE) -p no:cacheprovider \
	  -c "$(SOURCES)/pyproject.toml" --rootdir "$(SOURCES)" "$(SOURCES)/tests"

# What users may have: the lowest versions that pyproject.toml allows. The tools of the tests keep their pins.
.PHONY: floors
floors: TESTS ?= tests
floors: $(FLOORS_VENV)/.made  ## run the tests on the lowest versions of our dependencies, except the faults (TESTS=tests/ipc)
	$(FLOORS_BIN)/pytest $(PYTEST_OPTIONS) -m "not faults and not applications" -p no:cacheprovider $(TESTS)

# The published adaptors bring many packages along, so they have an environment of their own.
.PHONY: published
published: wheel $(PUBLISHED_VENV)/.made  ## run published adaptors, unmodified, on the compatibility layer (with Blender, if installed)
	$(PUBLISHED_BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall dist/*.whl
	$(PUBLISHED_BIN)/pytest -p no:cacheprovider tests/published

.PHONY: compare-published
compare-published: published  ## time the published adaptor for Blender on the reference implementation and on this runtime, in pairs
	$(PUBLISHED_BIN)/python tests/published/compare.py $(OPTIONS)

# Wine and CPython for Windows are set up in build/windows once; without them, this says why and does nothing, unless
# WINDOWS_REQUIRED is set.
.PHONY: windows
windows: TESTS ?=
windows: EACH_VALUE = --first-value
windows: wheel  ## run the tests on Windows CPython under Wine (TESTS=tests/ipc), one value of each parameter (EACH_VALUE=--each-value)
	@HOST_PYTHON=$(BIN)/python bash tests/windows/setup.sh dist/*.whl build/windows; code=$$?; \
	  if [ $$code -eq 3 ] && [ -z "$(WINDOWS_REQUIRED)" ]; then echo "make windows: skipped"; exit 0; fi; \
	  [ $$code -eq 0 ] || exit $$code; \
	  KILLS="$(KILLS)" TRIED_AGAIN="$(TRIED_AGAIN)" VALUES="$(EACH_VALUE)" bash tests/windows/run.sh build/windows $(TESTS)

.PHONY: windows-all
windows-all:  ## run also those tests under Wine that `make windows` leaves out for their time
	LIMIT=$${LIMIT:-900} $(MAKE) windows TESTS=all

.PHONY: windows-soak
windows-soak: KILLS ?= 200
windows-soak:  ## kill daemon, application, and frontend many times on Windows CPython under Wine (KILLS=200)
	LIMIT=3600 $(MAKE) windows TESTS=tests/windows/test_kills.py EACH_VALUE=--each-value KILLS=$(KILLS)

.PHONY: benchmark
benchmark: $(VENV)/.made-benchmark  ## measure against the reference implementation; writes docs/performance.md and .svg (OPTIONS=--quick)
	$(BIN)/python tests/benchmarks --markdown docs/performance.md $(OPTIONS)

.PHONY: docs
docs: $(VENV)/.made  ## write the generated parts of docs/, and build the pages in build/docs
	$(BIN)/python docs/generate.py
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

.PHONY: pins
pins: $(VENV)/.made  ## update the exact versions in requirements/, for every supported Python and platform
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.9 --no-annotate \
	  --custom-compile-command "make pins" --extra test -o requirements/test.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.9 --no-annotate \
	  --custom-compile-command "make pins" --extra benchmark -c requirements/test.txt -o requirements/benchmark.txt
	$(BIN)/uv pip compile pyproject.toml requirements/published.in --quiet --upgrade --universal --python-version 3.10 \
	  --no-annotate --custom-compile-command "make pins" --extra test -c requirements/test.txt -o requirements/published.txt
	$(BIN)/uv pip compile requirements/agent.in --quiet --upgrade --universal --python-version 3.10 --no-annotate \
	  --custom-compile-command "make pins" -o requirements/agent.txt

.PHONY: clean
clean:  ## remove everything that these targets made
	rm -rf $(VENV) $(WHEEL_VENV) $(PUBLISHED_VENV) $(FLOORS_VENV) build dist *.egg-info .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environments: made once, brought up to date when the project's own files change.
define make_environment
	$(call make_bare_environment,$(1))
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check -r $(PINS)
endef

define make_bare_environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || \
	  { echo "$(PYTHON) is missing or older than 3.9; name another one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)
endef

$(VENV)/.made: pyproject.toml $(PINS)
	$(call make_environment,$(VENV))
	PYTHONWARNINGS="ignore:Editable installation" \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check >/dev/null || { echo "requirements/ does not fit pyproject.toml: run make pins"; $(BIN)/python -m pip check; }
	@touch $@

$(VENV)/.made-benchmark: $(VENV)/.made requirements/benchmark.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/benchmark.txt
	@touch $@

$(WHEEL_VENV)/.made: $(PINS)
	$(call make_environment,$(WHEEL_VENV))
	@touch $@

$(PUBLISHED_VENV)/.made: requirements/published.txt
	$(call make_bare_environment,$(PUBLISHED_VENV))
	$(PUBLISHED_BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/published.txt
	@touch $@

# The worker agent of AWS Deadline Cloud, and the packages that it brings along, are for the tests of a farm alone.
farm: $(AGENT_VENV)/.made
$(AGENT_VENV)/.made: requirements/agent.txt
	$(call make_bare_environment,$(AGENT_VENV))
	$(AGENT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/agent.txt
	@touch $@

$(FLOORS_VENV)/.made: pyproject.toml $(PINS)
	$(call make_environment,$(FLOORS_VENV))
	PYTHONWARNINGS="ignore:Editable installation" \
	  $(FLOORS_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	sed -n '/^dependencies = \[/,/^\]/s/^ *"\([^">]*\)>=\([^"]*\)".*/\1==\2/p' pyproject.toml >$(FLOORS_VENV)/floors.txt
	$(FLOORS_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r $(FLOORS_VENV)/floors.txt
	@touch $@
