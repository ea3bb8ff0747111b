# Trials in surroundings that lack something: nobody who reads, no space, no descriptors, no cores; sourced by
# launch/torture. Those that mount something, in a namespace of their own, need root.
# shellcheck shell=bash

can_mount() { [ "$(id -u)" = 0 ] && in_mounts true 2> /dev/null; }

# in_mounts SCRIPT ARGUMENTS...: bash with mounts that nobody else sees.
in_mounts() {
  local commands=$1
  shift
  unshare --mount --propagation private bash -c "$commands" in_mounts "$@"
}

command_line() { command=(mpirun --oversubscribe -np "$np" "$program" train "${recipe[@]}" --run-dir "$run"); }

# The training ends as if nothing were wrong.
expect_undisturbed() {
  expect 0
  expect_golden "of the run"
  next=''
}

# The ranks' standard output and error are closed. (A launcher whose own standard error is closed hangs.)
trial_closed() {
  local command
  command_line
  # shellcheck disable=SC2016
  command=("${command[@]:0:4}" bash -c 'exec "$@" >&- 2>&-' closed "${command[@]:4}")
  "${command[@]}" > "$run.log" 2>&1 &
  child=$!
  await
  expect_undisturbed
}

# Whoever reads the output leaves after a line.
trial_head() {
  local command
  command_line
  "${command[@]}" > >(head -n 1 > "$run.log") 2>&1 &
  child=$!
  await
  expect_undisturbed
}

# No space for the log and the statistics, but for checkpoints: one warning each.
trial_fulllog() {
  local command lines
  command_line
  # shellcheck disable=SC2016
  in_mounts 'run=$1 && shift && mkdir -p "$run" "$run-full" && mount -t tmpfs -o size=16k none "$run-full" &&
    touch "$run/log.txt" "$run/stats.jsonl" "$run-full/log.txt" "$run-full/stats.jsonl" &&
    { cat /dev/zero > "$run-full/rest" 2> /dev/null || true; } &&
    mount --bind "$run-full/log.txt" "$run/log.txt" && mount --bind "$run-full/stats.jsonl" "$run/stats.jsonl" &&
    "$@"' "$run" "${command[@]}" > "$run.log" 2>&1 &
  child=$!
  await
  expect_undisturbed
  lines=$(grep -c 'No space left on device' "$run.log")
  [ "$lines" = 2 ] || refute "said $lines times that there is no space instead of once for each file"
}

# Shared memory that holds no message.
trial_shm() {
  local command
  command_line
  # shellcheck disable=SC2016
  in_mounts 'mount -t tmpfs -o size=64k none /dev/shm && "$@"' "${command[@]}" > "$run.log" 2>&1 &
  child=$!
  await
  expect_undisturbed
}

# No space for what Open MPI keeps of a session: its own words, and no training.
trial_tmp() {
  local command
  command_line
  # shellcheck disable=SC2016
  in_mounts 'full=$1-tmp && shift && mkdir "$full" && mount -t tmpfs -o size=4k,nr_inodes=2 none "$full" &&
    TMPDIR=$full "$@"' "$run" "${command[@]}" > "$run.log" 2>&1 &
  child=$!
  await
  expect 1
  says "No space left on device"
}

# Ranks that may open few files: either that is enough, or it is said. (A launcher that may open few hangs.)
trial_files() {
  local few=$((RANDOM % 24 + 6)) command
  detail+=" ulimit -n $few"
  command_line
  # shellcheck disable=SC2016
  command=("${command[@]:0:4}" bash -c 'ulimit -n "$1" && shift && exec "$@"' files "$few" "${command[@]:4}")
  "${command[@]}" > "$run.log" 2>&1 &
  child=$!
  await 60
  if [ "$code" = 0 ]; then
    expect_golden "of the run"
  elif [ "$code" = 124 ]; then
    refute "did not end"
  else
    grep -qiE 'descriptor|open files|too many' "$run.log" || refute "ended with $code and did not say why"
  fi
}

# More ranks than cores.
trial_crowd() {
  np=8
  train "$np"
  expect_undisturbed
}
