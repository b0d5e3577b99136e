# shellcheck shell=bash
# Starting a service and waiting for it. Sourced by inside/start.

# start NAME COMMAND...: in the background, output to log/NAME.log.
start() {
  local name=$1
  shift
  setsid "$@" >"$OSC_STATE/log/$name.log" 2>&1 </dev/null &
  echo $! >"$OSC_STATE/run/$name.pid"
}

log_tail() { tail -n 20 "$OSC_STATE/log/$1.log" >&2 || true; }

# wait_for SECONDS NAME COMMAND...: until the command succeeds; ends the start at once when the service has ended.
wait_for() {
  local seconds=$1 name=$2 pid end
  shift 2
  pid=$(cat "$OSC_STATE/run/$name.pid")
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null; then
      log_tail "$name"
      fail "$name has ended, see the tail of its log above" "whole log: $OSC_STATE/log/$name.log"
    fi
    if ((SECONDS >= end)); then
      log_tail "$name"
      fail "$name does not answer after $seconds s, see the tail of its log above" "last asked: $*"
    fi
    sleep 0.3
  done
}

# http URL CODE: does it answer with that code?
http() { [ "$(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "$1")" = "$2" ]; }

sql() { mariadb --defaults-file=/dev/null --socket="$OSC_STATE/run/mysql.sock" --user=root "$@"; }
