# make chat: the web chat.  make test: every test.  Both set everything up on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt

.PHONY: chat test lint evals regression clean

chat: $(READY)
	@$(BIN)/python app.py

test: $(READY_DEV)
	@echo "Running the tests."
	@$(BIN)/python -m pytest -n 3 --dist loadfile

lint: $(READY_DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

evals: $(READY)
	@$(BIN)/python -m evals

regression: $(READY)
	@$(BIN)/python -m evals --baseline evals/baseline.jsonl

clean:
	rm -rf $(VENV) .rag reports

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 chat"; exit 1; }
	@echo "Making an environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make environments: install python3-venv."; exit 1; }

$(READY): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing the packages (a few minutes the first time)."
	@$(INSTALL) -e .
	@touch $(READY)

$(READY_DEV): $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing the packages and what the tests need (a few minutes the first time)."
	@$(INSTALL) -e ".[dev,ollama,openai]"
	@touch $(READY) $(READY_DEV)
