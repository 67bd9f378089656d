# Two commands do everything on a fresh machine: make paper, make test.
# Needs CPython 3.11 to 3.14 (the newest for which every locked package ships a wheel) and make.
PYTHON ?= python3
AUDIENCE ?= public
WORKSHOP ?=
EVIDENCE ?= demo
ENGINE ?= auto
DIRTY ?=
PY := .venv/bin/python
export EVIDENCE
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help paper test test-long kit lab reproduce notebooks status check bench lock clean

help: ## show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Options: AUDIENCE=public|team|workshop|reviewers|company:<case>  EVIDENCE=demo|private  ENGINE=auto|embedded|quarto"

paper: .venv/.ready ## run the study and render paper, slides and start page into _output/
	@$(PY) -m twinbenefits build --audience "$(AUDIENCE)" --evidence "$(EVIDENCE)" --engine "$(ENGINE)"

test: .venv/.ready-dev ## run every test but the long ones (under 12 minutes)
	@$(PY) tools/run_tests.py

test-long: .venv/.ready-dev ## run the tests that take minutes each
	@$(PY) tools/run_tests.py --long

kit: .venv/.ready ## make what a workshop needs on paper and on screen: make kit WORKSHOP=W1
	@$(PY) -m twinbenefits kit "$(WORKSHOP)" --evidence "$(EVIDENCE)" --engine "$(ENGINE)"

lab: .venv/.ready-dev ## edit the notebooks in JupyterLab
	@$(PY) -m twinbenefits lab

reproduce: .venv/.ready ## run everything anew in a clean folder, compare with the published results, write a report
	@$(PY) -m twinbenefits reproduce $(if $(DIRTY),--allow-dirty)

notebooks: .venv/.ready ## run every notebook with its defaults and refresh the committed outputs
	@$(PY) -m twinbenefits notebooks

status: .venv/.ready ## say what a build would run, and why
	@$(PY) -m twinbenefits status --audience "$(AUDIENCE)" --evidence "$(EVIDENCE)"

check: .venv/.ready ## check the compendium without running it
	@$(PY) -m twinbenefits check

bench: .venv/.ready-dev ## run every benchmark and write benchmarks/report.md (an hour)
	@$(PY) benchmarks/report.py

lock: .venv/.ready ## write the lock files and environment.yml anew from pyproject.toml
	@$(PY) tools/lock.py

clean: ## delete everything that a build makes (never data/)
	rm -rf _output results _staged _variables.yml .doit.db* .build

.venv/.ready: requirements-bootstrap.lock requirements.lock pyproject.toml
	@$(PYTHON) tools/set_up.py

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(PYTHON) tools/set_up.py --dev
