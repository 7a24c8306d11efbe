#!/usr/bin/env bash
# Installs what building and testing mindgap needs and this machine lacks
# (Debian, Ubuntu; as root or through sudo).  Where nothing is missing it does
# nothing and needs no network.  On other systems it says what to install.
#
# PG_CONFIG picks the PostgreSQL; without it the newest one installed, else
# the distribution's own.
set -euo pipefail

pg_config=${PG_CONFIG:-pg_config}
missing=()

has_program() { command -v "$1" >/dev/null 2>&1; }
has_header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }
ask_pg() { "$pg_config" "$1" 2>/dev/null || true; }

# apt-get, which speaks only where it fails
apt() {
	local root=() said
	[ "$(id -u)" = 0 ] || root=(sudo)
	said=$("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1) || {
		echo "$said" >&2
		return 1
	}
}

# The major version to install: that of pg_config, else the one its path
# names, else that of the newest server here, else the distribution's.
pg_major() {
	local v
	v=$(ask_pg --version | sed -n 's/^[^0-9]*\([0-9]*\).*/\1/p')
	[ -n "$v" ] || v=$(expr "$pg_config" : '.*/postgresql/\([0-9]*\)/' || true)
	[ -n "$v" ] || v=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 2>/dev/null |
		sed 's,.*/,,' | sort -n | tail -n 1)
	[ -n "$v" ] || v=$(apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
	echo "$v"
}

has_server() { [ -x "$(ask_pg --bindir)/initdb" ]; }
has_server_headers() {
	[ -f "$(ask_pg --pgxs)" ] && [ -f "$(ask_pg --includedir-server)/postgres.h" ]
}

# The clang that this PostgreSQL compiles bitcode with, where it has JIT
clang() {
	local makefile
	makefile=$(dirname "$(ask_pg --pgxs)")/../Makefile.global
	if [ -f "$makefile" ] && grep -q '^with_llvm[[:space:]]*= yes' "$makefile"; then
		sed -n 's/^CLANG = //p' "$makefile"
	fi
}

{ has_program cc && has_program make; } || missing+=(build-essential)
has_program pkg-config || missing+=(pkg-config)
has_header gsl/gsl_linalg.h || missing+=(libgsl-dev)
has_header cjson/cJSON.h || missing+=(libcjson-dev)
perl -MTest::More -e 1 2>/dev/null || missing+=(perl)
server_missing=$(has_server && has_server_headers || echo yes)
if [ -z "$server_missing" ]; then
	c=$(clang)
	[ -z "$c" ] || has_program "$c" || missing+=("$(basename "$c")" "$(basename "$c" | sed s/clang/llvm/)")
fi

if [ -z "$server_missing" ] && [ ${#missing[@]} = 0 ]; then
	exit 0
fi

if ! has_program apt-get; then
	echo "Missing, by their Debian names: ${missing[*]} ${server_missing:+PostgreSQL 13 or later with its server headers}" >&2
	echo "Install them with this system's package manager, then try again." >&2
	exit 1
fi
if [ "$(id -u)" != 0 ] && ! has_program sudo; then
	echo "Missing: ${missing[*]} ${server_missing:+postgresql-N postgresql-server-dev-N}" >&2
	echo "Install them as root (there is no sudo here), then try again." >&2
	exit 1
fi

apt update
if [ -n "$server_missing" ]; then
	major=$(pg_major)
	[ -n "$major" ] || { echo "apt knows no postgresql package" >&2; exit 1; }
	missing+=("postgresql-$major" "postgresql-server-dev-$major")
fi
echo "Installing ${missing[*]}"
apt install -y --no-install-recommends "${missing[@]}"
