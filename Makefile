# Every target sets itself up: `make run` and `make test` need only Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= .kring
PORT ?= 8016
APT := apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore
PIN := uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# Keep compiled bytecode, whatever the machine's setting: every part of Kring is a process that would compile it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test tests setup setup-dev packages check lint types pages pictures failover wheel wheel-check bench requirements clean

run: setup  ## start everything, and play the demo
	@$(BIN)/kring up --port $(PORT) --data $(DATA) --demo

setup: .venv/ready
setup-dev: .venv/ready-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kring needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "· creating .venv"
	@$(PYTHON) -m venv .venv || { echo "python3 has no venv module: install it (Debian: python3-venv)"; rm -rf .venv; exit 1; }

.venv/ready: requirements.txt requirements-build.txt pyproject.toml | .venv/bin/python
	@echo "· installing dependencies, each checked against its hash; this takes a minute"
	@$(PIP) --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	@echo "· installing dependencies of checks and tests"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

packages: setup-dev  ## install Chromium, curl and jq (Debian's packages, as root): in them the tests open pages and run documented commands
	@missing=""; for name in curl jq; do command -v $$name >/dev/null || missing="$$missing $$name"; done; \
	{ command -v chromium || command -v google-chrome; } >/dev/null || missing="$$missing chromium"; \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "· installing$$missing" \
		&& timeout 300 sh -c "$(APT) update && $(APT) install --yes --download-only$$missing" </dev/null >/dev/null \
		&& DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-download$$missing </dev/null >/dev/null; \
	} || echo "not installed, and cannot be installed here:$$missing; the tests that need them are skipped"

check: lint types  ## lint, format, types, import contracts

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup-dev
	$(BIN)/basedpyright

test: lint  ## run all checks and tests; types are checked beside the tests, since that takes a minute
	@$(MAKE) --no-print-directory --jobs 2 types tests

tests: setup-dev packages
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

pages: setup-dev packages  ## look at every page in every way, with full, empty and hostile contents; pictures in .pages
	$(BIN)/python -m pytest tests/pictures

pictures: setup-dev packages  ## make the pictures of the README again, from the demo
	$(BIN)/python -m pytest tests/pictures/readme.py

failover: setup-dev  ## test a failover of three nodes under Patroni; installs Debian's patroni and etcd-server, as root
	@{ command -v patroni && command -v etcd; } >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "· installing Patroni and etcd, for the test of a failover" \
		&& timeout 300 sh -c '$(APT) update && $(APT) install --yes --no-install-recommends --download-only patroni etcd-server' </dev/null >/dev/null \
		&& DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-install-recommends --no-download patroni etcd-server </dev/null >/dev/null; \
	} || true  # the test says what is missing
	$(BIN)/python -m pytest -rP tests/failover

.venv/ready-bench: .venv/ready-dev requirements-bench.txt
	@echo "· installing what Kring is compared with"
	@$(PIP) --require-hashes -r requirements-bench.txt
	@touch $@

wheel: setup  ## build dist/kring-….whl, for installing with pip or pipx
	@$(BIN)/python -m pip --quiet --disable-pip-version-check wheel --no-build-isolation --no-deps --wheel-dir dist .

wheel-check: setup  ## install the wheel in a new environment, and start it
	@$(BIN)/python -m tests.wheel

bench: .venv/ready-bench  ## measure, with peers in the same run; ROWS="P1 P3" selects rows, QUICK=1 for a trial
	$(BIN)/python -m bench $(ROWS) $(if $(QUICK),--quick)

requirements:  ## update the pinned versions (needs uv)
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(PIN) - -o requirements-build.txt
	$(PIN) pyproject.toml -o requirements.txt
	$(PIN) --extra dev pyproject.toml -o requirements-dev.txt
	$(PIN) --extra bench pyproject.toml -o requirements-bench.txt

clean:
	rm -rf .venv .kring
