# mlops: build, install and test.
#
#   make demo | test | psql | stop | clean-cluster     on a bare machine: scripts/dev.sh does all of it
#   make && make install && make installcheck          with a server of one's own (PGXS)
#   make check-core | check-fuzz | check-layers | check-format | format | lint

WRAPPED = demo test psql stop clean-cluster deps bench bench-training bench-serving bench-features
TOOLS   = check-core check-fuzz check-layers check-format format lint

.PHONY: $(WRAPPED) $(TOOLS)

# A bare machine has no pg_config yet, so these targets leave PGXS out.
ifneq ($(filter $(WRAPPED) $(TOOLS),$(MAKECMDGOALS)),)

$(WRAPPED):
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL bash scripts/dev.sh $@

$(TOOLS):
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL bash scripts/$@.sh

else

EXTENSION   = mlops
MODULE_big  = mlops
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" mlops.control)
OBJS        = $(patsubst %.c,%.o,$(sort $(wildcard src/core/*.c src/pg/*.c)))
FRAGMENTS   = $(sort $(wildcard sql/install/*.sql))
INSTALL_SQL = sql/mlops--$(EXTVERSION).sql
DATA_built  = $(INSTALL_SQL)
DATA        = $(wildcard sql/upgrade/mlops--*.sql)

# No contraction to fused multiply-add: the same forest on every machine.  In CPPFLAGS,
# because bitcode files get nothing else.
PG_CONFIG  ?= pg_config
PG_CPPFLAGS = -I$(srcdir)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -ffp-contract=off

# Tests and expected output are found by name.  The output folder must hold a link to expected/.
REGRESS        = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OUT   ?= .
REGRESS_OPTS   = --inputdir=test --outputdir=$(REGRESS_OUT) --load-extension=mlops
ISOLATION      = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=$(REGRESS_OUT) --load-extension=mlops
TAP_TESTS      = 1
PROVE_TESTS    = test/t/*.pl
EXTRA_CLEAN    = $(INSTALL_SQL) build

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

.DELETE_ON_ERROR:

# Debian's PGXS tracks no headers.
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*/*.h)

$(INSTALL_SQL): $(FRAGMENTS) mlops.control
	for f in $(FRAGMENTS); do echo "-- from $$f"; cat $$f; done > $@

# The one kernel that gains from vector code; PGXS knows the flags that do no harm to results.
src/core/histogram.o: override CFLAGS += $(CFLAGS_VECTORIZE)

endif
