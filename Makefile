# windvane. Non-recursive; one build folder per mode, so that modes never mix.
#   make                      release binary: build/release/windvane
#   make MODE=debug           -O0 -g
#   make SANITIZE=address,undefined check-unit
#   make help                 every target

comma := ,
MODE ?= release
SANITIZE ?=
WERROR ?=

ifneq ($(filter-out release debug,$(MODE)),)
$(error MODE is release or debug, not '$(MODE)')
endif
ifneq ($(filter-out address$(comma)undefined thread,$(SANITIZE)),)
$(error SANITIZE is address,undefined or thread, not '$(SANITIZE)')
endif

VARIANT := $(MODE)$(if $(SANITIZE),-$(if $(findstring thread,$(SANITIZE)),tsan,asan))
BUILD ?= build/$(VARIANT)

CC ?= cc
V ?=
Q := $(if $(V),,@)
PKGS := libmicrohttpd jansson libpq libcrypto libcurl
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lm
VERSION := $(shell cat VERSION)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wcast-qual -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wswitch-enum -Wimplicit-fallthrough -Wno-overlength-strings -fno-common $(if $(WERROR),-Werror)
MODE_CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
MODE_CFLAGS_debug := -O0 -g3 -fPIE
MODE_LDFLAGS := -pie -Wl,-z,relro,-z,now
SAN_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -U_FORTIFY_SOURCE)

ALL_CPPFLAGS := -D_GNU_SOURCE -DWINDVANE_VERSION='"$(VERSION)"' -Iinclude -Isrc -I$(BUILD)/gen $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(MODE_CFLAGS_$(MODE)) $(SAN_FLAGS) -pthread $(CFLAGS)
ALL_LDFLAGS = $(MODE_LDFLAGS) $(SAN_FLAGS) -pthread $(LDFLAGS)

# Files that are embedded: every SQL statement, the migrations, the shipped policies, the API description.
SQL_FILES := $(sort $(wildcard src/db/sql/*.sql))
MIGRATIONS := $(sort $(wildcard migrations/[0-9]*.sql))
POLICIES := $(sort $(wildcard policies/*.json))
GEN_H := $(BUILD)/gen/sql.h $(BUILD)/gen/assets.h
GEN_C := $(BUILD)/gen/sql.c $(BUILD)/gen/assets.c

SRC := $(sort $(wildcard src/*/*.c))
OBJ := $(SRC:%.c=$(BUILD)/%.o) $(GEN_C:%.c=%.o)
LIB_OBJ := $(filter-out $(BUILD)/src/main/%,$(OBJ))

UNIT_SRC := $(sort $(wildcard tests/unit/*/test_*.c))
DB_TEST_SRC := $(sort $(wildcard tests/db/test_*.c))
TEST_SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))
TEST_SUPPORT_OBJ := $(TEST_SUPPORT_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN := $(UNIT_SRC:%.c=$(BUILD)/%)
DB_TEST_BIN := $(DB_TEST_SRC:%.c=$(BUILD)/%)

.PHONY: all check check-unit check-db check-e2e format format-check lint layers schema-check \
	test-bins bench-forecast install clean help
.SECONDARY:

all: $(BUILD)/windvane

$(BUILD)/windvane: $(OBJ)
	@echo '  LINK    $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/src/%.o: src/%.c | $(GEN_H)
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c | $(GEN_H)
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(ALL_CPPFLAGS) -Itests/support $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/sql.c $(BUILD)/gen/sql.h &: scripts/embed_sql.awk $(SQL_FILES) $(if $(SQL_FILES),,FORCE)
	@mkdir -p $(@D)
	$(Q)awk -v header=$(BUILD)/gen/sql.h -v source=$(BUILD)/gen/sql.c -f scripts/embed_sql.awk $(SQL_FILES)

$(BUILD)/gen/assets.c $(BUILD)/gen/assets.h &: scripts/embed_assets.awk $(MIGRATIONS) $(POLICIES) openapi.yaml
	@mkdir -p $(@D)
	$(Q)awk -v header=$(BUILD)/gen/assets.h -v source=$(BUILD)/gen/assets.c -f scripts/embed_assets.awk \
		$(MIGRATIONS) $(POLICIES) openapi.yaml

FORCE:

# The HTTP server's tests stand on a fake of the seam instead of src/api.
$(BUILD)/tests/unit/http/%: $(BUILD)/tests/unit/http/%.o $(BUILD)/tests/unit/http/fake_api.o \
		$(filter $(BUILD)/src/http/% $(BUILD)/src/base/%,$(OBJ))
	@echo '  LINK    $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(TEST_SUPPORT_OBJ) $(LIB_OBJ)
	@echo '  LINK    $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka

test-bins: $(UNIT_BIN) $(DB_TEST_BIN)

check-unit: $(UNIT_BIN)
	@sh scripts/run-tests.sh $(UNIT_BIN)

# Needs WINDVANE_TEST_PG; tests/run.sh starts a throw-away PostgreSQL and sets it.
check-db: $(DB_TEST_BIN)
	@sh scripts/run-tests.sh $(DB_TEST_BIN)

check-e2e: all
	@WINDVANE_BIN=$(abspath $(BUILD)/windvane) sh scripts/run-tests.sh $(sort $(wildcard tests/e2e/test_*.py))

check: check-unit check-db check-e2e

# How well the forecast does on real orders; needs the data that bench/forecast.py names.
$(BUILD)/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bench/forecast: $(BUILD)/bench/forecast.o $(filter $(BUILD)/src/domain/% $(BUILD)/src/base/%,$(OBJ))
	@echo '  LINK    $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

bench-forecast: $(BUILD)/bench/forecast
	python3 bench/forecast.py $(BUILD)/bench/forecast

layers: all
	sh scripts/layers.sh $(BUILD)

schema-check: all
	sh scripts/schema.sh check $(BUILD)/windvane

FORMATTED := $(shell find src include tests bench -name '*.[ch]' 2>/dev/null)
format:
	clang-format -i $(FORMATTED)
format-check:
	clang-format --dry-run -Werror $(FORMATTED)
lint:
	sh scripts/lint.sh

install: all
	install -D -m 755 $(BUILD)/windvane $(DESTDIR)$(or $(PREFIX),/usr/local)/bin/windvane

clean:
	rm -rf build

help:
	@echo 'all          build/$(VARIANT)/windvane      (MODE=release|debug SANITIZE=address,undefined|thread WERROR=1 V=1)'
	@echo 'check        check-unit, check-db, check-e2e (the last two need WINDVANE_TEST_PG; see tests/run.sh)'
	@echo 'bench-forecast  walks the forecast of the backlog forward over real orders and judges it'
	@echo 'layers       proves the layer graph from dependency files and symbols'
	@echo 'schema-check migrates up, compares with migrations/schema.sql, down, up'
	@echo 'format       clang-format in place; format-check reports; lint runs the banned-function and clang-tidy checks'
	@echo 'install      PREFIX=/usr/local DESTDIR='

-include $(OBJ:.o=.d) $(UNIT_SRC:%.c=$(BUILD)/%.d) $(DB_TEST_SRC:%.c=$(BUILD)/%.d) $(TEST_SUPPORT_OBJ:.o=.d) $(BUILD)/bench/forecast.d
