# make help lists the targets. BUILD chooses the build folder, SRC_DIRS limits what is built and unit-tested.
BUILD    ?= build
SRC_DIRS ?= base connectors pipeline
CC       ?= gcc
SANITIZE ?=

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wformat=2 \
        -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wnull-dereference -Wdouble-promotion \
        -Wswitch-enum -Wimplicit-fallthrough -Werror
ifeq ($(findstring clang,$(CC)),)
WARN += -Wduplicated-cond -Wlogical-op
endif
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now
ifeq ($(SANITIZE),)
OPT := -O2 -g -D_FORTIFY_SOURCE=2
else
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif
PKGS   := libpq libcurl yaml-0.1 yajl libcrypto xlsxwriter libxxhash
PQINC  := $(shell pg_config --includedir 2>/dev/null)
CFLAGS  = -std=gnu17 $(OPT) $(WARN) $(HARDEN) -I. -isystem $(PQINC) -D_GNU_SOURCE -DBIDUI_SOURCE_DIR='"$(CURDIR)"' -MMD -MP
LDLIBS := -lxlsxwriter -lpq -lcurl -lyajl -lyaml -lcrypto -lxxhash -lz -lm

SRC  := $(filter-out pipeline/main.c,$(shell find $(SRC_DIRS) -name '*.c' 2>/dev/null | sort))
OBJ  := $(SRC:%.c=$(BUILD)/obj/%.o)
MIGRATIONS := $(wildcard schema/[0-9]*.sql)
LIB  := $(BUILD)/libbidui.a
UNIT := $(shell for d in $(SRC_DIRS); do find tests/unit/$$d -name '*_test.c' 2>/dev/null; done | sort)
UNIT_BIN := $(UNIT:%.c=$(BUILD)/%)

.PHONY: all deps demo demo-stop test check-unit clean help
all: $(BUILD)/bidui          ## build the program

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
$(BUILD)/obj/migrations.o: $(MIGRATIONS) scripts/embed-schema.sh
	@mkdir -p $(@D)
	scripts/embed-schema.sh > $(BUILD)/obj/migrations.s
	$(CC) -c -o $@ $(BUILD)/obj/migrations.s
$(LIB): $(OBJ) $(BUILD)/obj/migrations.o
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/bidui: $(BUILD)/obj/pipeline/main.o $(LIB)
	$(CC) $(CFLAGS) $(LDHARDEN) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LIB) -lcmocka $(LDLIBS)

check-unit: $(UNIT_BIN)      ## unit tests
	@for t in $(UNIT_BIN); do $$t || exit 1; done

clean:                       ## remove what was built
	rm -rf $(BUILD)/obj $(BUILD)/libbidui.a $(BUILD)/bidui $(BUILD)/tests
help:                        ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST)

-include $(OBJ:.o=.d)
