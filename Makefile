# Everything is driven from here; the steps longer than a line are in scripts/.
PREFIX ?= /usr/local
DESTDIR ?=
# Of the library and the wheel: x86_64 or aarch64.
ARCH ?= $(shell uname -m)
# embedded, or ordinary with the whole Swift runtime inside.
FORM ?= embedded

.DEFAULT_GOAL := help
.PHONY: help deps lib embedded-check test demo bench wheel install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

deps: ## install what building and testing need (Debian packages, .venv)
	@scripts/deps.sh $(ARCH)

lib: deps ## build build/lib/libhelp.so, the library that ships
	@FORM=$(FORM) scripts/lib.sh $(ARCH)

embedded-check: ## compile the core in Embedded Swift, to see what it forbids; no library
	@$(MAKE) -s -f scripts/embedded.mk check

test: ## run every test: Swift, C, examples, Python, packaging
	@scripts/test.sh

demo: lib ## measure this machine, adapt, check, search, build and measure what was found
	@scripts/demo.sh

bench: lib ## compare speed with PyTorch (installs it, several GB, into .venv-bench)
	@scripts/bench.sh

wheel: lib ## build the Python wheel into dist/
	@scripts/wheel.sh $(ARCH)

install: build/lib/libhelp.so ## install into DESTDIR/PREFIX (default /usr/local)
	@scripts/install.sh "$(PREFIX)" "$(DESTDIR)"

clean: ## remove what was built; .venv stays
	rm -rf build dist .build .build-dist .build-test

# Not through `lib`: an install as root does not build again.
build/lib/libhelp.so:
	@$(MAKE) lib
