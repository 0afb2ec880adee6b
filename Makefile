.PHONY: deps run test lint web sqlx openapi

deps:            ## names what is missing; installs it as root on Debian
	standalone/deps.sh $(or $(FOR),run)

web/node_modules: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund && touch web/node_modules

web: web/node_modules
	npm --prefix web run --silent build

run: deps web    ## everything on this machine, in the foreground
	cargo build --profile serve --bins && target/serve/veza run

test: web        ## every test, on real servers
	standalone/deps.sh test
	cargo build --bins && cargo test --workspace
	npm --prefix web test

lint: web/node_modules
	cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings
	npm --prefix web run --silent lint

openapi:         ## the API's document, and the web's types from it
	cargo run -q -p veza-api -- openapi > api/openapi.json && npm --prefix web run --silent types
