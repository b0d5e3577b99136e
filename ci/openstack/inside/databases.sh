# shellcheck shell=bash
# MariaDB, RabbitMQ and the databases' tables. Sourced by inside/start.

start_databases() {
  mkdir -p "$OSC_STATE"/mysql{,-tmp} "$OSC_STATE/rabbit/mnesia"
  chown mysql: "$OSC_STATE"/mysql{,-tmp} "$OSC_STATE/run"
  if [ "$fresh" = yes ]; then
    mariadb-install-db --defaults-file="$conf/mariadb.cnf" --user=mysql --auth-root-authentication-method=normal \
      --skip-test-db >"$OSC_STATE/log/mariadb-install-db.log" 2>&1 || {
      # The reason comes first; pages of advice follow it.
      head -n 12 "$OSC_STATE/log/mariadb-install-db.log" >&2
      fail 'mariadb-install-db failed, see above'
    }
  fi
  start mariadb mariadbd --defaults-file="$conf/mariadb.cnf"
  # One scheduler without busy waiting: it would burn a core beside the servers under test.
  start rabbitmq env HOME="$OSC_STATE/rabbit" RABBITMQ_NODENAME=rabbit@localhost \
    RABBITMQ_MNESIA_BASE="$OSC_STATE/rabbit/mnesia" RABBITMQ_LOG_BASE="$OSC_STATE/rabbit" \
    RABBITMQ_CONFIG_FILE="$conf/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$conf/rabbitmq-plugins" \
    RABBITMQ_PID_FILE="$OSC_STATE/run/rabbit.pid" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1:1 +sbwt none' \
    RABBITMQ_DIST_PORT=25672 ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_CONF_ENV_FILE=/dev/null \
    /usr/lib/rabbitmq/bin/rabbitmq-server
  wait_for 60 mariadb sql -e 'select 1'
  step 'MariaDB answers'
}

# Runs one management command; its output goes to a log of its own.
manage() {
  local name=$1
  shift
  "$@" >"$OSC_STATE/log/manage-$name.log" 2>&1 && return
  log_tail "manage-$name"
  printf '%s failed, see above\n' "$name" >&2
  return 1
}

make_keystone_tables() {
  local keystone=(keystone-manage --config-file "$conf/keystone.conf")
  manage keystone-fernet "${keystone[@]}" fernet_setup --keystone-user root --keystone-group root
  manage keystone-credential "${keystone[@]}" credential_setup --keystone-user root --keystone-group root
  manage keystone-db "${keystone[@]}" db_sync
  manage keystone-bootstrap "${keystone[@]}" bootstrap --bootstrap-password admin --bootstrap-region-id RegionOne \
    --bootstrap-admin-url "http://$OSC_API:5000/v3" --bootstrap-internal-url "http://$OSC_API:5000/v3" \
    --bootstrap-public-url "http://$OSC_API:5000/v3"
  manage glance-db glance-manage --config-file "$conf/glance-api.conf" db_sync
  manage placement-db placement-manage --config-file "$conf/placement.conf" db sync
}

make_nova_tables() {
  local nova=(nova-manage --config-file "$conf/nova.conf" --config-file "$conf/nova-databases.conf")
  manage nova-api-db "${nova[@]}" api_db sync
  manage nova-cell0 "${nova[@]}" cell_v2 map_cell0 \
    --database_connection 'mysql+pymysql://osc:osc@127.0.0.1/nova_cell0?charset=utf8'
  manage nova-cell1 "${nova[@]}" cell_v2 create_cell --name cell1
  manage nova-db "${nova[@]}" db sync
}

make_neutron_tables() {
  manage neutron-db neutron-db-manage --config-file "$conf/neutron.conf" --config-file "$conf/ml2_conf.ini" upgrade heads
}

make_tables() {
  local database part parts=()
  for database in keystone glance placement nova_api nova_cell0 nova neutron; do
    echo "CREATE DATABASE $database CHARACTER SET utf8mb3;"
  done | sql
  sql -e "CREATE USER osc@'%' IDENTIFIED BY 'osc'; GRANT ALL ON *.* TO osc@'%'; FLUSH PRIVILEGES;"
  mkdir -p "$OSC_STATE/keystone"
  # Three processes, each with its own chain: they take seconds of CPU.
  for part in make_keystone_tables make_nova_tables make_neutron_tables; do
    (set -e; $part) &
    parts+=($!)
  done
  for part in "${parts[@]}"; do wait "$part" || fail 'the databases could not be set up, see above'; done
  step 'database tables are there'
}
