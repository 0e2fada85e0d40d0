# Set up and use Maskwright from a checkout. `make demo` and `make test` are all a newcomer needs.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))'; \
	then command -v $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)

.PHONY: help setup demo test check smoke bench bench-formats bench-learn bench-kill bench-session bench-scale bench-readers fuzz odd tours screenshots licences reference clean

help:
	@echo "make demo         set up, then open the program on a sample (does the job offscreen without a display)"
	@echo "make test         set up, then every check and test"
	@echo "make smoke        build the wheel and use it, away from the checkout"
	@echo "make bench        speed of the canvas and of COCO files, beside references"
	@echo "make bench-formats  what every format gives back of shapes that others lose"
	@echo "make bench-learn  fine-tuning on real data, three seeds"
	@echo "make bench-kill   kill -9 at random moments, more often than the tests do"
	@echo "make bench-session  5,000 strokes and 500 image changes: what memory does meanwhile"
	@echo "make fuzz         mutants of every kind of file that comes from others, in processes with limits"
	@echo "make odd          every odd image file: what it opened as, or why it was refused"
	@echo "make bench-scale  a million masks imported, exported and verified, and a file like val2017"
	@echo "make bench-readers  what other programs read in the exports; installs them into out/"
	@echo "make tours        two pieces of a labeler's work by a script, with pictures at each step"
	@echo "make screenshots  the README's pictures"
	@echo "make licences     the list of third-party licences"
	@echo "make reference    packaging/REFERENCE.md: every tool and key"

# The stamp is newer than what it was made from, so a second run installs nothing.
$(VENV)/.ready: pyproject.toml packaging/constraints.txt packaging/debian-packages.txt packaging/setup.sh packaging/system.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" packaging/setup.sh
	@touch $@

setup: $(VENV)/.ready

demo: setup
	@$(BIN)/python -P -m app.demo

check: setup
	$(BIN)/ruff check app engine tests packaging
	$(BIN)/ruff format --check app engine tests packaging
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python packaging/licences.py --check

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q --durations=10

smoke: setup
	$(BIN)/python packaging/smoke.py

bench: setup
	$(BIN)/python tests/bench/bench.py

bench-formats: setup
	$(BIN)/python tests/bench/fidelity.py

bench-learn: setup
	$(BIN)/python tests/bench/bench_learn.py

bench-kill: setup
	$(BIN)/python tests/bench/bench_kill.py

bench-session: setup
	$(BIN)/python tests/bench/bench_session.py

fuzz: setup
	$(BIN)/python -P tests/fuzz/fuzz.py

odd: setup
	$(BIN)/python -P tests/bench/odd.py

bench-scale: setup
	$(BIN)/python tests/bench/bench_scale.py

bench-readers: setup
	$(BIN)/python -P tests/bench/readers.py

tours: setup
	$(BIN)/python tests/bench/tours.py

screenshots: setup
	$(BIN)/python tests/bench/screenshots.py

licences: setup
	$(BIN)/python packaging/licences.py

reference: setup
	$(BIN)/python packaging/reference.py

clean:
	rm -rf $(VENV) out build *.egg-info
