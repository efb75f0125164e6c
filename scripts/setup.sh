#!/usr/bin/env bash
# Installs the packages of scripts/packages.txt that are missing. Says nothing
# and asks the network nothing where all of them are there.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
source "$(dirname "$0")/common.sh"

packages=$(sed 's/#.*//' scripts/packages.txt | xargs)

missing() {
  local package
  for package in $packages; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null |
      grep -qx installed || echo "$package"
  done
}

has_candidate() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^ *Candidate: [^(]'
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  die "this needs Debian 12 (dpkg-query and apt-get were not found);" \
    "elsewhere, install the counterparts of scripts/packages.txt by hand"

wanted=$(missing | xargs)
[[ -n $wanted ]] || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    die "missing packages: $wanted; install them as root"
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q)

say "installing: $wanted"
quietly "${apt[@]}" update
if ! has_candidate llvm-22-dev; then
  # Debian 12 ships LLVM 22 in its security suite.
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  [[ $codename == bookworm ]] ||
    die "no package llvm-22-dev in the sources of this system ($codename)"
  echo "deb http://deb.debian.org/debian-security bookworm-security main" |
    "${as_root[@]}" tee /etc/apt/sources.list.d/altgrad-llvm-22.list >/dev/null
  quietly "${apt[@]}" update
fi
# shellcheck disable=SC2086 # one word for each package
quietly "${apt[@]}" install --no-install-recommends $wanted

still=$(missing | xargs)
[[ -z $still ]] || die "still missing after the installation: $still"
