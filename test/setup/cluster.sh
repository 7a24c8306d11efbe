# shellcheck shell=bash
# A private, throw-away PostgreSQL server for tests and the demo.  Source it:
#
#     . test/setup/cluster.sh
#     cluster_start       # sets PGHOST PGPORT PGUSER PGDATABASE, and PATH
#     psql -c 'SELECT 1'
#
# The server listens on a socket in a folder of its own, not on the network,
# and knows nothing of other servers on the machine.  It stops, and its folder
# goes, when the shell ends or is told to.  Root may not run PostgreSQL: then
# the server runs as user postgres (or nobody).
# PG_CONFIG picks the PostgreSQL.

cluster_dir=

cluster_as_server() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif command -v runuser >/dev/null; then
		runuser -u "$cluster_user" -- "$@"
	else
		# shellcheck disable=SC2016
		su -s /bin/sh "$cluster_user" -c '"$0" "$@"' "$@"
	fi
}

cluster_stop() {
	local pid_file=$cluster_dir/data/postmaster.pid pid
	[ -n "$cluster_dir" ] || return 0
	if [ -f "$pid_file" ]; then
		pid=$(head -n 1 "$pid_file")
		kill -INT "$pid" 2>/dev/null || true
		for _ in $(seq 100); do
			[ -f "$pid_file" ] || break
			sleep 0.1
		done
		[ ! -f "$pid_file" ] || kill -QUIT "$pid" 2>/dev/null || true
	fi
	rm -rf "$cluster_dir"
	cluster_dir=
}

# cluster_start [setting=value ...]
cluster_start() {
	local bin setting options='' parent=/tmp
	bin=$("${PG_CONFIG:-pg_config}" --bindir) || return 1
	cluster_user=postgres
	if [ "$(id -u)" = 0 ]; then
		id postgres >/dev/null 2>&1 || cluster_user=nobody
	elif [ -n "${TMPDIR:-}" ] && [ ${#TMPDIR} -lt 60 ]; then
		parent=$TMPDIR # a socket's path has room for 107 bytes
	fi
	trap cluster_stop EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	cluster_dir=$(mktemp -d "$parent/mindgap.XXXXXX") || return 1
	[ "$(id -u)" != 0 ] || chown "$cluster_user" "$cluster_dir"

	PGHOST=$cluster_dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PATH=$bin:$PATH
	export PGHOST PGPORT PGUSER PGDATABASE PATH
	unset PGPASSWORD PGSERVICE PGOPTIONS PGHOSTADDR PGDATESTYLE PGTZ PGCLIENTENCODING

	for setting in "listen_addresses=" "unix_socket_directories=$cluster_dir" \
		fsync=off synchronous_commit=off full_page_writes=off timezone=UTC "$@"; do
		options+=" -c '$setting'"
	done
	if ! (cd "$cluster_dir" &&
		cluster_as_server "$bin/initdb" -D "$cluster_dir/data" -U postgres --auth=trust \
			--no-locale --encoding=UTF8 --no-sync &&
		cluster_as_server "$bin/pg_ctl" -D "$cluster_dir/data" -l "$cluster_dir/log" \
			-o "$options -p $PGPORT" -w start) >"$cluster_dir/start" 2>&1; then
		echo "the private server did not start:" >&2
		cat "$cluster_dir/start" "$cluster_dir/log" >&2 2>/dev/null || true
		return 1
	fi
}
