# `make demo` needs Python 3.11 or newer; `make test` needs Node 20 or newer as well. Each installs what it needs into
# this folder, the first time only.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint contracts-test python-test older-test ape-test artifacts environment ape-environment \
	node-packages clean

BIN := .venv/bin
APE := .venv-ape/bin
# The program itself, whatever the platform: npm's wrapper in .bin exits with 0 when forge fails.
FORGE := node_modules/@foundry-rs/forge-*/bin/forge

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run a whole training project on an embedded chain: make demo ARGS="--json"
	@tools/environment .venv demo
	@$(BIN)/weighhouse demo $(ARGS)

test: lint contracts-test python-test older-test ape-test ## Check everything that must hold

lint: environment node-packages ## Check style, types and the floors of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(FORGE) fmt --check

contracts-test: environment node-packages ## Test the contracts and their gas
	$(FORGE) test
	FOUNDRY_PROFILE=gas $(FORGE) test

# One file to one process, since the tests of a file share a chain.
python-test: environment node-packages ## Test both packages, on NumPy 2 and web3 8
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --max-worker-restart 0 \
		valuation chain tests

# ape's own pytest plugin costs every run three seconds and is not used.
older-test: ape-environment node-packages ## Test both packages, on NumPy 1.26 and web3 7
	$(APE)/python -m pytest -p no:ape_test --numprocesses 2 --dist loadfile --max-worker-restart 0 \
		valuation chain tests/valuation tests/chain

ape-test: ape-environment node-packages ## Test `ape run`, on web3 7
	$(APE)/python -m pytest -p no:ape_test tests/ape

artifacts: environment node-packages ## Compile the contracts into chain/artifacts
	$(BIN)/python tools/compile.py

environment:
	@tools/environment .venv dev

ape-environment: ## Install ape: then .venv-ape/bin/ape run deploy --account TEST::0
	@tools/environment .venv-ape ape,test

node-packages:
	@tools/node-packages

clean: ## Remove what was installed and built
	rm -rf .venv .venv-ape node_modules .build out cache build *.egg-info .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
