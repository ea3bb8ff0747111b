#!/bin/bash
# What the scripts in this folder share; sourced, never run.
# Not here: anything about training.

script=launch/$(basename "$0")

# The repository's folder, from wherever a script was called.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# How tests are built: in release, as the kernels are a hundred times slower in debug, with testing enabled, with
# fault points (TRANSGAN_FAULTS=1 beside these), and apart from the program that users have.
# shellcheck disable=SC2034
test_build=(-c release -Xswiftc -enable-testing --package-path "$repository" --scratch-path "$repository/.build/tests")

say() { printf '%s: %s\n' "$script" "$*" >&2; }

# fail CODE TEXT...: says one sentence and ends with the code (see the exit codes in README.md).
fail() {
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# The cores that this process may use: what mpirun counts as slots. Two threads of one core count once.
available_cores() {
  local cores
  cores=$(lscpu -p=CORE,SOCKET 2> /dev/null | grep -v '^#' | sort -u | wc -l)
  if [ "$cores" -lt 1 ] || [ "$cores" -gt "$(nproc)" ]; then cores=$(nproc); fi
  echo "$cores"
}

# Open MPI refuses to start as root unless told twice. As root (in a container, say) these scripts tell it,
# and say that they do. A user who decided otherwise by setting the first variable is left alone.
allow_mpirun_as_root() {
  [ "$(id -u)" = 0 ] || return 0
  [ -z "${OMPI_ALLOW_RUN_AS_ROOT:-}" ] || return 0
  say "running as root, which mpirun refuses by default; allowing it for this command by" \
    "OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}
