# shellcheck shell=bash
# What distinguishes one cloud from another on the same machine. Sourced after progress.sh by every program here.
# Everything that two clouds could both want (folder, addresses, link, cgroup) is derived from its number.

# shellcheck disable=SC2034 # used by "with"
path_before=$PATH
export PATH=/usr/sbin:/usr/bin:/sbin:/bin # the services are for Debian's python3, never that of pyenv or the like
export LC_ALL=C.UTF-8
unset PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

readonly settings_help='  --virt KIND       what the servers are: fake (nothing runs; for API and scale tests), lxc (containers at native
                    speed) or qemu (emulated machines)                             [OSC_VIRT, default: fake]
  --number N        tells clouds on this machine apart, 1 to 250; the API is at 10.76.N.2, the network "public"
                    is 10.77.N.0/24          [OSC_NUMBER, default: fake 1, lxc 2, qemu 3, with networks +10]
  --state DIR       everything the cloud writes          [OSC_STATE, default: /var/lib/givre-cloud/N]
  --tenant-networks own networks, routers and floating IPs; seeds network "private"   [OSC_TENANT_NETWORKS=yes]
  --tenant-mtu MTU  of the network "private"                                  [OSC_TENANT_MTU, default: 1450]'

# The word after an option.
value_of() {
  [ $# -ge 2 ] || misused "$1 wants a value"
  printf '%s' "$2"
}

# Takes one of the options above from the caller's words; sets $taken to how many words it was (0: not ours).
take_setting() {
  taken=2
  case $1 in
    --virt) OSC_VIRT=$(value_of "$@") ;;
    --number) OSC_NUMBER=$(value_of "$@") ;;
    --state) OSC_STATE=$(value_of "$@") ;;
    --tenant-mtu) OSC_TENANT_MTU=$(value_of "$@") ;;
    --tenant-networks) OSC_TENANT_NETWORKS=yes taken=1 ;;
    *) taken=0 ;;
  esac
}

default_number() {
  local number
  case $OSC_VIRT in
    fake) number=1 ;;
    lxc) number=2 ;;
    *) number=3 ;;
  esac
  if [ "$OSC_TENANT_NETWORKS" = yes ]; then number=$((number + 10)); fi
  echo $number
}

# Checks the settings and derives the rest.
settle() {
  : "${OSC_VIRT:=fake}" "${OSC_TENANT_NETWORKS:=no}" "${OSC_TENANT_MTU:=1450}"
  case $OSC_VIRT in
    fake | lxc | qemu) ;;
    *) misused "--virt $OSC_VIRT: there are fake, lxc and qemu" ;;
  esac
  : "${OSC_NUMBER:=$(default_number)}"
  [[ $OSC_NUMBER =~ ^[1-9][0-9]*$ ]] && [ "$OSC_NUMBER" -le 250 ] || misused "--number $OSC_NUMBER: must be 1 to 250"
  [[ $OSC_TENANT_MTU =~ ^[0-9]+$ ]] && [ "$OSC_TENANT_MTU" -ge 576 ] && [ "$OSC_TENANT_MTU" -le 1500 ] ||
    misused "--tenant-mtu $OSC_TENANT_MTU: must be 576 to 1500"
  : "${OSC_STATE:=/var/lib/givre-cloud/$OSC_NUMBER}"
  [[ $OSC_STATE = /* ]] || OSC_STATE=$PWD/$OSC_STATE
  OSC_LINK=givre$OSC_NUMBER              # our end of the cable between this machine and the cloud
  OSC_OUTSIDE=10.76.$OSC_NUMBER.1        # our address on it: what the cloud and its servers see of us
  OSC_API=10.76.$OSC_NUMBER.2            # the cloud's
  OSC_NET=10.77.$OSC_NUMBER              # the network "public", a /24; .1 is its gateway
  OSC_CGROUP=givre-cloud-$OSC_NUMBER
  export OSC_VIRT OSC_NUMBER OSC_STATE OSC_TENANT_NETWORKS OSC_TENANT_MTU
  export OSC_LINK OSC_OUTSIDE OSC_API OSC_NET OSC_CGROUP
}

# A cloud knows its own settings: its state folder, or its kind, is enough to name it.
recall_settings() {
  local state=${OSC_STATE:-}
  [ -n "$state" ] || state=$(settle && echo "$OSC_STATE")
  # shellcheck source=/dev/null
  [ ! -e "$state/settings" ] || . "$state/settings"
}

# Process id of the cloud's PID 1, if it runs. The command line is compared: the number may be another's by now.
cloud_pid() {
  local pid
  pid=$(cat "$OSC_STATE/pid1" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "inside/pid1 $OSC_STATE " || return 1
  echo "$pid"
}

# The machine's cgroup trees: one with v2, one for each controller with v1.
cgroup_trees() {
  local tree
  if [ -e /sys/fs/cgroup/cgroup.procs ]; then
    echo /sys/fs/cgroup
    return
  fi
  for tree in /sys/fs/cgroup/*; do
    [ ! -e "$tree/cgroup.procs" ] || echo "$tree"
  done
}

# Moves this very process into the cloud's own cgroups: "down" can then find every process, and remove every group, that
# comes of it.
enter_cgroups() {
  local tree
  for tree in $(cgroup_trees); do
    if [ ! -d "$tree/$OSC_CGROUP" ]; then
      mkdir "$tree/$OSC_CGROUP"
      # A new cpuset takes nobody in before it has CPUs and memory.
      if [ -e "$tree/cpuset.mems" ]; then
        cat "$tree/cpuset.cpus" >"$tree/$OSC_CGROUP/cpuset.cpus"
        cat "$tree/cpuset.mems" >"$tree/$OSC_CGROUP/cpuset.mems"
      fi
    fi
    echo "$BASHPID" >"$tree/$OSC_CGROUP/cgroup.procs"
  done
}

# Runs a command inside the cloud's namespaces and cgroups.
in_cloud() (
  pid=$(cloud_pid) || fail "no cloud runs in $OSC_STATE" 'start one with ci/openstack/up'
  enter_cgroups
  exec nsenter --target "$pid" --mount --net --pid --cgroup -- "$@"
)
