# What one does with Loket. `make help` lists it.

# SQLite needs full-text search; gin can do without msgpack.
export GOFLAGS := -tags=sqlite_fts5,nomsgpack
export CGO_ENABLED := 1
# Where CI=true nothing may be skipped, and nothing is taken from an earlier run.
FRESH := $(if $(filter true,$(CI)),-count=1)
BROWSER := app/apptest/browser
CHECKS := inherit,-ST1012# our sentinels read as fault.NotFound, not fault.ErrNotFound
TOOL := go tool -modfile=.ci/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: run build check test test-sqlite test-postgres race e2e shots bench generate fmt lint help needed browser-needed

run: build ## build and start a demonstration company on http://localhost:8080, data in ./data
	./loket serve --demo

build: needed ## build ./loket
	go build -trimpath -ldflags "-s -w" -o loket .

check: needed ## formatting, go vet, generated pages up to date
	@rough=$$(gofmt -l .); if [ -n "$$rough" ]; then echo "Not formatted (make fmt does it):"; echo "$$rough"; exit 1; fi
	go vet -composites=false ./...
	@sums() { find . -name '*_templ.go' -not -path './.*' | sort | xargs -r sha256sum; }; \
	before=$$(sums); go tool templ generate >.cache/templ.log 2>&1 || { cat .cache/templ.log; exit 1; }; \
	if [ "$$before" != "$$(sums)" ]; then echo "The generated pages differed from their source. They are made anew now: commit them."; exit 1; fi

test: check test-sqlite ## everything that guards the code: both engines and the browser
	@if .ci/postgres --have; then $(MAKE) --no-print-directory test-postgres; \
	elif [ "$(CI)" = true ]; then echo "CI=true: a run without PostgreSQL does not count." >&2; exit 1; \
	else echo "Skipped: the same tests on PostgreSQL."; fi
	@if $(MAKE) --no-print-directory -s browser-needed; then $(MAKE) --no-print-directory e2e; \
	elif [ "$(CI)" = true ]; then echo "CI=true: a run without a browser does not count." >&2; exit 1; \
	else echo "Skipped: the journeys in a real browser."; fi

# `check` has vetted all.
test-sqlite: needed
	go test $(FRESH) -vet=off -timeout 12m ./...

# Only the packages whose tests reach a database: the others would do the same work twice.
test-postgres: needed ## the same tests on a throw-away PostgreSQL
	@.ci/postgres --have
	.ci/postgres go test $(FRESH) -vet=off -timeout 12m $$(go list -f '{{.ImportPath}} {{.Deps}} {{.TestImports}} {{.XTestImports}}' ./... | awk '/loket\/(db|app\/apptest)[] ]/ || $$1 == "loket/db" {print $$1}')

race: needed ## the tests under the race detector
	go test -race -timeout 30m ./...

e2e: build browser-needed ## the journeys and the accessibility checks in Chromium
	cd $(BROWSER) && node --test --test-reporter=spec *.test.js

shots: build browser-needed ## a picture of every page, into .cache/shots
	node $(BROWSER)/shots.js .cache/shots

bench: build ## req/s, latency and CPU per request of the workloads, the nightly run, similar ideas; SHORT=1 for a first look
	go run ./app/bench -loket ./loket $(if $(SHORT),-short) $(BENCH)
	go test -run '^$$' -bench 'Night|Similar' -benchtime $(if $(SHORT),1x,5x) ./app/privacy ./portals/ideas

lint: needed ## staticcheck, and govulncheck with DB=file://… when there is no network
	$(TOOL) staticcheck -checks '$(CHECKS)' ./...
	$(TOOL) govulncheck $(if $(DB),-db $(DB)) ./...

generate: needed ## make the *_templ.go from the *.templ
	go tool templ generate

fmt: needed ## format Go and templ
	go tool templ fmt .
	gofmt -w .

needed:
	@command -v go >/dev/null || { echo "Loket is built with Go $$(awk '$$1 == "go" {print $$2}' go.mod) or newer. Install it: https://go.dev/doc/install" >&2; exit 1; }
	@command -v "$$(go env CC)" >/dev/null || { echo "SQLite needs a C compiler. Install one: apt-get install gcc libc6-dev (macOS: xcode-select --install)" >&2; exit 1; }
	@mkdir -p .cache

browser-needed:
	@command -v node >/dev/null || { echo "The browser tests need Node.js 20 or newer: apt-get install nodejs npm" >&2; exit 1; }
	@node $(BROWSER)/chromium.js || exit 1
	@test -d $(BROWSER)/node_modules/ical.js || { echo "The browser tests need their packages: cd $(BROWSER) && npm ci" >&2; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
