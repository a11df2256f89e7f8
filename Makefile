# make help lists the targets. BUILD chooses the build folder, SRC_DIRS limits what is built and unit-tested,
# SANITIZE=address,undefined instruments it, V=1 shows the commands.
BUILD    ?= build
SRC_DIRS ?= base connectors pipeline
SANITIZE ?=
CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
Q        := $(if $(V),,@)

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wformat=2 \
        -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wnull-dereference -Wdouble-promotion \
        -Wswitch-enum -Wimplicit-fallthrough -Werror
ifeq ($(findstring clang,$(CC)),)
WARN += -Wduplicated-cond -Wlogical-op
FORTIFY := 3
else
FORTIFY := 2
endif
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now
ifeq ($(SANITIZE),)
OPT := -O2 -g -D_FORTIFY_SOURCE=$(FORTIFY)
else
# instrumented code confuses the range analysis behind this one warning
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
endif
PQINC  := $(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)
CFLAGS  = -std=gnu17 $(WARN) $(OPT) $(HARDEN) -I. -isystem $(PQINC) -D_GNU_SOURCE \
          -DBIDUI_SOURCE_DIR='"$(CURDIR)"' -MMD -MP
LDLIBS := -lxlsxwriter -lpq -lodbc -lcurl -lyajl -lyaml -lexpat -lzip -lfreexl -lssh -lcrypto -lxxhash -lz -lm

SRC  := $(filter-out pipeline/main.c,$(shell find $(SRC_DIRS) -name '*.c' 2>/dev/null | sort))
OBJ  := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB  := $(BUILD)/libbidui.a
MIGRATIONS := $(wildcard schema/[0-9]*.sql)
UNIT := $(shell for d in $(SRC_DIRS); do find tests/unit/$$d -name '*_test.c' 2>/dev/null; done | sort)
UNIT_BIN := $(UNIT:%.c=$(BUILD)/%)
INTEGRATION_BIN := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/integration/*_test.c)))
FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))

.PHONY: all deps deps-test demo demo-stop test check-unit check-pg check-e2e check-kill check-faults check-year test-peers check-config asan valgrind \
        fuzz lint bench bench-night bench-decode bench-http bench-connectors clean help tests-built
all: $(BUILD)/bidui                          ## build the program (build/bidui)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "cc   $<")
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<
$(BUILD)/obj/migrations.o: $(MIGRATIONS) scripts/embed-schema.sh
	@mkdir -p $(@D)
	$(Q)scripts/embed-schema.sh > $(BUILD)/obj/migrations.s
	$(Q)$(CC) -c -o $@ $(BUILD)/obj/migrations.s
# sounds and variants of the Chinese characters, out of ICU's data
$(BUILD)/make-sound: scripts/make-sound.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O1 -o $@ $< -licui18n -licuuc
$(BUILD)/sound_table.c: $(BUILD)/make-sound
	$(Q)$< > $@.new && mv $@.new $@
$(BUILD)/obj/sound_table.o: $(BUILD)/sound_table.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<
$(LIB): $(OBJ) $(BUILD)/obj/migrations.o $(BUILD)/obj/sound_table.o
	@rm -f $@
	$(Q)ar rcs $@ $^
$(BUILD)/bidui: $(BUILD)/obj/pipeline/main.o $(LIB)
	$(if $(V),,@echo "link $@")
	$(Q)$(CC) $(CFLAGS) $(LDHARDEN) -o $@ $^ $(LDLIBS)
$(BUILD)/department-server: $(wildcard tests/departments/*.c) $(wildcard tests/departments/*.h) $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "link $@")
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LDHARDEN) -o $@ $(filter %.c,$^) $(LIB) -lmicrohttpd -lgnutls $(LDLIBS)
$(BUILD)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "test $<")
	$(Q)$(CC) $(CFLAGS) -o $@ $< $(LIB) -lcmocka $(LDLIBS)

deps:                                        ## install the packages that building and the demo need
	@scripts/deps.sh run
deps-test:
	@scripts/deps.sh test

demo: deps                                   ## set everything up and run the main job on a sample county
	@$(MAKE) --no-print-directory -j2 $(BUILD)/bidui $(BUILD)/department-server
	@tests/departments/demo.sh start
demo-stop:                                   ## end the demo's database and departments
	@tests/departments/demo.sh stop

test: deps-test                              ## set everything up and pass every test
	@$(MAKE) --no-print-directory -j2 tests-built
	@/usr/bin/python3 tests/run.py
tests-built: $(BUILD)/bidui $(BUILD)/department-server $(UNIT_BIN) $(INTEGRATION_BIN) $(BUILD)/tests/lib/open_files.so
check-unit: $(UNIT_BIN)                      ## unit tests
	@for t in $(UNIT_BIN); do $$t || exit 1; done
check-pg: $(INTEGRATION_BIN) $(BUILD)/department-server ## integration tests against real servers
	@BUILD=$(BUILD) tests/run-integration.sh $(INTEGRATION_BIN)
check-config: $(BUILD)/bidui                 ## broken configurations, each told with file, line, key and hint
	@/usr/bin/python3 tests/check/broken_config.py $(BUILD)/bidui
	@/usr/bin/python3 tests/check/connector_help.py $(BUILD)/bidui
$(BUILD)/tests/lib/open_files.so: tests/lib/open_files.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 $(WARN) -O2 -D_GNU_SOURCE -shared -fPIC -o $@ $<
check-faults: tests-built                    ## every kind of connector against every fault (FAULTS=--quick: some of them)
	@/usr/bin/python3 tests/fault/campaign.py $(FAULTS)
test-peers: deps-test tests-built            ## servers that others wrote, connected by configuration alone (needs npm)
	@tests/peers/install.sh $(BUILD)/peers
	@/usr/bin/python3 tests/peers/peers_test.py
check-kill: tests-built                      ## kill -9 at every point of a run
	@/usr/bin/python3 tests/fault/kill_walk.py --every 1
fuzz:                                        ## run every fuzz target for FUZZ_SECONDS (default 20) each
	@LDLIBS="$(LDLIBS)" scripts/fuzz.sh $(BUILD)/fuzz $(FUZZ)
bench: bench-night bench-decode bench-http bench-connectors ## all of the benchmarks below
check-year: tests-built                      ## all 365 nights of the year that `make test` walks in strides
	@YEAR_EVERY=1 /usr/bin/python3 -m unittest discover -s tests/e2e -p year_test.py
bench-night: deps-test $(BUILD)/bidui        ## whole-night time and memory, side by side with the alternatives
	@/usr/bin/python3 tests/bench/bench.py
bench-decode: $(BUILD)/tests/bench/decode     ## JSON to rows, beside yajl's own drain
	@$<
bench-http: $(BUILD)/tests/bench/http_parallel $(BUILD)/department-server ## requests in flight, beside one at a time
	@BUILD=$(BUILD) $<
bench-connectors: deps-test $(BUILD)/tests/bench/read_source ## rows a second of each connector against its driver's floor
	@/usr/bin/python3 tests/bench/connectors.py
lint:                                        ## layering, banned functions, words that may not stand in the tree
	@scripts/lint.sh
clean:                                       ## remove what was built (not the demo)
	rm -rf $(BUILD)/obj $(LIB) $(BUILD)/bidui $(BUILD)/department-server $(BUILD)/tests $(BUILD)/fuzz $(BUILD)/asan
help:                                        ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

-include $(OBJ:.o=.d) $(UNIT_BIN:=.d) $(INTEGRATION_BIN:=.d)
