# make app: the app at http://127.0.0.1:8501; make test: all tests. Both install what they need.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PORT ?= 8501

.PHONY: app test lint types bench docs screenshots explorer clean

app: $(VENV)/.installed
	-$(RUN) -m coreset_engine demo --background
	$(RUN) -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.installed-dev
	$(RUN) tests/install_browser.py
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-dev
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .
	$(RUN) -m mypy

types: $(VENV)/.installed-dev
	$(RUN) -m mypy

bench: $(VENV)/.installed-dev
	for name in training recording latency; do echo $$name; $(RUN) benchmarks/$$name.py || exit 1; done

docs: $(VENV)/.installed
	$(RUN) docs/generate.py

screenshots: $(VENV)/.installed-dev
	$(RUN) docs/screenshots.py

explorer: $(VENV)/.installed
	$(RUN) -m coreset_engine demo
	$(RUN) -m coreset_engine explore demo --early 2 --late 21 --out explorer.html

$(VENV)/.installed: requirements.txt pyproject.toml
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .mypy_cache
