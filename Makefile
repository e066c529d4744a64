# Everything is done in .venv, made from PYTHON; see tools/develop.py for how.
#
#   PYTHON     the Python to use (3.9 or later)
#   DEBUG_PYTHON  a debug build of Python, for make leaks
#   PG_CONFIG  the pg_config of an installed PostgreSQL, instead of a fetched one
#   VENV       where the virtual environment is
#   ARGS       more arguments, such as: make test ARGS="-k notify"

PYTHON ?= python3
DEBUG_PYTHON ?= python3.11-dbg
VENV ?= .venv
ARGS ?=

DEVELOP = $(PYTHON) tools/develop.py --venv $(VENV)

.PHONY: help build demo test compat frameworks django db asan leaks valgrind fuzz bench
.PHONY: callgrind lint types wheels docs clean
.PHONY: check-python

help: ## tell what there is
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' Makefile | expand -t 12

build: check-python  ## make .venv, get PostgreSQL, build the driver
	@$(DEVELOP) build

demo: check-python  ## load 336,776 flights into a private server and ask about them
	@$(DEVELOP) demo $(ARGS)

test: check-python  ## run the test suite on a private server
	@$(DEVELOP) test $(ARGS)

compat: check-python  ## run the tests that compare the driver with psycopg2-binary
	@$(DEVELOP) compat $(ARGS)

frameworks: check-python  ## run applications with a dozen frameworks on the driver
	@$(DEVELOP) frameworks $(ARGS)

django: check-python  ## run Django's own tests with the driver and with psycopg2-binary (ARGS=--whole: all)
	@$(DEVELOP) django $(ARGS)

db: check-python  ## start a private server, print its DSN, stop it on Ctrl-C
	@$(DEVELOP) db

asan: check-python  ## run the test suite on a build with AddressSanitizer and UBSan
	@$(DEVELOP) asan $(ARGS)

leaks: ## run every path again and again under a debug build of Python, which counts references
	@command -v $(DEBUG_PYTHON) >/dev/null || { echo "error: there is no $(DEBUG_PYTHON): \
	  apt-get install python3.11-dbg python3.11-venv, or set DEBUG_PYTHON"; exit 1; }
	@$(DEBUG_PYTHON) tools/develop.py --venv build/leaks/venv leaks $(ARGS)

valgrind: check-python  ## walk the same paths under valgrind
	@$(DEVELOP) valgrind $(ARGS)

fuzz: check-python  ## fuzz what is parsed in C, guided by coverage
	@$(DEVELOP) fuzz $(ARGS)

bench: check-python  ## measure the driver, its peers and bare libpq (see ARGS=--help)
	@$(DEVELOP) bench $(ARGS)

callgrind: check-python  ## count instructions, and fail where they grew (ARGS=--renew: take them as right)
	@$(DEVELOP) callgrind $(ARGS)

lint: check-python  ## ruff, mypy, stubtest, clang-format, and a build where warnings are errors
	@$(DEVELOP) lint

types: check-python  ## check what type checkers make of programs and of the documentation: mypy --strict, pyright
	@$(DEVELOP) types

wheels: check-python  ## make self-contained wheels, into dist/ (ARGS: the Pythons, as 3.12)
	@$(DEVELOP) wheels $(ARGS)

docs: check-python  ## build the documentation into doc/build/html
	@$(DEVELOP) docs

clean: ## remove what was made here (not the PostgreSQL that was fetched)
	rm -rf $(addprefix $(VENV),-original -peers -frameworks -django -django-original)
	rm -rf $(VENV) build dist doc/build *.egg-info lib/*.so
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -exec rm -rf {} +

check-python:
	@command -v $(PYTHON) >/dev/null || \
	  { echo "error: there is no $(PYTHON): install Python 3.9 or later, or set PYTHON"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || \
	  { echo "error: $(PYTHON) is older than Python 3.9: set PYTHON to a later one"; exit 1; }
