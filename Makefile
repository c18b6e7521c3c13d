# Each line is a command a person could type.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench screenshots man clean

run: $(VENV)/.installed
	$(BIN)/rbt runbooks/quickstart.md

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	# What failed on a busy machine is asked once more, alone: a defect fails again.
	$(BIN)/pytest -n 3 --dist loadgroup || $(BIN)/pytest --last-failed --last-failed-no-failures none

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m tests.screenshots

man: $(VENV)/.installed
	mkdir -p build
	$(BIN)/rbt completion man > build/rbt.1
	@echo "man -l build/rbt.1"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Runbook TUI needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build *.egg-info
