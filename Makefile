# The front door. `make demo` runs the whole flow on a local AWS; `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TARGET ?= sandbox
ENV    ?= $(TARGET)
BIN    := .venv/bin
INFRA  := $(BIN)/gtctl infra
BENCH  ?= $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard benchmarks/*/__main__.py)))))
STACK   = --target $(TARGET) --env $(ENV) $(if $(BACKEND),--backend-config $(BACKEND))

# Where it is set, every start of Python compiles all that it imports anew: three times as long for gtctl and checkov.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test plan apply destroy output audit check bench docs lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## Make the pinned environments (idempotent; the other targets call it)
	@PYTHON=$(PYTHON) bash scripts/setup

demo: setup ## The whole flow on the sandbox: DICOM in, COCO labels out (build/demo/)
	@$(BIN)/gtctl demo --output build/demo

test: setup ## Linters, types, Terraform checks, unit and end-to-end tests
	@bash scripts/test-tools
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

plan: setup ## Show what apply would change   [TARGET=sandbox|aws] [ENV=name of a tfvars file] [BACKEND=settings of the remote state]
	@$(INFRA) plan $(STACK)

apply: setup ## Apply the stack                 [TARGET=sandbox|aws] [ENV=...]
	@$(INFRA) apply $(STACK)

destroy: setup ## Destroy the stack             [TARGET=sandbox|aws] [ENV=...]
	@$(INFRA) destroy $(STACK)

output: setup ## Print the stack's outputs      [TARGET=sandbox|aws] [ENV=...]
	@$(INFRA) output $(STACK)

audit: setup ## Audit code, plan and account (build/audit/) [TARGET=sandbox|aws] [ENV=...] [AUDIT=options of gtctl audit]
	@bash scripts/audit $(TARGET) $(ENV) $(STACK) -- $(AUDIT)

check: setup ## Check this repository with its own rules
	@$(BIN)/gtctl check

bench: setup ## Measure beside public peers  [BENCH="check scans ..."; all unless given]
	@for each in $(BENCH); do echo; $(BIN)/python -m benchmarks.$$each; done

docs: setup ## Write the rules' pages and the tables of the Terraform READMEs anew
	@$(BIN)/python scripts/terraform_docs.py
	@$(BIN)/python -m gtctl.audit.pages docs/rules

lock: setup ## Write requirements/*.txt anew from pyproject.toml
	@bash scripts/lock

clean: ## Stop the sandbox; remove environments and everything built
	@[ ! -x $(BIN)/gtctl ] || $(BIN)/gtctl sandbox down
	@rm -rf .venv .venv-checkov .venv-readers build .gtctl
