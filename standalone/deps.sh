#!/usr/bin/env bash
# Names each missing prerequisite with the command that installs it, and installs it where that is ours to do: as root on Debian.
# Usage: deps.sh run | test   (test needs a browser and Python besides)
set -euo pipefail

purpose=${1:-run}
packages=()
by_hand=0

# missing WHAT HOW: names it.
missing() {
  echo "missing: $1: $2" >&2
}

# need COMMAND PACKAGE PURPOSE-IN-WORDS: what Debian brings.
need() {
  command -v "$1" >/dev/null 2>&1 && return
  packages+=("$2")
  missing "$1 ($3)" "apt-get install $2"
}

# at_least COMMAND MAJOR VERSION HOW PURPOSE-IN-WORDS: what Debian 12 does not bring in the version that is needed.
at_least() {
  local found=${3%%.*}
  [ -n "$found" ] && [ "$found" -ge "$2" ] && return
  by_hand=1
  missing "$1 $2 or newer ($5)" "$4"
}

command -v cargo >/dev/null 2>&1 || { by_hand=1; missing "Rust 1.95 or newer (builds the services)" "https://rustup.rs"; }
at_least Node.js 20 "$(node --version 2>/dev/null | tr -d v)" "https://nodejs.org" "builds the web app"
at_least npm 10 "$(npm --version 2>/dev/null)" "it comes with Node.js" "fetches packages"
need cc gcc "compiles native dependencies"
need g++ g++ "compiles native dependencies"
need make make "compiles native dependencies"
need cmake cmake "compiles native dependencies"
need java openjdk-17-jre-headless "runs Kafka"
need mvn maven "fetches Kafka"
need prometheus prometheus "collects metrics"
if [ "$purpose" = test ]; then
  need chromium chromium "shows the web app to the tests"
  need python3 python3 "clients of other languages"
  if command -v python3 >/dev/null 2>&1 && ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1; then
    packages+=(python3-venv)
    missing "Python's venv (clients of other languages)" "apt-get install python3-venv"
  fi
fi

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    exit 1
  fi
  echo "installing: ${packages[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  # Debian would start a Prometheus of its own; ours is started by the supervisor.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
exit "$by_hand"
