# The small training that every trial starts, and what is looked at afterwards; sourced by launch/torture.
# Not here: what goes wrong.
# shellcheck shell=bash

# 15 steps of a few milliseconds, a checkpoint every five. Whatever a difference between ranks is tried in has its
# value here, so that the preset's does not matter.
recipe=(--set data.source=cifar10 --set "data.path=$folder/pictures" --set total_kimg=0.12
  --set checkpoint_every_kimg=0.04 --set checkpoints.keep=3 --set batch.discriminator=8 --set batch.generator=16
  --set batch.blocks=8 --set n_critic=2 --set model.latent=8
  --set model.generator.channels=32 --set "model.generator.depths=[1,1,1]" --set model.generator.heads=1
  --set model.generator.bottom=8 --set "model.generator.widths=[]" --set model.generator.mlp_ratio=4
  --set locality.preset=none --set "locality.schedule=[]"
  --set model.discriminator.channels=16 --set model.discriminator.depth=2 --set model.discriminator.heads=2
  --set model.discriminator.mlp_ratio=4 --set loss.kind=wgan-eps --set loss.drift=0.001
  --set loss.penalty.kind=gradient --set loss.penalty.weight=10
  --set samples.every_kimg=0 --set evaluation.sliced_wasserstein_every_kimg=0)
steps=15 interval=5

# make_pictures FOLDER: a hundred records in CIFAR-10's format; reading them costs less than drawing a set.
make_pictures() {
  mkdir -p "$1"
  awk -v folder="$1" 'BEGIN {
    srand(1)
    for (file = 1; file <= 5; file++)
      for (record = 0; record < 20; record++) {
        printf "%c", 1 + record % 9 > (folder "/data_batch_" file ".bin")
        for (pixel = 0; pixel < 3072; pixel++)
          printf "%c", 1 + int(127 * rand()) > (folder "/data_batch_" file ".bin")
      }
  }'
}

# In the background; `child` becomes mpirun's process. What it says is added to $run.log.
#   start NP ARGUMENTS...
start() {
  local np=$1
  shift
  mpirun --oversubscribe -np "$np" "$program" train "${recipe[@]}" --run-dir "$run" "$@" >> "$run.log" 2>&1 &
  child=$!
}

# A pause of so many seconds that starts no process, as looking again and again would otherwise cost a core.
exec {nothing}<> <(:)
pause() { read -r -t "$1" -u "$nothing"; }

# Waits for `child`; sets `code`, which is 124 if it had to be killed after so many seconds, and `ended`, in
# milliseconds.
await() {
  local deadline=$((SECONDS + ${1:-240}))
  while kill -0 "$child" 2> /dev/null && [ "$SECONDS" -lt "$deadline" ]; do pause 0.03; done
  milliseconds ended
  if kill -0 "$child" 2> /dev/null; then
    kill -KILL "$child"
    wait "$child" 2> /dev/null
    code=124
  else
    wait "$child" 2> /dev/null
    code=$?
  fi
}

# To the end, or to whatever ends it.
train() { start "$@" && await; }

# milliseconds VARIABLE: since 1970.
milliseconds() { printf -v "$1" '%d' $((${EPOCHREALTIME/./} / 1000)); }

# pause_up_to MILLISECONDS: for a time that is drawn. Not in a subshell, in which bash would begin other random
# numbers.
pause_up_to() {
  local drawn=$((RANDOM % $1))
  detail+=", after $drawn ms"
  printf -v drawn '%d.%03d' $((drawn / 1000)) $((drawn % 1000))
  pause "$drawn"
}

# pick VARIABLE LIST
pick() {
  local -n chosen=$1 list=$2
  chosen=${list[RANDOM % ${#list[@]}]}
}

# Each trial's findings; the first one stays. A trial without effect is one of an undisturbed run.
expect() { [ -z "$effect" ] || [[ " $* " == *" $code "* ]] || refute "ended with $code instead of $*"; }
says() { grep -qF -- "$1" "$run.log" || refute "did not say '$1'"; }
refute() { verdict=${verdict:-$*}; }

# SHA-256 of the weights after the last step.
digest() { "$program" weights digest "$run"/checkpoints/kimg-000000.120.safetensors 2> /dev/null | cut -d' ' -f1; }

# Processes that were started for this run.
leftover() { pgrep -f -- "--run-dir $run( |\$)" | tr '\n' ' '; }

# mpirun has returned (or was killed): its ranks are gone, at the latest a second later.
expect_nothing_left() {
  local tries=0
  while [ -n "$(leftover)" ] && [ "$tries" -lt 20 ]; do
    pause 0.1
    tries=$((tries + 1))
  done
  [ -z "$(leftover)" ] || refute "left the processes $(leftover)"
}

# The weights of the undisturbed run, and no trace of a checkpoint that was not finished.
expect_golden() {
  [ "$(digest)" = "$golden" ] || refute "other weights $1"
  ! compgen -G "$run/checkpoints/.*tmp*" > /dev/null || refute "left a temporary file $1"
}

# Stopped on notice, and the step after which it stopped is saved; see expect_resume.
expect_stopped() {
  expect 75
  stopped_after=$(sed -n 's/^transgan-dist: stopped after step \([0-9]*\) of .*/\1/p' "$run.log")
  [ "$stopped_after" ] || refute "did not say after which step it stopped"
}

# A new start on $next ranks trains to the end, from the step after which the run stopped on notice if it did.
expect_resume() {
  rm -f "$run/STOP"
  train "$next"
  local first=$code
  if [ "$first" != 0 ]; then
    refute "the new start on $next ranks ended with $first"
    return
  fi
  expect_golden "after a new start on $next ranks"
  [ -z "$stopped_after" ] || [ "$stopped_after" = 0 ] || says "resumed at step $stopped_after from "
}
