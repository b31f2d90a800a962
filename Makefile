# hasshin: `make` lists what can be made.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Go where its own archive puts it, for shells that were not told.
export PATH := $(PATH):/usr/local/go/bin
GO ?= go

# Tests that start containers are in files with the build tag `integration`: `make test`
# passes it, `make test-fast` does not. Containers are ended by the tests that started
# them; Ryuk, which would do it too, is an image that has to be pulled. The host is named
# because a machine that is a container itself would make testcontainers guess wrong.
TAGS := integration
TEST_ENV := TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 ASTERISKTEST_IMAGE=hasshin/asterisk:dev
MODULES := . $(if $(wildcard bench/go.mod),bench)

# Tests that listen to telephones wait most of the time: so many at once, in each package, leave two cores with time to spare.
STORIES := 3

##@ Try it

.PHONY: up
up: bootstrap build ## install what is missing, build the images, start all, wait until healthy
	@deploy/images.sh asterisk redis server
	@deploy/up.sh

.PHONY: demo
demo: ## watch a robot agent call 12 contacts on the simulated carrier
	@cd bench && $(GO) run ./demo

.PHONY: logs
logs: ## follow what the running parts say
	@deploy/compose.sh logs -f --tail 100

.PHONY: down
down: ## stop all; data stays in its volumes (make clean forgets it)
	@deploy/down.sh

.PHONY: clean
clean: ## stop all and forget its data, passwords and built binary
	@deploy/down.sh --volumes
	@rm -f deploy/.env deploy/server/hasshin

##@ Work on it

.PHONY: build
build: ## build the binary, static, for the server's image
	@echo "==> building hasshin …" >&2
	@CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -ldflags '-s -w' -o deploy/server/hasshin ./cmd/hasshin

.PHONY: web
web: ## build the agents' page anew (Node 20 and npm), after a change in desk/web or in the API
	@cd desk/web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

.PHONY: test-web
test-web: bootstrap images ## the agents' page in a real Chromium, with real calls, each file against a hasshin of its own (SCREENSHOTS=1 keeps pictures)
	@desk/web/e2e/install.sh
	@desk/web/e2e/run.sh

.PHONY: test
test: bootstrap images ## all tests: unit, conformance, real Asterisk and Redis in containers; what failed is said once more at the end
	@status=0; said=$$(mktemp); trap 'rm -f "$$said"' EXIT; for module in $(MODULES); do \
		echo "==> testing $$module …" >&2; \
		(cd $$module && $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -p 2 -parallel $(STORIES) -timeout 10m ./...) | tee -a "$$said" || status=1; \
	done; .ci/failures "$$said"; exit $$status

.PHONY: recordings
recordings: bootstrap images ## recordings to the sample: ± 100 ms of what was said; on a machine with nothing else to do
	@HASSHIN_RECORDINGS=1 $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -p 1 -parallel 1 -timeout 10m -run 'TestACallIsRecorded|TestARecordingOutlives' -v ./dialer

.PHONY: recordings-fifty
recordings-fifty: bootstrap images ## 50 calls recorded at once beside 50 that are not: gaps in anybody's live audio, each file to ± 100 ms; on a machine with nothing else to do
	@HASSHIN_FIFTY=1 $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -timeout 10m -run TestFiftyRecordingsAtOnce -v ./dialer | grep -v VERBOSE

.PHONY: recordings-upload
recordings-upload: ## uploads to a versitygw, which is built first: an S3 server that keeps objects as files
	@bin=$$(mktemp -d); trap 'rm -rf "$$bin"' EXIT; GOBIN=$$bin $(GO) install github.com/versity/versitygw/cmd/versitygw@v1.8.0; \
		HASSHIN_S3_SERVER=$$bin/versitygw $(GO) test -count=1 -run Upload -v ./dialer && HASSHIN_S3_SERVER=$$bin/versitygw $(GO) test -count=1 -v ./dialer/upload

.PHONY: soak
soak: bootstrap images ## 50 agents act at random on a real Asterisk for five minutes
	@HASSHIN_SOAK=5m $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -timeout 15m -run TestAgentsActAtRandom -v ./dialer

.PHONY: test-fast
test-fast: ## the tests that need no container, with a tenth of the random stories and no kills
	@status=0; for module in $(MODULES); do \
		(cd $$module && HASSHIN_SEQUENCES=200 $(GO) test -short -p 8 -vet=off -ldflags='-s -w' -parallel 8 -timeout 2m ./...) || status=1; \
	done; exit $$status

.PHONY: chaos-calls
chaos-calls: ## 100,000 random stories of agents, hang-ups and faults, every night (SEQUENCES=n for another number)
	@HASSHIN_SEQUENCES=$(or $(SEQUENCES),100000) $(GO) test ./dialer -run TestRandomFire -count=1 -timeout 3h -v

.PHONY: chaos
chaos: bootstrap images ## 1,000 times kill -9 while 2,000 callbacks come due, on a real Redis (KILLS=n for another number)
	@HASSHIN_KILLS=$(or $(KILLS),1000) $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -timeout 2h -run TestAThousandKills -v ./dialer

.PHONY: chaos-records
chaos-records: bootstrap images ## four processes dial one list and are killed 200 times, on a real Redis (KILLS=n for another number)
	@HASSHIN_KILLS=$(or $(KILLS),200) $(TEST_ENV) $(GO) test -tags $(TAGS) -count=1 -timeout 1h -run TestProcessesShareAList -v ./dialer/campaign

.PHONY: lint
lint: ## gofmt, go vet, staticcheck, generated files up to date
	@.ci/lint $(TAGS) $(MODULES)

.PHONY: generate
generate: ## make generated files anew
	@for module in $(MODULES); do (cd $$module && $(GO) generate ./...); done

##@ Measure it

.PHONY: bench-ari
bench-ari: ## events decoded and dispatched each second, beside a plain decoder
	@cd bench && $(GO) run ./ari

.PHONY: bench-connect
bench-connect: bootstrap images ## from the contact's answer to the agent's voice at the contact's ear
	@cd bench && $(TEST_ENV) $(GO) run ./connect
	@cd bench && $(TEST_ENV) $(GO) run ./progressive -agents 100 -rate 25
	@cd bench && $(TEST_ENV) $(GO) run ./progressive -agents 130 -rate 50 -turns 6

.PHONY: bench-dial
bench-dial: bootstrap images ## sustained dialing at 200 attempts/s, and as many as possible, in turns with a raw originate loop
	@cd bench && $(TEST_ENV) $(GO) run ./dial
	@cd bench && $(TEST_ENV) $(GO) run ./dial -rate 0

.PHONY: bench-predictive
bench-predictive: bootstrap images ## 20 robot agents, predictive, 10 minutes: how busy, how many abandoned, answer to voice, leaks
	@cd bench && $(TEST_ENV) $(GO) run ./predictive

.PHONY: bench-actions
bench-actions: bootstrap images ## from an agent's command to its effect at the phones
	@cd bench && $(TEST_ENV) $(GO) run ./actions

.PHONY: bench-import
bench-import: bootstrap images ## a million rows of a calling list
	@cd bench && $(TEST_ENV) $(GO) run ./importer

.PHONY: bench-records
bench-records: bootstrap images ## the choice of the next record among ten million, by four processes (RECORDS=n for fewer; 8 GB of memory)
	@cd bench && $(TEST_ENV) $(GO) run ./records -records $(or $(RECORDS),10000000)

.PHONY: bench-pacing
bench-pacing: ## how busy agents are at how many abandoned calls, simulated (SCENARIO=p15 N=20 SHIFTS=20: one cell)
	@cd bench && $(GO) run ./pacing -scenario "$(SCENARIO)" -agents "$(N)" -shifts $(or $(SHIFTS),20)

.PHONY: bench-desk
bench-desk: bootstrap images ## the agents' page: size, first paint, event to paint with 200 agents on the wallboard, memory over an hour of events
	@desk/web/e2e/install.sh
	@CROWD=$(or $(CROWD),200) desk/web/e2e/stack.sh node desk/web/bench/desk.mjs $(PARTS)

.PHONY: bench-callbacks
bench-callbacks: bootstrap images ## due times with a million waiting, claims and a herd, beside asynq
	@cd bench && $(TEST_ENV) $(GO) run ./callbacks

##@ Below these

.PHONY: bootstrap
bootstrap: ## a Docker engine, the base image and compose, installed where missing
	@deploy/bootstrap.sh

.PHONY: images
images: ## the images that the tests start: asterisk and redis
	@deploy/images.sh asterisk redis

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
