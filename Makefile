# `make demo` needs Python 3.11 or newer; `make test` needs Node 20 or newer as well. Each installs what it needs into
# this folder, the first time only.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo docs test lint contracts-test python-test older-test ape-test flower-test artifacts environment ape-environment \
	node-packages clean verify coverage slither halmos mutation

BIN := .venv/bin
APE := .venv-ape/bin
FLOWER := .venv-flower/bin
# The program itself, whatever the platform: npm's wrapper in .bin exits with 0 when forge fails.
FORGE := node_modules/@foundry-rs/forge-*/bin/forge

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run a whole training project on an embedded chain: make demo ARGS="--json"
	@tools/environment .venv demo
	@$(BIN)/weighhouse demo $(ARGS)

test: lint contracts-test python-test older-test ape-test flower-test ## Check everything that must hold

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

# Flower, too, has pins of its own.
flower-test: ## Test the strategy wrapper in training runs of Flower
	@tools/environment .venv-flower flower-test
	$(FLOWER)/python -m pytest tests/flower

docs: environment ## Build the site into .build/docs
	@tools/docs $(BIN)/python .build/docs

verify: coverage slither halmos mutation ## Prove more of the contracts: what takes too long for every change

coverage: node-packages ## Every line and branch of the contracts is tested, or this fails
	tools/coverage $(FORGE)

# Programs of their own environments, which build into folders of their own: they want other outputs of the compiler.
slither: node-packages ## Look for known mistakes in the contracts; fails on medium and high
	@tools/tool-environment .venv-slither slither-analyzer==0.11.6
	PATH="$(CURDIR)/.venv-slither/bin:$(CURDIR)/$(dir $(wildcard $(FORGE))):$$PATH" FOUNDRY_OUT=.build/slither/out \
		FOUNDRY_CACHE_PATH=.build/slither/cache slither . --config-file slither.config.json

halmos: node-packages ## Prove the libraries for all inputs
	@tools/tool-environment .venv-halmos halmos==0.3.3
	PATH="$(CURDIR)/$(dir $(wildcard $(FORGE))):$$PATH" FOUNDRY_PROFILE=proofs \
		.venv-halmos/bin/halmos --match-contract Proofs --forge-build-out .build/halmos/out --loop 32 \
		--solver-timeout-assertion 300000

mutation: node-packages ## Change the contracts one spot at a time and see whether the tests notice: hours
	@tools/tool-environment .venv-slither slither-analyzer==0.11.6
	tools/mutation $(FORGE) .venv-slither/bin RewardDistributor 'tests/solidity/payouts/*'
	tools/mutation $(FORGE) .venv-slither/bin PeerRegistry 'tests/solidity/PeerRegistry.t.sol'

artifacts: environment node-packages ## Compile the contracts into chain/artifacts
	$(BIN)/python tools/compile.py

environment:
	@tools/environment .venv dev

ape-environment: ## Install ape: then .venv-ape/bin/ape run deploy --account TEST::0
	@tools/environment .venv-ape ape,test

node-packages:
	@tools/node-packages

clean: ## Remove what was installed and built
	rm -rf .venv .venv-ape .venv-flower .venv-slither .venv-halmos node_modules .build out cache build *.egg-info .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
