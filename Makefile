# Every habit has one name: `make help` lists them.
#
# One profile (release) and one target directory serve the command line, the
# tests and both packages, so that nothing is built twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# Tools that live in .venv.
MATURIN := maturin==1.16.0
PYTHON_TEST_TOOLS := aiohttp==3.14.5 dnspython==2.9.2 grpcio==1.85.3 pytest==9.2.0 pytest-asyncio==1.5.0 mypy==2.4.1 fastapi==0.165.0 httpx==0.28.1 kubernetes==37.0.2 \
	numpy==2.2.6 pyarrow==23.0.1 duckdb==2.0.0 pandas==2.3.3 polars==2.1.0 matplotlib==3.10.9 \
	opentimelineio==0.18.1 otio-cmx3600-adapter==1.0.0 protobuf==7.36.2

VENV := .venv
BIN := $(VENV)/bin
OPUSCLIP := target/release/opusclip
MEDIA := target/test-media

# What `make demo` makes clips of, and where they go.
VIDEO ?=
TRANSCRIPT ?=
OUT ?= demo/clips
COUNT ?= 3
export VIDEO TRANSCRIPT OUT COUNT MEDIA

# cargo finds the same Python whoever starts it, so that pyo3 is not built again and again.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

say = @echo "==> $(1)"

.PHONY: help
help: ## list the habits
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## Building ------------------------------------------------------------------

.PHONY: setup build cli python node
setup:
	@scripts/setup.sh

build: setup cli python node ## build the command line, the Python package in .venv and the Node package

cli:
	cargo build --release -p opusclip-core --features cli

$(BIN)/python:
	$(call say,virtual environment in $(VENV))
	@python3 -m venv $(VENV)

$(VENV)/.maturin: $(BIN)/python Makefile
	@$(BIN)/python -m pip install -q --disable-pip-version-check '$(MATURIN)'
	@touch $@

$(VENV)/.test-tools: $(BIN)/python Makefile
	@$(BIN)/python -m pip install -q --disable-pip-version-check $(PYTHON_TEST_TOOLS)
	@touch $@

python: $(VENV)/.maturin
	$(call say,Python package into $(VENV))
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/maturin develop --release

node_modules/.package-lock.json: package.json $(wildcard package-lock.json)
	$(call say,Node packages)
	@npm install --no-audit --no-fund
	@touch $@

node: node_modules/.package-lock.json $(BIN)/python
	$(call say,Node package)
	@npm run --silent build

## Trying out ----------------------------------------------------------------

.PHONY: demo gallery
demo: ## make clips: of a generated talk, or of VIDEO=file [TRANSCRIPT=file] into OUT=folder
	@if [ -z "$$VIDEO" ] && [ -n "$$TRANSCRIPT" ]; then echo "demo: TRANSCRIPT= needs VIDEO=" >&2; exit 2; fi
	@for file in "$$VIDEO" "$$TRANSCRIPT"; do \
		if [ -n "$$file" ] && [ ! -f "$$file" ]; then echo "demo: there is no file '$$file'" >&2; exit 2; fi; done
	@scripts/setup.sh --demo
	@$(MAKE) --no-print-directory cli
	@if [ -z "$$VIDEO" ]; then $(MAKE) --no-print-directory demo/sample.mp4; fi
	@args=("$${VIDEO:-demo/sample.mp4}" --out "$$OUT" --count "$$COUNT" --overwrite); \
	if [ -z "$$VIDEO" ]; then TRANSCRIPT=demo/sample.srt; fi; \
	if [ -n "$$TRANSCRIPT" ]; then args+=(--transcript "$$TRANSCRIPT"); fi; \
	printf '==> opusclip extract'; printf ' %q' "$${args[@]}"; echo; \
	$(OPUSCLIP) extract "$${args[@]}"

# Every look of the captions on some seconds of the generated talk: target/gallery/index.html.
gallery: media cli ## render every look, one picture each, in target/gallery
	$(call say,looks in target/gallery)
	@python3 scripts/gallery.py $(OPUSCLIP) $(MEDIA) target/gallery

demo/sample.mp4: scripts/sample.py $(wildcard scripts/talk/*.py scripts/talk/*/*.py)
	$(call say,generating a spoken sample)
	@python3 scripts/sample.py $@ $(@:.mp4=.srt)

## Testing -------------------------------------------------------------------

# Tests neither read nor fill the user's own cache of analyses.
test test-rust test-python test-node test-cli: export OPUSCLIP_CACHE_DIR := $(CURDIR)/target/test-cache

.PHONY: test test-setup lint media types types-write types-python types-node test-rust test-interleaved test-features test-python test-node test-cli
test: test-setup lint media test-rust test-features test-python test-node test-cli ## everything that must pass, from a clean clone
	$(call say,all tests passed)

test-setup:
	@scripts/setup.sh --test

lint: $(BIN)/python ## check the format and let clippy read everything
	$(call say,format)
	@cargo fmt --all --check
	@cargo fmt --manifest-path benches/balance/Cargo.toml --check
	$(call say,clippy)
	@cargo clippy --release --workspace --all-targets --all-features -- -D warnings

media: ## generate the media that the tests read, in target/test-media
	$(call say,test media in $(MEDIA))
	@python3 tests/media/make.py $(MEDIA)

test-rust: media $(BIN)/python ## Rust: nextest and the documentation's examples
	$(call say,Rust tests)
	@cargo nextest run --release --workspace --all-features
	$(call say,Rust documentation examples)
	@cargo test --release --doc -p opusclip-core --all-features

# Other parts than those of every other build, in a folder of their own.
test-interleaved: ## Rust: the order in which threads share a load balancer, drawn again and again
	$(call say,orders of threads)
	@RUSTFLAGS='--cfg shuttle' cargo nextest run --release --target-dir target/interleaved -p opusclip-core \
		--no-default-features --features balance --lib -E 'test(balance::tests::interleaved)'

test-features:
	$(call say,each feature alone)
	@cargo clippy --release -p opusclip-core --no-default-features -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features analytics -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features balance -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features tower -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features tokio -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features dns -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features reqwest -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features clip -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features scaling -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features balance,scaling -- -D warnings
	@cargo clippy --release -p opusclip-core --no-default-features --features kubernetes -- -D warnings

test-python: media python $(VENV)/.test-tools types-python ## Python: pytest, and mypy on the stubs
	$(call say,Python tests)
	@$(BIN)/python -m pytest tests/python

test-node: media node types-node ## Node: its test runner, and tsc on the declarations
	$(call say,Node tests)
	@npm test

test-cli: media cli python node $(VENV)/.test-tools ## the command line from outside
	$(call say,command line tests)
	@OPUSCLIP="$(CURDIR)/$(OPUSCLIP)" $(BIN)/python -m pytest tests/e2e

types: python $(VENV)/.test-tools types-python node types-node ## check the Python stubs and the TypeScript declarations

types-write: python node ## write the data types of Python and of Node from the core's schema
	@$(BIN)/python bindings-python/scripts/write_types.py
	@npm run --silent types

types-python:
	@$(BIN)/python bindings-python/scripts/write_types.py --check
	$(call say,Python types)
	@$(BIN)/python -m mypy --strict -p opusclip
	@$(BIN)/python -m mypy.stubtest opusclip._opusclip

types-node:
	$(call say,TypeScript declarations)
	@npx --no-install tsc --strict --noEmit -p tests/node/tsconfig.json

## Measuring and publishing --------------------------------------------------

.PHONY: bench cases claims claims-balance claims-joint claims-scaling quality-framing quality-shots quality-speech quality-boundaries quality-query quality-topics quality-anomalies quality-forecast quality-scaling quality-balance quality-av1 fuzz docs wheel npm-pack clean
bench: setup media cli python node ## run the benchmarks, ours and side by side with peers; BENCH="render ..." runs some
	@python3 benches/run.py $(BENCH)

claims: claims-balance claims-scaling claims-joint ## every claim side by side with what teams run

claims-balance: node python $(VENV)/.test-tools ## what the load balancer does with eight real servers, beside round robin; ARGS=...
	@node benches/claims/balance.mjs --clients undici,httpx,httpx-sync --python $(BIN)/python $${ARGS:-}

# TRACES="file.csv,column=name,step=seconds ..." ARGS="seeds=5 days=21" and the like.
WORKLOAD := ../shared/samples/series/workload
claims-scaling: setup ## what scaling saves against what teams run, on recorded traffic; TRACES="csv ..." ARGS=...
	@cargo run --release --quiet -p opusclip-core --no-default-features --features scaling --example against -- \
		$${TRACES:-$(WORKLOAD)/nasa_http_1995_per_minute.csv $(WORKLOAD)/app_server_cluster_hourly.csv,column=requests,step=3600 \
		$(WORKLOAD)/alibaba2018_machine_usage_300s.csv,column=cpu_util_percent,step=300 \
		$(WORKLOAD)/azure_v2_vm_week1_300s.csv,column=cpu_usage,step=300 \
		$(WORKLOAD)/webtraffic_hourly_sessions.csv,column=Sessions,step=3600} $${ARGS:-}

claims-joint: setup ## our scaler or the HPA, our balancer or round robin, over recorded traffic; ARGS="seeds=3" and the like
	@benches/claims/joint.sh $${ARGS:-}

# FILE=JSON file of cases with known results, in the format of `opusclip_core::balance::cases` or
# `opusclip_core::scaling::cases`.
cases: setup ## put cases of load balancing or scaling with known results through the engine; FILE=json
	@cargo run --release --quiet -p opusclip-core --no-default-features --features balance,scaling --example cases -- \
		"$${FILE:-../shared/cases/lb_cases.json}"

# ARGS="--part known --runs 5" and the like.
quality-balance: setup python ## what the load balancer is worth, by a simulator that shares no code with it; ARGS=...
	@$(BIN)/python benches/quality/balance.py $${ARGS:-}

# TRACE=CSV file with counts by time; ARGS="step=3600 column=requests counts=1000 start_up=180 seeds=5" and the like.
quality-scaling: setup ## what scaling policies cost on recorded traffic at equal violations; TRACE=csv ARGS=...
	@cargo run --release --quiet -p opusclip-core --no-default-features --features scaling --example scaling -- \
		"$${TRACE:-../shared/samples/series/workload/nasa_http_1995_per_minute.csv}" $${ARGS:-}

# DATA=folder of videos, SEED=n; without them, what the script takes by default.
quality-shots: setup cli ## how well shots are found, beside peers; DATA=folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	python3 benches/quality/shots.py "$${args[@]}"

# DATA=folder of speech samples, SEED=n.
quality-framing: setup python cli $(VENV)/.test-tools ## how well the camera keeps people in the frame; DATA=folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	$(BIN)/python benches/quality/framing.py "$${args[@]}"

quality-speech: setup cli ## how well speech is told from noise and music, beside peers; DATA=folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	python3 benches/quality/speech.py "$${args[@]}"

# DATA=folder of documents with known topics, SEED=n.
quality-topics: setup cli ## how well topics are found, beside peers; DATA=folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	python3 benches/quality/topics.py "$${args[@]}"

# DATA=folder of families of CSV files, LABELS=file of their windows, as in NAB.
quality-anomalies: setup python ## how well anomalies are found, by NAB's rule; DATA=folder LABELS=file
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${LABELS:-}" ]; then args+=(--labels "$$LABELS"); fi; \
	$(BIN)/python benches/quality/anomalies.py "$${args[@]}"
# TRAIN=table TEST=table as of the M4 competition, SEASON=steps, SERIES=n; PEERS=0 leaves others out.
quality-forecast: setup python ## how well series are forecast, beside peers; TRAIN=csv TEST=csv SEASON=n SERIES=n PEERS=0
	if [ -n "$${TRAIN:-}" ]; then args+=(--train "$$TRAIN"); fi; \
	if [ -n "$${TEST:-}" ]; then args+=(--test "$$TEST"); fi; \
	if [ -n "$${SEASON:-}" ]; then args+=(--season "$$SEASON"); fi; \
	if [ -n "$${SERIES:-}" ]; then args+=(--series "$$SERIES"); fi; \
	if [ "$${PEERS:-}" = 0 ]; then args+=(--no-peers); fi; \
	$(BIN)/python benches/quality/forecast.py "$${args[@]}"

# SEED=n, TALKS=n.
quality-boundaries: setup cli ## whether clips begin and end with sentences, on spoken talks; SEED=n TALKS=n
	@args=(); \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	if [ -n "$${TALKS:-}" ]; then args+=(--talks "$$TALKS"); fi; \
	python3 benches/quality/boundaries.py "$${args[@]}"

# DATA=folder of documents, SEED=n.
quality-query: setup python ## how well a question finds its stretch, beside equal parts and fixed windows; DATA=folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	$(BIN)/python benches/quality/query.py "$${args[@]}"

# DATA=video or folder of videos, SEED=n.
quality-av1: setup cli ## frames a second and bytes of AV1 encoders at equal quality; DATA=file or folder SEED=n
	@args=(); \
	if [ -n "$${DATA:-}" ]; then args+=(--data "$$DATA"); fi; \
	if [ -n "$${SEED:-}" ]; then args+=(--seed "$$SEED"); fi; \
	python3 benches/quality/av1.py "$${args[@]}"

RUNS ?= 10000

fuzz: test-setup $(BIN)/python ## analyse RUNS=n damaged copies of generated files and of the samples
	@OPUSCLIP_FUZZ_RUNS=$(RUNS) cargo nextest run --release -p opusclip-core --all-features --no-capture \
		-E 'test(/^fuzz::/)'

docs: setup $(BIN)/python ## build the Rust documentation in target/doc
	@RUSTDOCFLAGS='-D warnings' cargo doc --release --no-deps -p opusclip-core --all-features

# The wheel uses the FFmpeg of the system, so it is tagged for Linux at large, not "manylinux".
wheel: setup $(VENV)/.maturin ## build a wheel in dist and try it in an empty environment
	@rm -f dist/*.whl
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/maturin build --release --compatibility linux --out dist
	$(call say,trying the wheel in an empty environment)
	@scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	python3 -m venv "$$scratch/venv"; \
	"$$scratch/venv/bin/python" -m pip install -q --disable-pip-version-check dist/*.whl; \
	cd "$$scratch"; \
	venv/bin/python -c 'import opusclip; print("import opusclip", opusclip.__version__)'; \
	venv/bin/opusclip --version
	@ls -l dist/*.whl

npm-pack: setup node ## build an npm package in dist and try it in an empty folder
	@mkdir -p dist; rm -f dist/*.tgz
	@npm pack --silent --pack-destination dist
	$(call say,trying the package in an empty folder)
	@package=$$(node -p 'require("./package.json").name'); tarball=$$(ls "$$PWD"/dist/*.tgz); \
	scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; cd "$$scratch"; \
	npm init -y >/dev/null; \
	npm install --no-audit --no-fund --silent "$$tarball"; \
	node -e "console.log('require', typeof require('$$package').extractClips)"; \
	node --input-type=module -e "import { extractClips } from '$$package'; console.log('import', typeof extractClips)"; \
	npx --no-install opusclip --version
	@ls -l dist/*.tgz

clean: ## remove everything that was built or generated
	rm -rf target $(VENV) node_modules dist demo *.node
	rm -rf $$(find . -name node_modules -prune -o -name __pycache__ -print)
