# Two commands do everything: `make serve` and `make test`. `make demo` needs no phone.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve demo test lint types check clean

serve: $(VENV)/.serve
	$(BIN)/python main.py serve

demo: $(VENV)/.demo
	$(BIN)/python main.py demo

check: $(VENV)/.serve
	$(BIN)/python main.py check

# Three processes, a whole file to each: half of the time is waiting. In the order of the folders, or
# the few tests that take long would come last.
test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

# Not bin/python: that stands already where Debian's python3.11 had no python3.11-venv to go on.
$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: requirements.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/.demo: requirements-simulator.txt $(VENV)/.serve
	$(BIN)/pip install --quiet --requirement requirements-simulator.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.demo
	$(BIN)/pip install --quiet --requirement requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
