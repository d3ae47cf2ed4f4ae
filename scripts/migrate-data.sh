#!/usr/bin/env bash
# Moves the data of a SQLite file into PostgreSQL and compares every row; run it again after any interruption.
#   scripts/migrate-data.sh prod.db postgresql://me@host/app [options of `reconcile migrate`]
# The password comes from PGPASSWORD or ~/.pgpass. Exit code 0 means: every row arrived, and equals its source.
set -euo pipefail

if [ "$#" -lt 2 ]; then
  sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
fi
beside="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv/bin/reconcile"
program="$(command -v reconcile || true)"
[ -x "$beside" ] && program="$beside"
if [ -z "$program" ]; then
  echo "reconcile is not installed: \`make install\` here, or \`pip install 'reconcile-aws[migrate]'\`" >&2
  exit 1
fi
exec "$program" migrate "$1" --target "$2" "${@:3}"
