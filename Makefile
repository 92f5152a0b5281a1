# Each target does all of its own set-up from a fresh clone: Python 3.11+, make and pip are enough.
PY ?= python3
RUN := .venv/bin/python -m
PRODUCT := .venv/requirements.stamp
TOOLS := .venv/requirements-dev.stamp
LOCK := .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	--universal --python-version 3.11 $(if $(UPGRADE),--upgrade)

# Without its bytecode every process compiles everything again: 6.5 s instead of 2, seven times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-pg15 races matrix coverage coverage-engine bench check audit lock vendor first-page clean journeys bench-pages bench-invoices bench-month-end carts documents pictures papers

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 14

demo: $(PRODUCT) ## the whole product with sample venues; Ctrl-C stops it
	@$(RUN) scripts.demo

test: $(TOOLS) ## the whole suite, on a database and in a browser of its own
	@scripts/suite -n 2 --dist loadgroup $(ARGS)

test-pg15: $(TOOLS) ## the same suite on Debian's PostgreSQL 15
	@bin=$$(scripts/debian-postgresql 15) && \
	PG_BIN=$$bin PG_HOME=.pg-test15 scripts/suite -n 2 --dist loadgroup $(ARGS)

races: $(TOOLS) ## races, crashes and webhooks at full volume (an hour or so)
	@FULL=1 scripts/suite -n 2 --timeout 14400 tests/races tests/isolation/test_holes.py \
	tests/accounts/test_limits.py tests/booking/test_clock_changes.py tests/booking/test_model.py \
	tests/web/test_uploads.py $(ARGS)

matrix: $(TOOLS) ## every route, every actor, every origin of a name
	@FULL=1 scripts/suite -n 2 --timeout 3600 tests/isolation/test_matrix.py $(ARGS)

coverage: $(TOOLS) ## the suite once more, counting branches
	@RUNNER="coverage run -m pytest" scripts/suite -n 2 --dist loadgroup $(ARGS)
	@.venv/bin/coverage combine --quiet && .venv/bin/coverage report

coverage-engine: $(TOOLS) ## every branch of the engine, but for its bench and its readers of public files
	@COVERAGE_FILE=.coverage.engine $(RUN) coverage run --source=pricing -m pytest -q tests/pricing $(ARGS)
	@COVERAGE_FILE=.coverage.engine .venv/bin/coverage combine --quiet
	@COVERAGE_FILE=.coverage.engine .venv/bin/coverage report --fail-under=100 --skip-covered \
	--omit='pricing/bench*,pricing/backtest.py,pricing/hotel.py,pricing/topaloglu.py,pricing/__main__.py'

bench: $(TOOLS) ## figures and ratios of one run, each beside its target
	@$(RUN) bench $(ARGS)

journeys: $(TOOLS) ## every page in a browser, in every role, theme, mode and width
	@JOURNEYS=full scripts/suite tests/journeys tests/web/test_kit.py $(ARGS)

bench-pages: $(TOOLS) ## what pages weigh and how fast they come, each beside its target
	@$(RUN) bench.pages $(ARGS)

bench-invoices: $(TOOLS) ## documents a minute, and their cost beside the bare sum of its parts
	@$(RUN) bench.invoices $(ARGS)

bench-month-end: $(TOOLS) ## 10,000 documents and letters by one worker, killed half-way (an hour or so)
	@$(RUN) bench.invoices --month-end 10000 --lines 4 $(ARGS)

carts: $(TOOLS) ## 10,000 random carts against an independent computation, each judged
	@CARTS=10000 scripts/suite -n 2 --timeout 7200 tests/invoicing/test_carts.py $(ARGS)

documents: $(TOOLS) ## 10,000 documents by 32 writers, with rollbacks and crashes
	@DOCUMENTS=10000 scripts/suite --timeout 7200 tests/races/test_documents.py $(ARGS)

pictures: $(TOOLS) ## docs/pictures, taken again
	@$(RUN) scripts.pictures

papers: $(TOOLS) ## every document a venue hands out as pictures in var/papers (ARGS="calque en" for some)
	@$(RUN) scripts.papers $(ARGS)

check: $(TOOLS) ## every gate but the tests
	@scripts/check

audit: $(TOOLS) ## known holes in what we depend on, secrets in our whole history
	@$(RUN) scripts.audit

lock: $(TOOLS) ## requirements*.in → hash-pinned requirements*.txt (UPGRADE=1 for newer versions)
	$(LOCK) -o requirements-uv.txt requirements-uv.in
	$(LOCK) -o requirements.txt requirements.in
	$(LOCK) -c requirements.txt -o requirements-dev.txt requirements-dev.in

vendor: $(TOOLS) ## fonts, htmx, icons and axe from npm (needs Node); the copies are committed
	npm ci --silent && $(RUN) scripts.vendor

first-page: $(PRODUCT) ## seconds from a fresh clone to the first page with a price
	@$(RUN) scripts.first_page

clean: ## stop our servers; forget environment, data and caches
	@scripts/clean

$(PRODUCT): requirements.txt requirements-uv.txt
	@PY=$(PY) scripts/setup requirements.txt

$(TOOLS): requirements-dev.txt requirements-uv.txt
	@PY=$(PY) scripts/setup requirements-dev.txt
	@touch $(PRODUCT)
