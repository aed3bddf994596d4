# `make help` lists what there is to do. Everything happens in .venv, which the first target that needs it makes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
INSTALLED := $(VENV)/.installed
READY  := $(VENV)/.ready
NATIVE := $(wildcard transforms/functional/native/*.[ch])

INPUT   ?=
OUTPUT  ?= out/audit
CATALOG ?= out/audits
DEMO    := out/demo
ARGS    ?=

.DEFAULT_GOAL := help
MASTER  ?= localhost:8081
MARK    ?= not slow
JOBS    ?= 2
TOOLS   := .tools/.ready
PEERS   := .peers/.ready
PEERBIN := .peers/bin
OLDEST  := .oldest/.ready
BILL    := .bill/.ready
MERMAID := .mermaid/.ready
PINS    := configs/constraints.txt
PYTHONS ?= 3.10 3.12 3.13
RUNTIME ?= $(VENV)
OLDTORCH := torch==2.6.0 torchvision==0.21.0
CORPUS  ?=
TRUTH   ?=
SIZES   ?= 100000 1000000
UNEVEN  ?= 1000000
SOAK    ?= 100000
BENCH   ?= out/bench
FUZZ_SECONDS ?= 600
FUZZ_SEED    ?= 0
# that folders named as the package would be imported first is told of every editable installation; ours are links
PIP     := PYTHONWARNINGS='ignore:Editable installation' $(BIN)/pip install --quiet
PURELIB := import sysconfig; print(sysconfig.get_path('purelib'))
# a folder of packages with what its .pth files say, of which the one of an editable installation finds ours
OURS    := import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))
FLINK   := .flink/flink-1.jar
CLUSTER := configs/deploy/flink/cluster.sh

.PHONY: help setup prepare links kernels run-local nightly test fuzz test-browser test-engines test-torch test-pythons constraints docs generated pictures sbom audit-dependencies lint types bench soak package clean
.PHONY: flink-up flink-down run-flink

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## make .venv with all that is needed

$(INSTALLED): setup.py $(PINS)
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) --constraint $(PINS) --editable '.[dev]'
	@$(MAKE) --no-print-directory links
	@touch $@

# what is installed runs the checkout's files, but for the kernels: these are compiled anew where a source is newer
$(READY): $(INSTALLED) $(NATIVE)
	@test -z "$$(find $(NATIVE) -newer $(INSTALLED))" || $(PIP) --no-deps --editable .
	@touch $@

prepare: $(READY) $(TOOLS) $(FLINK) $(MERMAID) $(BILL)  ## all that the targets for changes need, beside each other with `make -j 4 prepare`

links:  ## the package as it is installed, in links: for mypy, and for PYTHONPATH=.links in a second checkout
	@mkdir -p .links/lookalike
	@ln -sfn $(addprefix $(CURDIR)/,pipelines transforms configs $(filter-out %__pycache__,$(wildcard pipelines/api/*))) .links/lookalike/

kernels:  ## the compiled kernels, in place; `setup` makes them too, this is for when they or the checkout changed
	$(PYTHON) setup.py --quiet build_ext --inplace

run-local: $(READY)  ## audit INPUT="folder ..." (default: a demo corpus) into OUTPUT=out/audit
ifeq ($(strip $(INPUT)),)
	$(BIN)/lookalike demo $(DEMO)
	$(BIN)/lookalike audit $(DEMO)/images --output $(OUTPUT) --overwrite $(ARGS)
else
	$(BIN)/lookalike audit $(INPUT) --output $(OUTPUT) $(ARGS)
endif

nightly: $(READY)  ## audit what changed in INPUT since the last audit in CATALOG
	$(BIN)/lookalike audit $(INPUT) --catalog $(CATALOG) $(ARGS)

test: $(READY) lint types  ## lint, types and tests; engines and the browser have targets of their own
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

lint: $(READY)  ## ruff: errors and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) links  ## mypy
	$(BIN)/mypy

fuzz: $(READY)  ## damaged files of every format through the reader, for FUZZ_SECONDS=600; finds go to out/fuzz
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) --finds out/fuzz

test-browser: $(READY) $(MERMAID)  ## the report page and the documentation's site in headless Chromium (needs chromium and chromedriver)
	$(BIN)/pytest tests/browser

test-engines: $(READY) $(TOOLS) $(FLINK)  ## the same bytes on Prism, Flink and what stands in for Dataflow (needs go, npm, java, mvn)
	$(BIN)/pytest tests/engines -m "$(MARK)"

test-torch: $(OLDEST)  ## embeddings with the oldest PyTorch that setup.py promises (5 GB, in an environment of its own)
	.oldest/bin/python -m pytest -p no:cacheprovider tests/functional/embedding/test_integers.py tests/functional/embedding/test_backbones.py \
	  tests/functional/embedding/test_descriptors.py tests/functional/lsh/codes/test_minhash.py tests/transforms/fingerprinting/test_embed.py

test-pythons: package $(BILL)  ## the source distribution, from nothing, with each of PYTHONS="3.10 3.12 3.13"
	printf '%s\n' $(PYTHONS) | xargs -P $(JOBS) -I VERSION .ci/try-python .bill/bin/uv VERSION

constraints: $(BILL)  ## pin what setup.py requires, for all its Pythons; what is pinned stays, but for ARGS=--upgrade
	.bill/bin/uv pip compile setup.py --all-extras --universal --python-version 3.10 --quiet --no-annotate \
	  --custom-compile-command "make constraints" $(ARGS) --output-file $(PINS)

# what is older comes first on its path, and all else from ours
$(OLDEST): $(READY) setup.py
	$(PYTHON) -m venv .oldest
	.oldest/bin/pip install --quiet --no-cache-dir $(OLDTORCH)
	$(BIN)/python -c '$(OURS)' > "$$(.oldest/bin/python -c "$(PURELIB)")/ours.pth"
	touch $@

$(TOOLS): Makefile
	GOBIN=$(CURDIR)/.tools/bin go install github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0
	GOBIN=$(CURDIR)/.tools/bin go install github.com/fsouza/fake-gcs-server@v1.56.1
	npm install --silent --no-save --prefix .tools azurite@3.35.0
	touch $@

$(FLINK): configs/deploy/flink/pom.xml
	mvn --quiet --batch-mode --file $< package

flink-up: $(READY) $(FLINK)  ## a Flink cluster of this machine: one JobManager, two TaskManagers
	$(CLUSTER) up 2

flink-down:  ## end it
	$(CLUSTER) down

run-flink: $(READY) $(FLINK)  ## audit INPUT (default: the demo corpus) into OUTPUT on the Flink cluster MASTER
ifeq ($(strip $(INPUT)),)
	$(BIN)/lookalike demo $(DEMO)
endif
	PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/lookalike audit $(or $(INPUT),$(DEMO)/images) --output $(OUTPUT) --overwrite \
	  $(ARGS) --runner flink -- --flink_job_server_jar=$(FLINK) --flink_master=$(MASTER)

bench: $(READY) $(PEERS)  ## accuracy and cost beside other tools and libraries, stage by stage, and as the corpus grows
	$(PEERBIN)/python -m tests.benchmarks.bench $(if $(CORPUS),--corpus $(CORPUS) --truth $(TRUTH)) --sizes $(SIZES) \
	  --uneven $(UNEVEN) --output $(BENCH)

soak: $(READY)  ## a long audit of SOAK=100000 small pictures: does any process grow? Draws docs/pictures/soak.svg
	$(BIN)/python -m tests.benchmarks.soak --curve docs/pictures/soak.svg $(SOAK)

# other tools, in an environment of their own that sees ours: what both need is there once
$(PEERS): $(READY)
	$(PYTHON) -m venv .peers
	$(BIN)/python -c '$(OURS)' > "$$($(PEERBIN)/python -c "$(PURELIB)")/ours.pth"
	$(PEERBIN)/pip install --quiet imagededup imagehash pdqhash rensa faiss-cpu matplotlib
	touch $@

docs: $(READY) $(MERMAID)  ## the documentation as a site in out/site; whatever is wrong with a link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file configs/site/mkdocs.yml

generated: $(READY) links  ## write again what is made from the code: reference pages, default.yaml, template of Dataflow, picture
	$(BIN)/python -m tests.generated

pictures: run-local  ## pictures of the documentation, from an audit of the demo corpus (needs chromium and chromedriver)
	$(BIN)/python -m tests.pictures $(OUTPUT)

# draws the diagrams; part of the site, so that no page asks another host for it
$(MERMAID): Makefile
	npm install --silent --no-save --prefix .mermaid @mermaid-js/tiny@11.17.2
	touch $@

package: $(READY)  ## source distribution and wheel in dist/
	rm -rf build dist
	$(BIN)/python -m build --quiet

sbom: $(BILL)  ## dist/sbom.json, a CycloneDX bill of materials of the environment RUNTIME (default: .venv), checked against it
	mkdir -p dist
	.bill/bin/cyclonedx-py environment --output-reproducible --output-file dist/sbom.json $(RUNTIME)/bin/python
	$(RUNTIME)/bin/python .ci/check_sbom.py dist/sbom.json

audit-dependencies: $(BILL)  ## known vulnerabilities of what is installed in RUNTIME, if their database can be reached
	.ci/audit-dependencies .bill/bin/pip-audit "$$($(RUNTIME)/bin/python -c "$(PURELIB)")"

$(BILL): Makefile
	$(PYTHON) -m venv .bill
	.bill/bin/pip install --quiet cyclonedx-bom pip-audit uv
	touch $@

clean:  ## remove what the targets made
	rm -rf $(VENV) .links .tools .peers .oldest .bill .mermaid .pythons .flink build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
