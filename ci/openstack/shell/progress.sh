# shellcheck shell=bash
# Progress and error lines. Sourced; wants $program, the name the user typed.

readonly started_ns=${started_ns:-$(date +%s%N)}

# Seconds since this program began, with one decimal.
elapsed_s() {
  local tenths=$((($(date +%s%N) - started_ns) / 100000000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

step() { printf '%7s s  %s\n' "$(elapsed_s)" "$*"; }

# fail WHAT [TO-DO]: ends the program with exit code 4 (infrastructure).
fail() {
  printf '%s: FAILED: %s\n' "$program" "$1" >&2
  [ -z "${2:-}" ] || printf '%s: to do: %s\n' "$program" "$2" >&2
  exit 4
}

# misused WHAT: ends the program with exit code 2 (usage).
misused() {
  printf '%s: %s (see: ci/openstack/%s --help)\n' "$program" "$1" "$program" >&2
  exit 2
}
