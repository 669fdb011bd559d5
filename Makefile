PYTHON ?= python3
BIN := .venv/bin

# Tests and demos begin many programs, and each would be compiled anew where nothing is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo demo-fleet test explore prove bench check format lint types layers schemas models lock clean

demo: .venv/ready  ## plan, apply, edit, drift and destroy against the embedded AWS
	@PATH="$(CURDIR)/$(BIN):$$PATH" reconcile sandbox -- sh docs/demo.sh

demo-fleet: .venv/ready  ## 40 tasks and the fleet that does them, live, in less than a minute
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo-fleet.sh

test: .venv/ready  ## the whole test suite
	@$(BIN)/pytest

explore: .venv/ready  ## the properties with many more and other examples
	@EFFORT=20 $(BIN)/pytest tests/pure tests/fields tests/load tests/schema tests/fleet \
		tests/queues tests/derive tests/proof tests/lock tests/commands/test_locked.py \
		tests/commands/test_calls.py --ignore=tests/proof/test_empty.py \
		--ignore=tests/proof/test_lives.py

prove: .venv/ready  ## the laws in all their cases, written to PROOF.md; with LAWS only these
	@$(BIN)/python -m tests.proof.prove $(LAWS)

bench: .venv/ready  ## what it costs beside other programs, written to BENCH.md
	@$(BIN)/python -m bench

check: .venv/ready format lint types schemas layers test  ## everything that must hold before a merge

format: .venv/ready
	@$(BIN)/ruff format --check .

lint: .venv/ready
	@$(BIN)/ruff check .

types: .venv/ready
	@$(BIN)/mypy

schemas: .venv/ready
	@$(BIN)/reconcile schema --check

layers: .venv/ready
	@$(BIN)/lint-imports

models: .venv/ready  ## cut botocore's models anew to what the program uses
	@$(BIN)/python -m tools.models

lock: .venv/ready  ## resolve the newest versions that fit together
	@$(BIN)/uv pip compile pyproject.toml --extra sandbox --extra metrics --group dev --universal \
		--python-version 3.11 --generate-hashes --no-header --upgrade --quiet -o requirements.lock

clean:
	rm -rf .venv

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
