# siaga: build, test, install. `make help` lists what there is.
#
# One Makefile for the whole tree. A source file is found by lying in its room; nothing is listed.
# Nothing here asks pkg-config before it is needed: `make check` and `make demo` begin on a machine
# that has git and make and nothing else.

# ---- what the caller may set: CFLAGS, CPPFLAGS and LDFLAGS are added to ours, never replace them

O ?= build
prefix ?= /usr/local
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
includedir ?= $(prefix)/include
libexecdir ?= $(prefix)/libexec
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
bashdir ?= $(datadir)/bash-completion/completions
zshdir ?= $(datadir)/zsh/site-functions
sysconfdir ?= /etc
unitdir ?= $(prefix)/lib/systemd/system
userunitdir ?= $(prefix)/lib/systemd/user
sysusersdir ?= $(prefix)/lib/sysusers.d
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d

# ---- Debian packages: to build, to check, to run the demo

BUILD_PKGS = gcc libc6-dev pkgconf libzmq3-dev liblmdb-dev libmsgpack-dev libfyaml-dev libjansson-dev \
    libcsv-dev libsmartcols-dev libutf8proc-dev libsodium-dev libsystemd-dev libncurses-dev gettext
CHECK_PKGS = libcmocka-dev bats python3-pytest python3-zmq python3-msgpack python3-lmdb jq procps universal-ctags shellcheck faketime iproute2 nftables systemd mandoc tmux zsh less
DEMO_PKGS = python3-zmq python3-msgpack
FUZZ_PKGS = clang libclang-rt-dev llvm libcmocka-dev
DEB_PKGS = build-essential debhelper dh-python po-debconf python3 lintian git
BENCH_PKGS = redis-server postgresql nats-server rabbitmq-server mosquitto beanstalkd
SOAK_PKGS = clang libclang-rt-dev llvm valgrind util-linux systemd-container xfsprogs debootstrap $(DEB_PKGS)

# ---- sources, by room

ROOMS = base city net store persons views backup journal pipeline query ingress egress
PROTO := $(wildcard proto/*.c)
CORE := $(foreach room,$(ROOMS),$(wildcard daemon/$(room)/*.c)) $(filter-out daemon/main.c,$(wildcard daemon/*.c))
LIB := $(wildcard clients/lib/*.c)
TOOL := $(filter-out clients/siaga.c,$(wildcard clients/*.c))
MAINS := $(wildcard daemon/main.c clients/siaga.c)
SUPPORT := $(wildcard tests/support/*.c)
SHIM := tests/faults/shim.c
FAULTS := tests/faults/nth.c
TESTS := $(wildcard tests/unit/test_*.c tests/model/*.c tests/crash/*.c) $(filter-out $(SHIM) $(FAULTS),$(wildcard tests/faults/*.c))
FUZZ_TARGETS := $(wildcard tests/fuzz/test_*.c)
BENCH := $(wildcard bench/*.c) bench/peers/load.c
LOAD := $(filter-out bench/peers/load.c,$(wildcard bench/peers/*.c))

# ---- flags

comma := ,
B := $(O)$(if $(CONTROLS),/controls)$(if $(FUZZ),/fuzz)$(if $(SAN),/$(subst $(comma),-,$(SAN)))
sanitizers = $(subst asan,address,$(subst ubsan,undefined,$(subst tsan,thread,$(SAN))))

LIBRARIES = libzmq msgpack libfyaml jansson libsodium libsystemd libutf8proc smartcols ncursesw
# -D_GNU_SOURCE gives more than the two that ncurses asks for
pkg_cflags = $(filter-out -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=600,$(shell pkg-config --cflags $(LIBRARIES)))
pkg_libs = $(shell pkg-config --libs $(LIBRARIES)) -llmdb -lcsv -lpthread -lm

WARN = $(if $(FUZZ),-w) -Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
    $(if $(WERROR),-Werror)
HARDEN = -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
    -ftrivial-auto-var-init=zero $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
SANITIZE = -O1 -U_FORTIFY_SOURCE -fno-omit-frame-pointer -fsanitize=$(sanitizers) -fno-sanitize-recover=all
OUR_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DSIAGA_DAEMON_VERSION='"$(VERSION)"' $(if $(CONTROLS)$(FUZZ),-DSIAGA_CONTROLS) $(if $(FUZZ),-fsanitize=fuzzer-no-link) -I. -Iinclude -g -fPIC -fno-semantic-interposition \
    $(WARN) $(if $(SAN),$(SANITIZE),$(HARDEN))
OUR_LDFLAGS = -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(if $(SAN),-fsanitize=$(sanitizers)) $(STATIC_UBSAN)
# gcc's shared libubsan ignores log_path, and the reports of daemons under test would be lost
STATIC_UBSAN = $(if $(findstring clang,$(CC)),,$(if $(findstring ubsan,$(SAN)),-static-libubsan))

compile = $(CC) $(OUR_CFLAGS) $(pkg_cflags) $(CPPFLAGS) $(CFLAGS)
link = $(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS)
inputs = $(filter %.o,$^) $(filter %.a,$^)
libs = $(pkg_libs) $(LDLIBS)
# $(call run,WORD)command: one quiet line, or the command itself with V=1
run = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)

# ---- what comes out

objects = $(patsubst %.c,$(B)/%.o,$(1))
PROGRAMS = $(if $(wildcard daemon/main.c),$(B)/siagad) $(if $(wildcard clients/siaga.c),$(B)/siaga)
ARCHIVES = $(B)/libsiagad-core.a $(B)/libsiaga-tool.a $(B)/libsiaga.a
SHARED = $(B)/libsiaga.so.0
COMPLETIONS = $(if $(SAN)$(CONTROLS)$(FUZZ),,$(B)/completion/siaga $(B)/completion/_siaga)
# What the tools say in another language: po/id.po, found beside the program (clients/lang.h), for unit tests by a link.
CATALOGUES = $(patsubst po/%.po,$(B)/locale/%/LC_MESSAGES/siaga.mo,$(wildcard po/*.po))
TEST_PROGRAMS = $(patsubst %.c,$(B)/%,$(TESTS))
# Goes in front of the calls of a siagad without sanitizers, which want to be first themselves.
SHIM_LIBRARY = $(if $(SAN),,$(patsubst %.c,$(B)/%.so,$(SHIM)))
FUZZ_PROGRAMS = $(patsubst %.c,$(B)/%,$(FUZZ_TARGETS))
# Under clang libFuzzer brings main(); else play.c does. rig.c needs the router, which a target may replace.
FUZZ_GROUND = tests/fuzz/ground.c tests/fuzz/$(if $(FUZZ),begin,play).c $(filter-out tests/support/rig.c,$(SUPPORT))
FAULT_LIBRARIES = $(patsubst %.c,$(O)/%.so,$(FAULTS)) # for LD_PRELOAD: of no tree with a sanitizer
BENCH_PROGRAMS = $(patsubst %.c,$(B)/%,$(BENCH))
ALL_OBJECTS = $(call objects,$(PROTO) $(CORE) $(LIB) $(TOOL) $(MAINS) $(SUPPORT) $(TESTS) $(SHIM) $(FUZZ_TARGETS) $(FUZZ_GROUND) $(BENCH) $(LOAD))
VERSION = $(shell sed -n 's/^.define SIAGA_VERSION "\(.*\)"/\1/p' include/siaga.h)

# A siagad for tests alone, whose parts SIAGA_BREAK switches off one by one (daemon/base/control.h).
controls:
	+@$(MAKE) --no-print-directory CONTROLS=1 O='$(O)' '$(O)/controls/siagad' '$(O)/controls/siaga'

.PHONY: all po controls tests bench check soak fuzz fuzz-programs demo demo-built examples deb deps deps-demo deps-fuzz deps-deb deps-soak deps-bench deps-rivals bench-programs bench-peers install uninstall lint clean help FORCE
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(PROGRAMS) $(CATALOGUES) $(ARCHIVES) $(SHARED) $(B)/siaga.pc $(COMPLETIONS)
tests: $(TEST_PROGRAMS) $(B)/tests/unit/locale $(FUZZ_PROGRAMS) $(FAULT_LIBRARIES) $(SHIM_LIBRARY) ; @:
fuzz-programs: $(FUZZ_PROGRAMS) ; @:
bench-programs: all $(BENCH_PROGRAMS) ; @:

$(B)/siagad: $(call objects,daemon/main.c) $(B)/libsiagad-core.a
$(B)/siaga: $(call objects,clients/siaga.c) $(B)/libsiaga-tool.a $(B)/libsiaga.a
$(TEST_PROGRAMS): $(B)/%: $(B)/%.o $(call objects,$(SUPPORT)) $(ARCHIVES)
$(FUZZ_PROGRAMS): $(B)/%: $(B)/%.o $(call objects,$(FUZZ_GROUND)) $(ARCHIVES)
$(FUZZ_PROGRAMS): OUR_LDFLAGS += $(if $(FUZZ),-fsanitize=fuzzer)
$(BENCH_PROGRAMS): $(B)/%: $(B)/%.o $(ARCHIVES)
$(B)/bench/peers/load: $(call objects,$(LOAD))
$(TEST_PROGRAMS) $(FUZZ_PROGRAMS): pkg_libs += $(shell pkg-config --libs cmocka)
$(PROGRAMS) $(TEST_PROGRAMS) $(FUZZ_PROGRAMS) $(BENCH_PROGRAMS):
	$(call run,LINK)$(link) -pie -o $@ $(inputs) $(libs)

$(SHIM_LIBRARY): $(B)/%.so: $(B)/%.o
	$(call run,LINK)$(link) -shared -o $@ $< -ldl -lpthread

# Made anew each time, and again when the list of its sources changes: no member outlives its file.
$(B)/libsiagad-core.a: $(call objects,$(PROTO) $(CORE))
$(B)/libsiaga-tool.a: $(call objects,$(TOOL))
$(B)/libsiaga.a: $(call objects,$(PROTO) $(LIB))
$(ARCHIVES): $(B)/sources.stamp
	$(call run,AR)rm -f $@ && $(AR) qcs $@ $(filter %.o,$^)

$(SHARED): $(call objects,$(PROTO) $(LIB)) $(B)/sources.stamp clients/lib/libsiaga.map
	$(call run,LINK)$(link) -shared -Wl,-soname,$(@F),--version-script=clients/lib/libsiaga.map \
	    -o $@ $(filter %.o,$^) $(libs) && ln -sf $(@F) $(@D)/libsiaga.so

$(O)/tests/faults/%.so: tests/faults/%.c
	@mkdir -p $(@D)
	$(call run,CC)$(CC) -std=gnu17 -D_GNU_SOURCE -O1 -fPIC -Wall -Wextra -Wshadow $(if $(WERROR),-Werror) -shared -o $@ $< -ldl

$(B)/siaga.pc: clients/lib/siaga.pc.in include/siaga.h $(B)/paths.stamp
	$(call run,GEN)sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
	    -e 's|@includedir@|$(includedir)|' -e 's|@version@|$(VERSION)|' $< > $@

# What completes command lines is told by the program itself.
$(B)/completion/siaga: words_for = bash
$(B)/completion/_siaga: words_for = zsh
$(B)/completion/siaga $(B)/completion/_siaga: $(B)/siaga
	@mkdir -p $(@D)
	$(call run,GEN)$< completion $(words_for) > $@

$(B)/locale/%/LC_MESSAGES/siaga.mo: po/%.po
	@mkdir -p $(@D)
	$(call run,MO)msgfmt --check -o $@ $<
$(B)/siaga: | $(CATALOGUES)
$(B)/tests/unit/locale: | $(CATALOGUES)
	@mkdir -p $(@D) && ln -sfn ../../locale $@

# What an object depends on is noted under both its names: `make` says build/x.o, `make check` the whole path.
$(B)/%.o: %.c $(B)/flags.stamp
	@mkdir -p $(@D)
	$(call run,CC)$(compile) -MMD -MP -MT '$(abspath $@)' -MT '$(patsubst $(CURDIR)/%,%,$(abspath $@))' -c -o $@ $<

# Stamps change only when what they hold changes: the flags, or the list of sources.
stamp = mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@
$(B)/flags.stamp: FORCE
	@pkg-config --exists $(LIBRARIES) || { echo 'siaga: libraries are missing; try: make deps' >&2; exit 1; }
	@$(call stamp,$(compile) | $(link))
$(B)/paths.stamp: FORCE
	@$(call stamp,$(prefix) $(libdir) $(includedir))
$(B)/sources.stamp: FORCE
	@$(call stamp,$(PROTO) $(CORE) $(LIB) $(TOOL))

-include $(ALL_OBJECTS:.o=.d)

# ---- packages: one question to dpkg; as root what is missing is installed, else the command is printed

define ensure
@command -v dpkg-query > /dev/null || { echo 'siaga: not a Debian system; see BUILD_PKGS in the Makefile'; exit 0; }; \
have=$$(dpkg-query -W -f='$${db:Status-Status}:$${Package} ' $(1) 2> /dev/null); missing=; \
for p in $(1); do case " $$have" in *" installed:$$p "*) ;; *) missing="$$missing $$p" ;; esac; done; \
[ -n "$$missing" ] || exit 0; \
if [ "$$(id -u)" != 0 ]; then \
    printf 'siaga: packages are missing; nothing was changed. Install them with:\n  sudo apt-get install -y%s\n' "$$missing" >&2; \
    exit 1; fi; \
echo "siaga: installing what is missing:$$missing"; export DEBIAN_FRONTEND=noninteractive; \
apt-get update -qq; apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $$missing > /dev/null
endef

deps:
	$(call ensure,$(sort $(BUILD_PKGS) $(CHECK_PKGS)))
deps-demo:
	$(call ensure,$(sort $(BUILD_PKGS) $(DEMO_PKGS)))
deps-fuzz:
	$(call ensure,$(sort $(BUILD_PKGS) $(FUZZ_PKGS)))
deps-deb:
	$(call ensure,$(sort $(BUILD_PKGS) $(DEB_PKGS)))
deps-soak:
	$(call ensure,$(sort $(BUILD_PKGS) $(CHECK_PKGS) $(SOAK_PKGS)))
# The rivals of bench/peers, all or those of PEERS.
deps-bench:
	+@bench/peers/unstarted.sh $(MAKE) --no-print-directory deps-rivals
deps-rivals:
	$(call ensure,$(sort $(BUILD_PKGS) $(DEMO_PKGS) procps strace $(if $(PEERS),$(foreach p,$(subst $(comma), ,$(PEERS)),$(filter $(p)%,$(BENCH_PKGS))),$(BENCH_PKGS))))

# ---- check and demo: packages first, then a second make that may rely on them

jobs = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
absolute = $(abspath $(O))

check: deps
	+@MAKE='$(MAKE) $(jobs)' SIAGA_OUT='$(absolute)' tests/run.sh $(SUITE)
# The fault tests in their full form, for as long as a night has: the table in tests/soak.sh. ROWS="D1 D5" plays some.
soak: deps-soak
	+@MAKE='$(MAKE) $(jobs)' SIAGA_OUT='$(absolute)' tests/soak.sh $(ROWS)
# Each target of tests/fuzz for FUZZ_S seconds, then the controls; TARGETS="wire row" plays some.
fuzz: deps-fuzz
	+@$(MAKE) --no-print-directory $(jobs) CC=clang FUZZ=1 SAN=asan,ubsan O='$(O)' fuzz-programs
	@tests/fuzz/run.sh '$(absolute)/fuzz' $(TARGETS)
# siagad alone against its limits: under five minutes; writes docs/LIMITS.md.
bench: deps-demo
	+@$(MAKE) --no-print-directory $(jobs) bench-programs
	@SIAGA_BUILD='$(absolute)' bench/run.py --out docs/LIMITS.md
# siagad beside the rivals. PEERS=redis,nats and QUICK=1 narrow it; the whole of it writes docs/SPEED.md.
bench-peers: deps-bench
	+@$(MAKE) --no-print-directory $(jobs) bench-programs
	@SIAGA_BUILD='$(absolute)' bench/peers/race.py --out $(if $(QUICK)$(PEERS),'$(absolute)',docs)
demo: deps-demo
	+@$(MAKE) --no-print-directory $(jobs) demo-built
demo-built: all
	@SIAGA_BUILD='$(absolute)' demo/run.sh

# The papers of a made-up month, in docs/examples; a flow test wants them to be what the command makes.
examples: all tests
	@SIAGA_BUILD='$(absolute)' demo/month.sh docs/examples
# The texts of the sources into po/: new ones come in without a translation, what is nowhere any more goes.
# Neither guesses (no fuzzy entries) nor line numbers, so that a change of the sources changes its own texts alone.
KEYWORDS = N_ NC_:1c,2 tool_text:2 tool_complain:3 tool_note:2 page_text:2 top_say:3 paint_words:4
po:
	@mkdir -p $(B)
	@xgettext --language=C --from-code=UTF-8 --omit-header --add-location=file $(KEYWORDS:%=--keyword=%) -o $(B)/siaga.pot $(wildcard clients/*.[ch])
	@for po in $(wildcard po/*.po); do msgmerge --quiet --update --backup=none --no-fuzzy-matching --add-location=file $$po $(B)/siaga.pot && \
	    msgattrib --no-obsolete --add-location=file -o $$po $$po && printf '%s: ' $$po && msgfmt --statistics -o /dev/null $$po || exit 1; done

# The Debian packages of the commit that is checked out, in $(O)/deb/, built twice and looked through by lintian.
deb: deps-deb
	@debian/build.sh '$(absolute)/deb'
lint:
	@shellcheck $$(grep -rlE '^#!.*(sh|bats)' --include='*' tests demo examples systemd debian bench .ci 2> /dev/null)
	@clang-format --dry-run -Werror $$(find proto daemon clients include tests bench -name '*.[ch]')

# ---- install; the city's files are the city's: a folder that has a siagad.yaml is left as it is

D = $(DESTDIR)
conf = $(D)$(sysconfdir)/siaga
put = install -D -m $(1) $(2) $(D)$(3)
tree = for f in $$(cd $(1) && find . -type f ! -path './man/*'); do install -D -m 644 $(1)/$$f $(2)/$$f || exit 1; done
# A unit or a page of the manual with the paths of this installation in place of its own.
place = install -d '$(D)$(3)' && sed 's|/usr/sbin/|$(sbindir)/|g; s|/usr/bin/siaga |$(bindir)/siaga |g; s|/usr/libexec/|$(libexecdir)/|g; s|/usr/share/|$(datadir)/|g; s|/etc/siaga|$(sysconfdir)/siaga|g' \
    '$(1)' > '$(D)$(3)/$(notdir $(1))' && chmod $(2) '$(D)$(3)/$(notdir $(1))'
# Verbs that are programs, too: siaga-VERB is a link, and so is its page, to the one that tells of it.
APPLETS = emergency:send report:send watch:list
applet = $(D)$(bindir)/siaga-$(word 1,$(subst :, ,$(1))) $(D)$(mandir)/man1/siaga-$(word 1,$(subst :, ,$(1))).1
UNITS = $(notdir $(wildcard systemd/*.service systemd/*.socket systemd/*.target systemd/*.timer))

install: all
	$(call put,755,$(B)/siagad,$(sbindir)/siagad)
	$(call put,755,$(B)/siaga,$(bindir)/siaga)
	$(call put,644,$(B)/libsiaga.a,$(libdir)/libsiaga.a)
	$(call put,644,$(SHARED),$(libdir)/libsiaga.so.0)
	ln -sf libsiaga.so.0 $(D)$(libdir)/libsiaga.so
	$(call put,644,include/siaga.h,$(includedir)/siaga.h)
	$(call put,644,include/siaga_outbox.h,$(includedir)/siaga_outbox.h)
	$(call put,644,$(B)/siaga.pc,$(libdir)/pkgconfig/siaga.pc)
	$(foreach unit,$(UNITS),$(call place,systemd/$(unit),644,$(unitdir)) &&) :
	$(call place,systemd/siaga-alarm,755,$(libexecdir)/siaga)
	$(call place,systemd/siaga-backup,755,$(libexecdir)/siaga)
	$(call place,systemd/user/siaga-flush.service,644,$(userunitdir))
	$(call place,systemd/user/siaga-flush.timer,644,$(userunitdir))
	$(call put,644,systemd/siaga.sysusers.conf,$(sysusersdir)/siaga.conf)
	$(call put,644,systemd/siaga.tmpfiles.conf,$(tmpfilesdir)/siaga.conf)
	$(call tree,etc,$(D)$(datadir)/siaga/etc)
	$(call tree,docs,$(D)$(datadir)/siaga/docs)
	$(foreach page,$(wildcard docs/man/*.[1-8]),$(call place,$(page),644,$(mandir)/man$(subst .,,$(suffix $(page)))) &&) :
	$(foreach page,$(wildcard docs/man/id/man1/*.1),$(call place,$(page),644,$(mandir)/id/man1) &&) :
	for applet in $(APPLETS); do ln -sf siaga $(D)$(bindir)/siaga-$${applet%:*} && \
	    ln -sf siaga-$${applet#*:}.1 $(D)$(mandir)/man1/siaga-$${applet%:*}.1 || exit 1; done
	for po in $(CATALOGUES:$(B)/locale/%=%); do install -D -m 644 $(B)/locale/$$po $(D)$(datadir)/locale/$$po || exit 1; done
	$(if $(COMPLETIONS),$(call put,644,$(B)/completion/siaga,$(bashdir)/siaga))
	$(if $(COMPLETIONS),$(call put,644,$(B)/completion/_siaga,$(zshdir)/_siaga))
	[ -e $(conf)/siagad.yaml ] || { $(call tree,etc/bekasi,$(conf)); }
	[ -n "$(D)" ] || [ "$$(id -u)" != 0 ] || ldconfig

uninstall:
	rm -f $(D)$(sbindir)/siagad $(D)$(bindir)/siaga $(D)$(libdir)/libsiaga.so $(D)$(libdir)/libsiaga.so.0 $(D)$(libdir)/libsiaga.a \
	    $(D)$(includedir)/siaga.h $(D)$(includedir)/siaga_outbox.h $(D)$(libdir)/pkgconfig/siaga.pc $(UNITS:%='$(D)$(unitdir)/%') $(D)$(libexecdir)/siaga/siaga-alarm $(D)$(libexecdir)/siaga/siaga-backup \
	    $(D)$(userunitdir)/siaga-flush.service $(D)$(userunitdir)/siaga-flush.timer \
	    $(D)$(sysusersdir)/siaga.conf $(D)$(tmpfilesdir)/siaga.conf \
	    $(foreach page,$(wildcard docs/man/*.[1-8]),$(D)$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	    $(foreach page,$(wildcard docs/man/id/man1/*.1),$(D)$(mandir)/id/man1/$(notdir $(page))) \
	    $(foreach one,$(APPLETS),$(call applet,$(one))) \
	    $(CATALOGUES:$(B)/locale/%=$(D)$(datadir)/locale/%) $(D)$(bashdir)/siaga $(D)$(zshdir)/_siaga
	rm -rf $(D)$(datadir)/siaga
	rmdir $(D)$(libexecdir)/siaga 2> /dev/null || :
	@echo 'left as they are: $(conf) and the store'

clean:
	rm -rf $(O)

help:
	@echo 'make             siagad, siaga, libsiaga, in $(O)/'
	@echo 'make check       installs what is missing, builds, runs every test; SUITE="unit flow" runs some'
	@echo 'make soak        the fault tests in their full form, a night long; ROWS="D1 D5" plays some; $(O)/logs/soak.md tells'
	@echo 'make fuzz        looks for input that breaks a reader, FUZZ_S seconds (60) each; TARGETS="wire row"'
	@echo 'make demo        installs what is missing, builds, runs a small city and shows it'
	@echo 'make examples    the daily report and the monthly briefing of a made-up month, in docs/examples'
	@echo 'make po          brings the texts of the tools into po/*.po, for whoever translates them'
	@echo 'make deb         the Debian packages of the commit, in $(O)/deb/: built twice, the same bytes, no word of lintian'
	@echo 'make bench       siagad against what disk, LMDB and ZeroMQ allow, some minutes'
	@echo 'make bench-peers siagad beside Redis, PostgreSQL, NATS, RabbitMQ and others; PEERS=redis,nats QUICK=1; docs/SPEED.md tells'
	@echo 'make install     DESTDIR= prefix= libdir= sysconfdir= unitdir=; never touches a city that is there'
	@echo 'make uninstall   takes away what install put there, but for the city and its store'
	@echo 'make deps        the Debian packages all this needs; says which'
	@echo 'make lint        format and shell scripts'
	@echo 'make clean       removes $(O)/'
	@echo 'V=1 shows commands; SAN=asan,ubsan or SAN=tsan builds beside the plain tree; WERROR=1; O=DIR'
