#!/usr/bin/env bash
# Names each missing prerequisite with the command that installs it, and installs it where that is ours to do: as root on Debian.
# Usage: deps.sh run | test   (test needs a browser and Python besides)
set -euo pipefail

purpose=${1:-run}
packages=()
missing=()

# need COMMAND PACKAGE PURPOSE-IN-WORDS
need() {
  command -v "$1" >/dev/null 2>&1 && return
  packages+=("$2")
  missing+=("$1 ($3): apt-get install $2")
}

# by_hand COMMAND HOW PURPOSE-IN-WORDS: what no Debian package brings in the version that is needed
by_hand() {
  command -v "$1" >/dev/null 2>&1 && return
  echo "missing: $1 ($3): $2" >&2
  exit 1
}

by_hand cargo "install Rust 1.95 or newer, https://rustup.rs" "builds the services"
by_hand node "install Node.js 20 or newer with npm, https://nodejs.org" "builds the web app"
by_hand npm "install npm 10 or newer" "fetches packages"
need cc gcc "compiles librdkafka"
need g++ g++ "compiles librdkafka"
need make make "compiles librdkafka"
need cmake cmake "compiles native dependencies"
need java openjdk-17-jre-headless "runs Kafka"
need mvn maven "fetches Kafka"
need prometheus prometheus "collects metrics"
if [ "$purpose" = test ]; then
  need chromium chromium "browser tests"
  need python3 python3 "a ClickHouse client of another language"
  python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || { packages+=(python3-venv); missing+=("python3's venv: apt-get install python3-venv"); }
fi

[ ${#packages[@]} -eq 0 ] && exit 0
printf 'missing: %s\n' "${missing[@]}" >&2
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  exit 1
fi
echo "installing: ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The package of Prometheus would start a server; ours is started by the supervisor.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get install -y -qq --no-install-recommends "${packages[@]}"
