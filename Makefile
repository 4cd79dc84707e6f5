# Everything sets itself up: `make run` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= .kring
PORT ?= 8016
APT := apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore
PIN := uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

# Every part of Kring is a process of its own: what is compiled is kept for the next, whatever this machine is set to.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test setup setup-dev browser tools check failover wheel wheel-check bench requirements clean

run: setup  ## start everything, with the seed's case as demo data
	@$(BIN)/kring up --port $(PORT) --data $(DATA) --demo

setup: .venv/ready
setup-dev: .venv/ready-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kring needs Python 3.11 or newer; say PYTHON=/path/to/python3.11"; exit 1; }
	@echo "· making .venv"
	@$(PYTHON) -m venv .venv || { echo "python3 has no venv module: install it (Debian: python3-venv)"; rm -rf .venv; exit 1; }

.venv/ready: requirements.txt requirements-build.txt pyproject.toml | .venv/bin/python
	@echo "· installing what Kring needs, every file checked against its hash; the first time takes a minute"
	@$(PIP) --require-hashes -r requirements.txt -r requirements-build.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	@echo "· installing what its checks and tests need"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

browser:  ## Chromium, in which the tests look at the pages: Debian's package, where root may install it
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "· installing Chromium, for the tests of the pages" \
		&& timeout 300 sh -c '$(APT) update && $(APT) install --yes --download-only chromium' </dev/null >/dev/null \
		&& DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-download chromium </dev/null >/dev/null; \
	} || echo "no Chromium here, and no way to it: how the pages look will not be tested"

tools:  ## curl and jq, with which the tests run the commands of the documentation: Debian's packages, where root may install them
	@{ command -v curl && command -v jq; } >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "· installing curl and jq, for the commands of the documentation" \
		&& timeout 300 sh -c '$(APT) update && $(APT) install --yes --download-only curl jq' </dev/null >/dev/null \
		&& DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-download curl jq </dev/null >/dev/null; \
	} || echo "no curl or no jq here, and no way to them: the commands of the documentation will not be run"

check: setup-dev  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

test: check browser tools  ## everything that the project checks
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

failover: setup-dev  ## three nodes under Patroni and a failover: needs Debian's patroni and etcd-server, which root has installed here
	@{ command -v patroni && command -v etcd; } >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "· installing Patroni and etcd, for the test of a failover" \
		&& timeout 300 sh -c '$(APT) update && $(APT) install --yes --no-install-recommends --download-only patroni etcd-server' </dev/null >/dev/null \
		&& DEBIAN_FRONTEND=noninteractive $(APT) install --yes --no-install-recommends --no-download patroni etcd-server </dev/null >/dev/null; \
	} || true  # the test says what is missing
	$(BIN)/python -m pytest -rP tests/failover

.venv/ready-bench: .venv/ready-dev requirements-bench.txt
	@echo "· installing what Kring is measured against"
	@$(PIP) --require-hashes -r requirements-bench.txt
	@touch $@

wheel: setup  ## dist/kring-….whl, which pip or pipx installs without this checkout
	@$(BIN)/python -m pip --quiet --disable-pip-version-check wheel --no-build-isolation --no-deps --wheel-dir dist .

wheel-check: setup  ## install the wheel as a stranger would, in an environment of its own, and start it
	@$(BIN)/python -m tests.wheel

bench: .venv/ready-bench  ## measured against peers in the same run; ROWS="P1 P3" for some, QUICK=1 for trying out
	$(BIN)/python -m bench $(ROWS) $(if $(QUICK),--quick)

requirements:  ## pin anew (needs uv)
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(PIN) - -o requirements-build.txt
	$(PIN) pyproject.toml -o requirements.txt
	$(PIN) --extra dev pyproject.toml -o requirements-dev.txt
	$(PIN) --extra bench pyproject.toml -o requirements-bench.txt

clean:
	rm -rf .venv .kring
