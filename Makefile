# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# One build for `run` and `test`: the dev profile, the whole workspace, the same features of every dependency.
#
# Cargo unifies features over the packages that it is asked to build, and adds those of dev-dependencies only when a test or an
# example is among the targets. A plain `cargo build --workspace` therefore picks other features (of serde_json, for one) than
# `cargo test --workspace`, and everything above them, DataFusion included, would be compiled a second time. Naming an example
# beside the programs makes the two agree, without linking the test programs before they are wanted. `make bench` uses that
# example: it writes the sample organisation.
BUILD := cargo build --workspace --bins --example organisation

TARGET := $(or $(CARGO_TARGET_DIR),target)
# DuckDB, whose answers to the FOCUS use-case queries are compared with ours, and moto, an object store to import from.
TEST_VENV := target/test/venv
# The folder of the demo: in the checkout, ignored by git, removed by `make clean-demo`.
DEMO_HOME := .farthing
LISTEN ?= 127.0.0.1:7777
ROWS ?= 20000
SEED ?= 1

# The console's pages, built before the program that embeds them.
CONSOLE := crates/console/web
NPM := scripts/node.sh npm --prefix $(CONSOLE)
CONSOLE_SOURCES := $(shell find $(CONSOLE)/src $(CONSOLE)/public $(CONSOLE)/scripts -type f ! -name schema.d.ts) \
	$(CONSOLE)/index.html $(CONSOLE)/vite.config.ts $(CONSOLE)/svelte.config.js $(CONSOLE)/package.json \
	tests/src/snapshots/farthing__api__openapi.snap

# The OpenID provider that the tests sign in with.
PROVIDER := tests/oidc

# cargo-nextest where it is installed: it runs the tests of all packages side by side.
ifneq ($(shell command -v cargo-nextest 2>/dev/null),)
RUN_TESTS := cargo nextest run --workspace --no-fail-fast
else
RUN_TESTS := cargo test --workspace --no-fail-fast
endif

.PHONY: help
help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: console
console: $(CONSOLE)/dist/index.html ## Builds the web console, which the program embeds

$(CONSOLE)/node_modules/.package-lock.json: $(CONSOLE)/package-lock.json
	$(NPM) ci --no-audit --no-fund

$(CONSOLE)/dist/index.html: $(CONSOLE)/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	$(NPM) run build

.PHONY: run
run: ## Builds, runs the whole job on a sample organisation, prints the reports and serves the console and the API
	@scripts/bootstrap.sh run
	@$(MAKE) console
	$(BUILD)
	$(TARGET)/debug/farthing --home $(DEMO_HOME) demo --rows $(ROWS) --seed $(SEED) --serve --listen $(LISTEN)

.PHONY: test
test: ## Builds and runs all tests, with a private PostgreSQL that is started for them
	@scripts/bootstrap.sh test
	@$(MAKE) console
	$(BUILD)
	@$(MAKE) $(PROVIDER)/node_modules/.package-lock.json
	$(NPM) run browser -- $(abspath $(TARGET))/debug/farthing
	@test -x $(TEST_VENV)/bin/pip || python3 -m venv $(TEST_VENV)
	@$(TEST_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/use_cases/requirements.txt \
		--requirement tests/buckets/requirements.txt --requirement tests/outputs/requirements.txt \
		--requirement tests/queueing/requirements.txt --requirement tests/exports/requirements.txt \
		--requirement tests/solvers/requirements.txt \
		--requirement tests/event_logs/requirements.txt --requirement tests/intervals/requirements.txt \
		--requirement tests/otlp/requirements.txt --requirement tests/schemathesis/requirements.txt --requirement tests/alerts/requirements.txt \
		--requirement tests/client/requirements.txt
	FARTHING_TEST_PYTHON=$(abspath $(TEST_VENV))/bin/python scripts/postgres.sh run $(RUN_TESTS)

$(PROVIDER)/node_modules/.package-lock.json: $(PROVIDER)/package-lock.json
	scripts/node.sh npm --prefix $(PROVIDER) ci --no-audit --no-fund

.PHONY: check
check: ## Formatting, clippy with warnings denied, the rules on who may depend on whom, and the console's types, tests and budgets
	@scripts/bootstrap.sh run
	@$(MAKE) $(CONSOLE)/node_modules/.package-lock.json
	$(NPM) run check
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --package farthing-tests dependency_rules

.PHONY: bench
bench: bench-tools ## Measures import, chargeback and differences of revisions beside DuckDB, e.g. BENCH="--import-rows 100000"
	target/bench/venv/bin/python -B tests/bench/run.py --programs $(TARGET)/quick-release $(BENCH)

.PHONY: bench-growth
bench-growth: bench-tools ## Measures how cost grows with the charges, e.g. BENCH="--rows 100000 1000000"
	target/bench/venv/bin/python -B tests/bench/growth.py --programs $(TARGET)/quick-release $(BENCH)

.PHONY: bench-jobs
bench-jobs: ## Measures the scheduler with up to 10,000 schedules and workers beside 100,000 runs, on SQLite and PostgreSQL
	$(BUILD) --profile quick-release --example throughput
	@rm -rf target/bench/jobs && mkdir -p target/bench/jobs
	@echo "SQLite"; $(TARGET)/quick-release/examples/throughput sqlite://$(CURDIR)/target/bench/jobs/jobs.db
	@echo "PostgreSQL"; scripts/postgres.sh run sh -c '$(TARGET)/quick-release/examples/throughput "$$FARTHING_TEST_POSTGRES"'

.PHONY: bench-collect
bench-collect: ## Collects ten million points of CloudWatch from a fake of it, e.g. POINTS=1000000
	$(BUILD) --profile quick-release --example metric_points
	$(TARGET)/quick-release/examples/metric_points $(POINTS)

.PHONY: bench-otlp
bench-otlp: bench-tools ## Measures how many spans a second are received, beside rotel; e.g. BENCH="--requests 200"
	target/bench/venv/bin/python -B tests/bench/otlp.py --program $(TARGET)/quick-release/farthing $(BENCH)

.PHONY: bench-api
bench-api: bench-tools ## Measures the API under load with wrk, beside FastAPI and DuckDB, e.g. BENCH="--chargeback-rows 100000 --seconds 3"
	target/bench/venv/bin/python -B tests/bench/api.py --programs $(TARGET)/quick-release $(BENCH)

.PHONY: bench-console
bench-console: bench-tools ## Measures how soon pages are painted and keys answered over a month of a million charges, e.g. CHARGES=20000
	@scripts/bootstrap.sh test
	$(NPM) run measure -- $(abspath $(TARGET))/quick-release/farthing $(or $(CHARGES),2000000)

.PHONY: bench-plan
bench-plan: bench-tools ## Plans on a week of real traffic, replays the next beside other ways of scaling; needs FARTHING_SHARED
	cargo run --release --package farthing-simulator --example requests_per_second
	target/bench/venv/bin/python -B tests/bench/plan_replay.py --program $(TARGET)/quick-release/farthing --svg crates/optimizer/second-week.svg

.PHONY: bench-plan-many
bench-plan-many: bench-tools ## Plans a thousand workloads from their usage, verified and replayed; e.g. BENCH="--workloads 100"
	target/bench/venv/bin/python -B tests/bench/many_plans.py --program $(TARGET)/quick-release/farthing $(BENCH)

.PHONY: bench-fleet
bench-fleet: ## Plans fleets by decomposition beside the whole program in HiGHS, e.g. BENCH="--growth 100 --whole-limit 10"
	@scripts/bootstrap.sh run
	cargo build --release --package farthing-solver-models --example plan_fleet
	@test -x target/bench/venv/bin/pip || python3 -m venv target/bench/venv
	@target/bench/venv/bin/pip install --quiet --disable-pip-version-check --requirement tests/solvers/requirements.txt
	target/bench/venv/bin/python -B tests/bench/fleet.py --program $(TARGET)/release/examples/plan_fleet $(BENCH)

.PHONY: bench-comparison
bench-comparison: ## What a bank's loan application costs, its people beside models at list prices; needs FARTHING_SHARED
	@scripts/bootstrap.sh run
	@$(MAKE) console
	$(BUILD)
	python3 -B tests/bench/bank_comparison.py --program $(TARGET)/debug/farthing --svg crates/unit-economics/loan-application.svg

.PHONY: bench-tools
bench-tools:
	@scripts/bootstrap.sh bench
	@$(MAKE) console
	$(BUILD) --profile quick-release
	@test -x target/bench/venv/bin/pip || python3 -m venv target/bench/venv
	@target/bench/venv/bin/pip install --quiet --disable-pip-version-check --requirement tests/bench/requirements.txt

.PHONY: fmt
fmt: ## Formats the code
	cargo fmt --all

.PHONY: clean-demo
clean-demo: ## Removes the demo's database and facts; the build stays
	rm -rf $(DEMO_HOME)
