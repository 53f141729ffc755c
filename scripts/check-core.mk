# Unit programs of test/unit: every test_*.c linked with the other files there and with src/core.
# Objects and programs go to OUT; called by check-core.sh once for each compiler.
#
#   make -f scripts/check-core.mk CC=gcc OUT=build/unit-gcc

# The core is plain C11 and must build without the server's headers; every finding of the
# sanitizers ends the program.  With sanitizers gcc's maybe-uninitialized sees ghosts; the build of
# the extension has it on.
STRICT    = -std=c11 -pedantic -Wall -Wextra -Wconversion -Wsign-conversion -Wvla -Werror $(if $(findstring gcc,$(CC)),-Wno-maybe-uninitialized)
SANITIZE  = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS    = -O1 -g $(STRICT) $(SANITIZE) -ffp-contract=off -Isrc -MMD -MP

PROGRAMS  = $(patsubst test/unit/%.c,$(OUT)/%,$(sort $(wildcard test/unit/test_*.c)))
SHARED    = $(sort $(filter-out $(wildcard test/unit/test_*.c),$(wildcard test/unit/*.c)) $(wildcard src/core/*.c))
OBJECTS   = $(patsubst %.c,$(OUT)/%.o,$(SHARED))

all: $(PROGRAMS)

$(PROGRAMS): $(OUT)/%: $(OUT)/test/unit/%.o $(OBJECTS)
	$(CC) $(SANITIZE) -o $@ $^ -lm

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

-include $(OBJECTS:.o=.d) $(PROGRAMS:$(OUT)/%=$(OUT)/test/unit/%.d)

.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:
