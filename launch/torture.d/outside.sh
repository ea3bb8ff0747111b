# Trials in which something reaches a run from outside: signals, files, a second job; sourced by launch/torture.
# Not here: what ranks do to themselves (faults.sh).
# shellcheck shell=bash

# A run that was over before anything reached it does not count.
needs_running() { kill -0 "$child" 2> /dev/null || effect=''; }

# At a moment of the whole run, or in its very first milliseconds.
draw_moment() {
  local longest=(20 200 800 1600)
  pick moment longest
  pause_up_to "$moment"
}

# SIGKILL of any rank, wherever it is.
trial_strike() {
  local ranks=()
  draw_next
  start "$np"
  pause_up_to 1600
  read -r -a ranks < <(cat "/proc/$child/task/$child/children" 2> /dev/null)
  if [ "${#ranks[@]}" -gt 0 ]; then
    kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}" 2> /dev/null
  else
    effect=''
  fi
  await 60
  [ "$code" != 0 ] || effect=''
  # Open MPI 4.1.4 itself does not end when a rank dies in the milliseconds in which it connects to it.
  if [ "$code" = 124 ] && grep -q 'PMIX ERROR: UNREACHABLE' "$run.log"; then
    effect=''
    detail+=", mpirun had to be ended"
  fi
  expect 137
}

# As whoever has no batch system does it.
trial_stopfile() {
  draw_next
  mkdir -p "$run"
  start "$np"
  draw_moment
  touch "$run/STOP"
  stop_or_end
}

# As launch/keep-running does it.
trial_signal() {
  draw_next
  mkdir -p "$run"
  start "$np"
  draw_moment
  touch "$run/STOP"
  if [ -e "$run/ready" ]; then kill -USR1 "$child" 2> /dev/null; fi
  stop_or_end
}

# A file that is made after the next to last checkpoint may come too late.
stop_or_end() {
  await
  if [ "$code" = 0 ] && [ "$run/STOP" -nt "$run/checkpoints/kimg-000000.080.safetensors" ]; then
    effect=''
    expect_golden "of a run that ended before"
  else
    expect_stopped
  fi
}

# The batch script itself, as Slurm starts and signals it, on as many ranks as it has cores to bind them to.
trial_batch() {
  np=$((RANDOM % 2 + 1))
  [ "$np" -le "$(available_cores)" ] || np=1
  draw_next
  mkdir -p "$folder/commands"
  printf '#!/bin/sh\necho "queued again: $*"\n' > "$folder/commands/scontrol"
  printf '#!/bin/sh\n' > "$folder/commands/squeue"
  chmod +x "$folder/commands/"*
  PATH=$folder/commands:$PATH SLURM_NTASKS=$np SLURM_JOB_ID=7 TRANSGAN=$program GRACE=1 \
    bash "$repository/launch/slurm.sbatch" "$run" "${recipe[@]}" > "$run.log" 2>&1 &
  child=$!
  # Slurm sends its notice long after the script has begun; here it may come with mpirun's first breath.
  # Before it is itself the child is a copy of this shell, which has handlers of its own.
  until grep -q slurm.sbatch "/proc/$child/cmdline" && grep -q '^SigCgt:.*[2367abef]..$' "/proc/$child/status"; do
    pause 0.001
  done
  draw_moment
  kill -USR1 "$child" 2> /dev/null
  stop_or_end
  [ -z "$effect" ] || says "queued again: requeue 7"
}

# SIGKILL of mpirun: its ranks are gone too.
trial_launcher() {
  draw_next
  start "$np"
  pause_up_to 1600
  kill -KILL "$child" 2> /dev/null || effect=''
  await
  [ "$code" != 0 ] || effect=''
  [ -z "$effect" ] || expect 137
}

# Two jobs in one directory.
trial_locked() {
  draw_next
  start "$np" --set total_kimg=100
  local first=$child
  until [ -e "$run/ready" ] || ! kill -0 "$first" 2> /dev/null; do pause 0.03; done
  train "$next"
  expect 73
  touch "$run/STOP"
  child=$first
  await
  [ "$code" = 75 ] || refute "the first run ended with $code instead of going on"
  next=''
}
