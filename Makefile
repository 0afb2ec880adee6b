.PHONY: deps run test test-services test-web smoke test-chaos screenshots prove bench lint sqlx openapi

# Of the installation that runs; empty without one.
status = $(wildcard $(or $(VEZA_DIR),$(CURDIR)/.veza)/status.json)

deps:            ## names what is missing; installs it as root on Debian
	standalone/deps.sh $(or $(FOR),run)

run: deps web/dist/index.html ## everything on this machine, in the foreground
	cargo build --profile serve --bins && exec target/serve/veza run

test:            ## every test, on real servers (`cargo test` builds the programs too, with the same features)
	standalone/deps.sh test
	cargo test --workspace --no-run && target/debug/veza fetch
	$(MAKE) web/node_modules && $(MAKE) -j2 test-services test-web
	npm --prefix web run journeys

# The services' tests wait much of their time: for servers that start, and those they kill. The web's fill it.
test-services:
	cargo test --workspace
test-web:
	npm --prefix web test

smoke: web/node_modules ## walks every journey in a browser, a tick each: through the installation that runs, else through one of its own
	standalone/deps.sh test
	cargo build --profile serve --bins && target/serve/veza fetch
	VEZA_PROGRAM=$(CURDIR)/target/serve/veza VEZA_STATUS_FILE=$(status) npm --prefix web run --silent journeys

screenshots: web/node_modules ## each page of the installation that runs, light and dark, desktop and phone, into web/screenshots; IN=fr
	VEZA_SCREENSHOTS_IN=$(or $(IN),en) VEZA_STATUS_FILE=$(or $(status),$(error nothing runs here; start it with make run)) \
		npm --prefix web run --silent screenshots

test-chaos:      ## the tests that take minutes: long outages, many kills, the whole model of exactly once
	standalone/deps.sh test
	cargo test --workspace --no-run && target/debug/veza fetch
	cargo test --workspace -- --ignored

prove: deps      ## load and kill -9 for a minute on a stack of its own, then the proof; ARGS="--seconds 600 --seed 7"
	cargo build --profile serve --bins && exec target/serve/veza prove $(ARGS)

bench: deps      ## one scenario: make bench SCENARIO=ingest (without: their list); a table, or JSON with ARGS=--json
	$(if $(filter pages,$(SCENARIO)),standalone/deps.sh test && $(MAKE) web/dist/index.html)
	cargo build --profile serve --workspace --bins && target/serve/veza-bench $(or $(SCENARIO),help) $(ARGS)

lint: web/node_modules ## formatting, Clippy, types
	npm --prefix web run --silent lint
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings

sqlx:            ## the queries' types for builds without a database, asked of the one that `make run` serves
	rm -f .sqlx/query-*.json && grep -rlE 'query(_as|_scalar)?!' --include='*.rs' . --exclude-dir=target | xargs touch
	DATABASE_URL=$(or $(DATABASE_URL),postgres://veza:veza@127.0.0.1:15432/veza) SQLX_OFFLINE_DIR=$(CURDIR)/.sqlx cargo check --workspace --all-targets

openapi:         ## the API's document, and the web's types from it
	cargo run -q -p veza-api -- openapi > api/openapi.json && npm --prefix web run --silent types

web/node_modules: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund && touch $@

web/dist/index.html: web/node_modules $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print)
	npm --prefix web run --silent build && touch $@
