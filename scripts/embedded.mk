# The library that ships: the core in Embedded Swift, with no Swift runtime in it.
#   make -f scripts/embedded.mk [ARCH=aarch64]         build/embedded-ARCH/stripped.so
#   make -f scripts/embedded.mk check [ARCH=aarch64]   compile only, without optimising
#   make -f scripts/embedded.mk kernels [ARCH=aarch64] build/embedded-ARCH/kernels, a test of theirs
# docs/internals/embedded.md says how and why.  SYSROOT holds the C library of another ARCH.
host := $(shell uname -m)
ARCH ?= $(host)
SYSROOT ?= $(if $(filter $(host),$(ARCH)),,build/sysroot-$(ARCH))
out := build/embedded-$(ARCH)

toolchain := $(shell swiftc -print-target-info | \
  sed -nE 's|.*"runtimeResourcePath": "(.*)/lib/swift".*|\1|p')
triple := $(ARCH)-unknown-linux-gnu
# The toolchain's own name for the standard library of this processor.
stdlib_x86_64 := x86_64-unknown-linux-gnu
stdlib_aarch64 := aarch64-none-none-elf
stdlib := $(or $(stdlib_$(ARCH)),$(error ARCH is '$(ARCH)'; x86_64 and aarch64 are known))

.DEFAULT_GOAL := $(out)/stripped.so
.DELETE_ON_ERROR:
.PHONY: check kernels

# ---- modules ----------------------------------------------------------------------

$(out)/modules.mk: Package.swift scripts/package_modules.py
	@mkdir -p $(@D)
	@python3 scripts/package_modules.py HelpC >$@
include $(out)/modules.mk

# Compiled for an instruction set: an object of their own.
kernels := $(filter HelpKernels%,$(modules))
ifneq ($(ARCH),x86_64)
kernels := $(filter-out HelpKernelsAVX%,$(kernels))
modules := $(filter-out HelpKernelsAVX%,$(modules))
endif

c_headers := $(wildcard Sources/C*/include/* Sources/CJSONC/* include/*)
c_folders := $(sort $(dir $(c_headers)))
clang_target := --target=$(triple) $(if $(SYSROOT),--sysroot=$(abspath $(SYSROOT)))
swiftc := $(toolchain)/bin/swiftc -target $(stdlib) $(addprefix -Xcc ,$(clang_target)) \
  -enable-experimental-feature Embedded -wmo -parse-as-library -swift-version 6 \
  -Werror EmbeddedRestrictions \
  -package-name libhelp $(addprefix -I ,$(c_folders))
clang := $(toolchain)/bin/clang $(clang_target)

sources = $(shell find -L $($1.path) -name '*.swift' | sort)
imported = $(patsubst %,$2/%.swiftmodule,$(filter $(modules),$($1.imports)))

# A module above holds the optimised code of all below it, so that only the topmost and the
# kernels become objects.
define module
$(out)/$1.swiftmodule: $(call sources,$1) $(call imported,$1,$(out)) $(c_headers)
	@mkdir -p $(out)
	@echo "module $1"
	@$(swiftc) -O -I $(out) $($1.flags) -module-name $1 -emit-module -emit-module-path $$@ \
	  $(call sources,$1)
$(out)/$1.o: $(call sources,$1) $(call imported,$1,$(out)) $(c_headers)
	@mkdir -p $(out)
	@echo "object $1"
	@$(swiftc) -O -I $(out) $($1.flags) -module-name $1 -c -o $$@ $(call sources,$1)
$(out)/check/$1.swiftmodule: $(call sources,$1) $(call imported,$1,$(out)/check) $(c_headers)
	@mkdir -p $(out)/check
	@echo "check $1"
	@$(swiftc) -Onone -I $(out)/check $($1.flags) -module-name $1 -emit-module \
	  -emit-module-path $$@ $(call sources,$1)
endef
$(foreach each,$(modules),$(eval $(call module,$(each))))

check: $(patsubst %,$(out)/check/%.swiftmodule,$(modules))

# ---- C and the link -----------------------------------------------------------------

c_sources := $(wildcard Sources/CHelpSupport/*.c Sources/CHelpEmbedded/*.c)
c_objects := $(patsubst Sources/%.c,$(out)/%.o,$(c_sources))
$(c_objects): $(out)/%.o: Sources/%.c $(c_headers)
	@mkdir -p $(@D)
	@$(clang) -std=gnu11 -O2 -fPIC -Wall -Wextra $(addprefix -I,$(c_folders)) -c $< -o $@

# HelpC first: its copies of what all objects have are the ones kept, compiled for any
# processor of the kind.
objects := $(patsubst %,$(out)/%.o,HelpC $(kernels)) $(c_objects)
# Before glibc 2.34 threads are in a library of their own.
$(out)/libhelp.so: $(objects) include/libhelp.map
	@echo "library $(ARCH)"
	@$(clang) -shared -fuse-ld=lld -o $@ $(objects) -l:libjson-c.a \
	  $(toolchain)/lib/swift/embedded/$(stdlib)/libswiftUnicodeDataTables.a -lm \
	  -Wl,--no-as-needed,-l:libpthread.so.0,--as-needed -Wl,--gc-sections \
	  -Wl,--version-script=include/libhelp.map,--no-undefined-version \
	  -Wl,-Map=$(@:.so=.map) -Wl,-soname=libhelp.so.1,-z,defs,-z,nodelete

$(out)/stripped.so: $(out)/libhelp.so
	@$(toolchain)/bin/llvm-objcopy --strip-unneeded $< $@

# ---- a test of the kernels, for an emulated processor --------------------------------

kernels: $(out)/kernels

$(out)/kernels.o: Tests/Kernels/kernels.swift $(patsubst %,$(out)/%.swiftmodule,$(kernels))
	@$(swiftc) -O -I $(out) -module-name KernelChecks -c -o $@ $<
$(out)/kernels: $(out)/kernels.o $(patsubst %,$(out)/%.o,$(kernels)) $(out)/CHelpEmbedded/allocation.o
	@echo "program $@"
	@$(clang) -fuse-ld=lld -o $@ $^ \
	  $(toolchain)/lib/swift/embedded/$(stdlib)/libswiftUnicodeDataTables.a -lm
