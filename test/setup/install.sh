#!/usr/bin/env bash
# Installs what is missing, builds mindgap and installs it into the PostgreSQL
# that PG_CONFIG names (through sudo where the folders want that).
set -euo pipefail
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS

export PG_CONFIG=${PG_CONFIG:-pg_config}
test/setup/packages.sh
make -s -j"$(getconf _NPROCESSORS_ONLN)"

as_root=()
if [ ! -w "$("$PG_CONFIG" --pkglibdir)" ] || [ ! -w "$("$PG_CONFIG" --sharedir)/extension" ]; then
	as_root=(sudo)
fi
"${as_root[@]}" make -s install PG_CONFIG="$PG_CONFIG" >/dev/null
