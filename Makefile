# `make help` lists what there is to do. Everything happens in .venv, which the first target that needs it makes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

INPUT   ?=
OUTPUT  ?= out/audit
CATALOG ?= out/audits
DEMO    := out/demo
ARGS    ?=

.DEFAULT_GOAL := help
.PHONY: help setup run-local nightly test test-browser lint types bench package clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## make .venv with all that is needed

$(READY): setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

run-local: $(READY)  ## audit INPUT="folder ..." (default: a demo corpus) into OUTPUT=out/audit
ifeq ($(strip $(INPUT)),)
	$(BIN)/lookalike demo $(DEMO)
	$(BIN)/lookalike audit $(DEMO)/images --output $(OUTPUT) --overwrite $(ARGS)
else
	$(BIN)/lookalike audit $(INPUT) --output $(OUTPUT) $(ARGS)
endif

nightly: $(READY)  ## audit what changed in INPUT since the last audit in CATALOG
	$(BIN)/lookalike audit $(INPUT) --catalog $(CATALOG) $(ARGS)

test: $(READY) lint types  ## lint, types and all tests
	$(BIN)/pytest

lint: $(READY)  ## ruff: errors and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## mypy
	$(BIN)/mypy

test-browser: $(READY)  ## the report page in headless Chromium (needs chromium and chromedriver)
	$(BIN)/pytest tests/browser

bench: $(READY)  ## accuracy and cost on the demo corpus, stage by stage
	$(BIN)/python -m tests.benchmarks.stages

package: $(READY)  ## source distribution and wheel in dist/
	rm -rf build dist
	$(BIN)/python -m build --quiet

clean:  ## remove what the targets made
	rm -rf $(VENV) build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
