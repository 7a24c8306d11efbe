# mindgap: build, install and test.  "make help" lists what can be asked for.
#
# GNU make and PostgreSQL's PGXS.  Works in this folder and out of place:
#     mkdir b && cd b && make -f ../Makefile

PG_CONFIG ?= pg_config
PKG_CONFIG ?= pkg-config
# The CBLAS behind GSL.  Never a threaded one: a backend has one thread.
BLAS_LIBS ?= -lgslcblas

.DEFAULT_GOAL := all

# where this Makefile and the sources are, as seen from the build folder
top := $(dir $(firstword $(MAKEFILE_LIST)))
out_of_place := $(filter-out $(realpath $(top)),$(realpath .))

hash := \#
version := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(top)extension/mindgap.control)
install_script := sql/mindgap--$(version).sql
sql_parts := $(addprefix sql/,$(shell sed 's/$(hash).*//' $(top)sql/manifest))


# ---- what PGXS is told -----------------------------------------------------

MODULE_big := mindgap
OBJS := $(sort $(patsubst $(top)%.c,%.o,$(wildcard $(top)extension/*.c $(top)extension/*/*.c)))

EXTENSION := extension/mindgap
DATA := $(sort $(patsubst $(top)%,%,$(wildcard $(top)sql/upgrade/mindgap--*--*.sql)))
DATA_built := $(install_script)

# Results must not depend on whether the compiler fuses a multiplication and an addition.
numeric_flags := -ffp-contract=off
gsl_libs := $(or $(shell $(PKG_CONFIG) --libs gsl 2>/dev/null),-lgsl -lgslcblas -lm)
cjson_libs := $(or $(shell $(PKG_CONFIG) --libs libcjson 2>/dev/null),-lcjson)

PG_CPPFLAGS := -I$(top)extension $(shell $(PKG_CONFIG) --cflags gsl libcjson 2>/dev/null)
# GCC takes a variable of PG_TRY itself for clobbered; clang does not know that warning.
PG_CFLAGS = $(numeric_flags) -MMD -MP \
	-Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	$(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),,-Wno-clobbered) \
	$(if $(filter 1,$(WERROR)),-Werror)
SHLIB_LINK := $(filter-out -lgslcblas,$(gsl_libs)) $(BLAS_LIBS) $(cjson_libs)

# The tests run in a new database that holds the extension and nothing else.
REGRESS := $(sort $(basename $(notdir $(wildcard $(top)test/sql/*.sql))))
REGRESS_OPTS = --inputdir=$(top)test --load-extension=mindgap --encoding=UTF8 --no-locale

header_deps := $(OBJS:.o=.d) $(OBJS:.o=.bc.d)
EXTRA_CLEAN := $(header_deps) .built-for


# ---- PostgreSQL, or what to do without it ----------------------------------

pgxs := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))

ifneq ($(pgxs),)
PGXS := $(pgxs)
override autodepend := no
include $(PGXS)
override BITCODE_CFLAGS += $(numeric_flags) -MMD -MP -MF $@.d
-include $(header_deps)
else
clean:
	rm -rf mindgap.so libmindgap.a libmindgap.pc $(OBJS) $(OBJS:.o=.bc) $(DATA_built) $(EXTRA_CLEAN) \
		results regression.diffs regression.out
endif

# These goals install what they need, or need nothing.
free_goals := help clean test demo demo-psql bench indent typedefs dist

ifneq ($(filter-out $(free_goals),$(or $(MAKECMDGOALS),all)),)

advice = ($(top)test/setup/packages.sh installs all that is missing on Debian and Ubuntu)
have_program = $(shell command -v $(firstword $(1)) 2>/dev/null)
have_header = $(shell echo '$(hash)include <$(1)>' | $(CC) $(CPPFLAGS) -E -xc - >/dev/null 2>&1 && echo yes)
pg_version := $(shell $(PG_CONFIG) --version 2>/dev/null)
pg_major := $(firstword $(subst ., ,$(filter 1% 2%,$(pg_version))))

ifeq ($(pg_version),)
$(error "$(PG_CONFIG)" does not run: install postgresql-server-dev-N, N being the major version of your server, \
	or name it: make PG_CONFIG=/path/to/pg_config $(advice))
else ifneq ($(filter 10 11 12,$(pg_major)),)
$(error mindgap needs PostgreSQL 13 or later; "$(PG_CONFIG)" belongs to $(pg_version))
else ifeq ($(and $(pgxs),$(wildcard $(shell $(PG_CONFIG) --includedir-server)/postgres.h)),)
$(error "$(PG_CONFIG)" belongs to $(pg_version), whose server headers are missing: \
	install postgresql-server-dev-$(pg_major) $(advice))
else ifeq ($(call have_program,$(CC)),)
$(error no C compiler "$(firstword $(CC))": install build-essential $(advice))
else ifeq ($(call have_header,gsl/gsl_linalg.h),)
$(error no GNU Scientific Library: install libgsl-dev $(advice))
else ifeq ($(call have_header,cjson/cJSON.h),)
$(error no cJSON: install libcjson-dev $(advice))
else ifeq ($(if $(filter yes,$(with_llvm)),$(call have_program,$(CLANG)),not needed),)
$(error this PostgreSQL has JIT and wants "$(CLANG)", which is missing: \
	install $(notdir $(CLANG)), or run "make with_llvm=no" $(advice))
endif

ifneq ($(and $(out_of_place),$(wildcard $(top)extension/*.o $(top)extension/*/*.o $(top)sql/mindgap--*.sql)),)
$(error the source folder was built in place: run "make clean" there first)
endif

unlisted := $(filter-out $(sql_parts) sql/00-header.sql,$(patsubst $(top)%,%,$(wildcard $(top)sql/[0-9]*.sql)))
ifneq ($(unlisted),)
$(warning not named in sql/manifest, so left out: $(unlisted))
endif

endif


# ---- rules of our own ------------------------------------------------------

# awk ends each part with a line feed even where its author did not
$(install_script): sql/00-header.sql $(sql_parts) sql/manifest
	@mkdir -p $(@D)
	awk 1 $(filter-out %manifest,$^) >$@

# Objects made for one PostgreSQL are of no use to another.
$(OBJS) $(OBJS:.o=.bc): $(CURDIR)/.built-for
$(CURDIR)/.built-for: FORCE
	@echo '$(VERSION) $(includedir_server) $(CC)' | cmp -s - $@ || echo '$(VERSION) $(includedir_server) $(CC)' >$@

ifneq ($(out_of_place),)
# absolute, lest make find the source folder of the same name instead
object_folders := $(addprefix $(CURDIR)/,$(sort $(dir $(OBJS))))
$(OBJS) $(OBJS:.o=.bc): | $(object_folders)
$(object_folders):
	mkdir -p $@

# before 16, pg_regress looks for expected/ in the build folder alone
installcheck: $(CURDIR)/expected
$(CURDIR)/expected:
	ln -s $(abspath $(top)expected) $@
clean: clean-expected
clean-expected:
	rm -f $(CURDIR)/expected
endif

ifeq ($(out_of_place),)
clean: clean-unit
clean-unit:
	@test ! -f test/unit/Makefile || $(MAKE) -s -C test/unit clean
endif

test:
	@MAKEFLAGS= PG_CONFIG='$(PG_CONFIG)' $(top)test/run

demo:
	@MAKEFLAGS= PG_CONFIG='$(PG_CONFIG)' $(top)doc/demo/run

demo-psql:
	@MAKEFLAGS= PG_CONFIG='$(PG_CONFIG)' $(top)doc/demo/run --psql

bench:
	@MAKEFLAGS= PG_CONFIG='$(PG_CONFIG)' $(top)bench/run

typedefs:
	@PG_CONFIG='$(PG_CONFIG)' $(top)test/indent --typedefs

indent:
	@$(top)test/indent

dist:
	cd $(top) && git archive --format=zip --prefix=mindgap-$(version)/ -o mindgap-$(version).zip HEAD

help:
	@echo 'make                 build              (PG_CONFIG=/path/to/pg_config picks the PostgreSQL)'
	@echo 'make install         install            (as root, or with sudo)'
	@echo 'make installcheck    regression tests on a running server'
	@echo 'make test            install what is missing, build, install, run every check on a private server'
	@echo 'make demo            a private server with a made-up cohort, analysed'
	@echo 'make demo-psql       the same, then psql'
	@echo 'make bench           benchmarks'
	@echo 'make uninstall       remove what install put there'
	@echo 'make clean           remove what the build made'
	@echo 'make indent          format the C sources (pg_bsd_indent)'
	@echo 'make typedefs        rewrite typedefs.list, which indent reads, from the sources'
	@echo 'make dist            mindgap-$(version).zip of the last commit'
	@echo
	@echo 'WERROR=1             a warning is an error'
	@echo 'BLAS_LIBS=-lopenblas another CBLAS, single-threaded (make clean first)'
	@echo 'with_llvm=no         no bitcode for JIT'

FORCE:
.PHONY: FORCE all install installcheck uninstall clean clean-expected clean-unit \
	test demo demo-psql bench typedefs indent dist help
