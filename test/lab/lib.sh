# shellcheck shell=bash
# What the lab's scripts share: where things live, how to speak, how to fail. Sourced, never run.

SELF_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE_DIR=$(cd "$SELF_DIR/../.." && pwd)

# Two labs can stand side by side under different names: state and namespaces carry the name.
LAB_NAME=${LAB_NAME:-vglab}
LAB_CACHE=${LAB_CACHE:-${HOME:-/root}/.cache/vip-guardian-lab}
LAB_STATE=${LAB_STATE:-/run/$LAB_NAME}
LAB_SUITE=${LAB_SUITE:-bullseye}
SUITES=(bullseye bookworm trixie)
export SELF_DIR SOURCE_DIR LAB_NAME LAB_CACHE LAB_STATE LAB_SUITE

# Read by a caller that must tell "cannot be had here" from "is broken": a skip is never a pass.
# shellcheck disable=SC2034
EXIT_SKIPPED=77

say()  { printf '%s\n' "lab: $*" >&2; }
die()  { printf '%s\n' "lab: error: $*" >&2; exit 1; }
skip() { printf '%s\n' "SKIPPED: $*" >&2; exit "$EXIT_SKIPPED"; }

need_root() { [ "$(id -u)" = 0 ] || die "needs root (namespaces, mounts, containers): sudo $0"; }

need_tools() {
  local tool missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] || die "missing on this machine: ${missing[*]} (test/demo installs all that the lab needs)"
}

known_suite() {
  local suite
  for suite in "${SUITES[@]}"; do [ "$suite" = "$1" ] && return 0; done
  die "unknown suite '$1'; the lab knows: ${SUITES[*]}"
}

# The machine's own idea of where Debian comes from (a proxy or a mirror inside a company), else the public one.
mirror() {
  [ -z "${LAB_MIRROR:-}" ] || { printf '%s\n' "$LAB_MIRROR"; return; }
  local uri
  # shellcheck disable=SC2016  # apt's own placeholder
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 2>/dev/null | grep -m1 -E '/debian/?$') || true
  uri=${uri:-http://deb.debian.org/debian}
  printf '%s\n' "${uri%/}"
}

# --- a lab that stands -------------------------------------------------------------------------------------------------

# A command in the network of NAME only, with the machine's own programs: an observer that the node does not see.
in_net() { local name=$1; shift; nsenter --net="/run/netns/$LAB_NAME-$name" -- "$@"; }

# A command inside a node, as an administrator on it would run it.
in_node() {
  local node=$1 leader
  shift
  leader=$(cat "$LAB_STATE/$node/leader.pid" 2>/dev/null) || die "$node is not up (test/lab/up)"
  nsenter --target "$leader" --mount --uts --ipc --net --pid --root -- \
    /usr/bin/env -C / -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
    LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive SYSTEMD_PAGER='' "$@"
}

# The client is no container: a network and a root of its own are enough to ping, capture and serve DHCP.
in_client() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  nsenter --net="/run/netns/$LAB_NAME-client" -- unshare --mount --propagation private -- sh -c '
    root=$1; shift
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && exec chroot "$root" "$@"' \
    sh "$LAB_STATE/client/root" "$@"
}

# The first process of a node: the child that nspawn put in a process namespace of its own.
init_of() { # NODE
  local pid child
  pid=$(cat "$LAB_STATE/$1/nspawn.pid")
  # shellcheck disable=SC2013  # process ids, one word each
  for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
    if grep -q '^NSpid:.*[[:space:]]1$' "/proc/$child/status" && [ "$(cat "/proc/$child/comm")" = systemd ]; then
      printf '%s\n' "$child"
      return 0
    fi
  done
  return 1
}
