# Crossfade. `make` lists what there is.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
PACKAGES := libyaml-dev libsqlite3-dev libpq-dev libcurl4-openssl-dev libmicrohttpd-dev \
	libsimdjson-dev libxxhash-dev libssl-dev pkg-config curl spin gcc libc6-dev
RELEASE := -c release -j $(JOBS)
TESTABLE := -c release -j $(JOBS) -Xswiftc -enable-testing --scratch-path .build-test

.PHONY: help dependencies swift-there build demo demo-postgres demo-scrambled walk servers test \
	client-qdrant client-chroma models fuzz format lint bench bench-gateway bench-store bench-movers simulator simulate simulate-mutants \
	simulate-trace torture load sanitize

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

swift-there:
	@command -v swift >/dev/null || { echo "there is no Swift toolchain on PATH; install Swift 6.2 or newer from swift.org" >&2; exit 1; }

dependencies: swift-there ## install the Debian packages that the build needs
	@missing=""; for package in $(PACKAGES); do \
		dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null || { echo "missing:$$missing; there is no apt-get here: install them by hand" >&2; exit 1; }; \
	if [ "$$(id -u)" = 0 ]; then sudo=""; else \
		command -v sudo >/dev/null || { echo "missing:$$missing; install them as root, there is no sudo" >&2; exit 1; }; \
		sudo="sudo"; echo "installing with sudo:$$missing"; fi; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing >/dev/null \
		|| { echo "could not install:$$missing; see apt-get's words above" >&2; exit 1; }

build: dependencies ## build plan and plan-demo for release, into .build/release
	@swift build $(RELEASE) --product plan --static-swift-stdlib
	@swift build $(RELEASE) --product plan-demo --static-swift-stdlib

demo: build ## watch a live search move from one store to another, in about a minute
	@plans/run-demo plans/demo.yaml done

demo-postgres: build ## the same, to PostgreSQL with pgvector
	@plans/run-demo plans/demo-postgres.yaml done

demo-scrambled: build ## a guard fails on purpose, and the run rolls itself back
	@plans/run-demo plans/demo-scrambled.yaml rolled_back

walk: build ## type the page "Put the gateway in front of your application" word for word
	@Tests/walk .build/release

servers: ## install the stores that tests start
	@python3 -m pip --version >/dev/null 2>&1 || $(MAKE) -s dependencies PACKAGES="$(PACKAGES) python3 python3-pip"
	@Tests/Servers/servers install

test: dependencies lint servers models ## build and run every test
	@swift build $(TESTABLE) --build-tests
	@Tests/run $(TESTABLE)

client-qdrant: dependencies servers ## let the real qdrant-client go through whole migrations, and count the differences
	@$(CLIENT) --filter BlackBoxTests.BlackBox/QdrantDialectTests | $(DIFFERENCES)

client-chroma: dependencies servers ## the same with the real chromadb client
	@$(CLIENT) --filter BlackBoxTests.BlackBox/ChromaDialectTests | $(DIFFERENCES)

CLIENT = swift build $(TESTABLE) --build-tests >&2; swift test $(TESTABLE) --skip-build
# What each phase of each pair of stores says, and the sum.
DIFFERENCES = awk '/, differences [0-9]+$$/ { print; phases++; differences += $$NF; \
	for (i = 1; i < NF; i++) if ($$i == "calls") calls += $$(i + 1) } /^✘/ { print; failed = 1 } \
	END { print phases " phases, " calls + 0 " calls compared, " differences + 0 " differences"; \
	exit failed || !phases || differences > 0 }'

models: dependencies ## let Spin search the models of the write protocol, and their mutants
	@Tests/Models/check

SEEDS ?= 2000
simulator: dependencies
	@swift build $(RELEASE) --product plan-simulate >&2

simulate: simulator ## run SEEDS=2000 simulated migrations under faults, and say what they met
	@.build/release/plan-simulate $(SEEDS)

simulate-mutants: simulator ## show that the simulation catches wrong designs of the protocol
	@.build/release/plan-simulate mutants

simulate-trace: simulator ## show all that happens in one simulated migration, SEED=n
	@SWIFT_DETERMINISTIC_HASHING=1 .build/release/plan-simulate trace $(SEED)

torture: dependencies servers ## kill and break real migrations, and check what is left (about 10 minutes)
	@swift build $(RELEASE) --product plan >&2
	@swift build $(RELEASE) --product plan-demo >&2
	@swift build $(RELEASE) --product plan-torture >&2
	@.build/release/plan-torture $(TORTURE)

MINUTES ?= 60
PAIR ?= postgres
load: dependencies servers ## let a migration go round under load for MINUTES=60 (PAIR=qdrant: between two of those): memory and descriptors stay flat
	@swift build $(RELEASE) --product plan >&2
	@swift build $(RELEASE) --product plan-demo >&2
	@swift build $(RELEASE) --product plan-torture >&2
	@.build/release/plan-torture load $(MINUTES) $(PAIR)

# Whole programs are left out: they would be too slow for their own limits. Leaks are not looked for.
SANITIZER ?= thread
SANITIZED := -c release -j $(JOBS) -Xswiftc -enable-testing --sanitize=$(SANITIZER) \
	--scratch-path .build-$(SANITIZER)
sanitize: dependencies servers ## run the tests under SANITIZER=thread, or address
	@swift build $(SANITIZED) --build-tests
	@Tests/Sanitizers/run $(SANITIZER) $(SANITIZED)

FUZZ_SECONDS ?= 600
FUZZ := swift build -c release -j $(JOBS) --scratch-path .build-fuzz --product plan-fuzz \
	-Xswiftc -sanitize=fuzzer,address -Xswiftc -DFUZZING -Xswiftc -use-ld=lld
# Leaks are not looked for: lazy globals of Swift look like leaks. Memory is bounded instead.
fuzz: dependencies ## let libFuzzer search what reads foreign bytes, FUZZ_SECONDS=600 for each
	@$(FUZZ) >&2
	@for target in plan dialect run json; do mkdir -p .fuzz/$$target; cd .fuzz/$$target; \
		echo "fuzzing $$target for $(FUZZ_SECONDS) s"; known=../../Tests/Fuzz/$$target; \
		[ $$target = plan ] && known="$$known ../../plans ../../Tests/PlanSyntaxTests/Fixtures/valid"; \
		ASAN_OPTIONS=detect_leaks=0 FUZZ_TARGET=$$target ../../.build-fuzz/release/plan-fuzz . $$known -max_total_time=$(FUZZ_SECONDS) \
			-max_len=20000 -timeout=10 -rss_limit_mb=2048 -detect_leaks=0 -print_final_stats=1 2>&1 \
			| grep -E "^(stat|==|SUMMARY|Test unit|artifact)|ERROR" || true; \
		cd ../..; ! ls .fuzz/$$target | grep -E '^(crash|timeout|oom|leak)-'; done

bench-movers: dependencies ## measure a backfill beside the movers people use today: vdf-io, qdrant_client.migrate
	@swift build $(RELEASE) --product plan-bench >&2
	@Tests/Servers/Clients/movers .build/release/plan-bench $(ROWS) $(ROUNDS)

format: swift-there ## rewrite every Swift file in the project's style
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

lint: swift-there ## say where a Swift file is not in the project's style
	@swift format lint --strict --recursive --parallel Package.swift Sources Tests

# SIZE=--quick for a look of two minutes; ONLY="--only verify" for one group of the table.
bench: dependencies servers ## measure beside baselines on a PostgreSQL of our own; table, then JSON
	@swift build $(RELEASE) --product plan-bench >&2
	@folder=$$(mktemp -d -p .build); data=$$(mktemp -d); port=$$((20000 + RANDOM % 10000)); \
	pid=$$(FSYNC=on Tests/Servers/servers start $$data $$port); \
	trap 'Tests/Servers/servers stop '$$pid' >/dev/null 2>&1 || true; rm -rf '$$data' '$$folder EXIT; \
	.build/release/plan-bench all postgresql://postgres@127.0.0.1:$$port/postgres $$folder \
		--psql $$(Tests/Servers/servers program psql) $(SIZE) $(ONLY)

bench-gateway: servers ## measure what the gateway adds to a request, beside going direct and beside nginx
	@$(MAKE) -s dependencies PACKAGES="$(PACKAGES) nginx-light"
	@Tests/Servers/servers install qdrant
	@swift build $(RELEASE) --product plan >&2
	@swift build $(RELEASE) --product plan-bench >&2
	@folder=$$(mktemp -d -p $$PWD/.build); trap 'rm -rf '$$folder EXIT; \
	.build/release/plan-bench gateway $$folder $(SIZE)

# ROWS=5000 and ROUNDS=1 for a look; a Qdrant that is its engine behind a shim is slow.
STORE ?= pgvector
ROWS ?= 20000
ROUNDS ?= 3
bench-store: dependencies ## measure STORE=qdrant beside its own best client; table, then JSON
	@swift build $(RELEASE) --product plan-bench >&2
	@Tests/Servers/Clients/bench $(STORE) .build/release/plan-bench $(ROWS) $(ROUNDS)
