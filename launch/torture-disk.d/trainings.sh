# The trainings of launch/torture-disk, what must be true after a trial, and the line that says so; sourced by it.
# shellcheck shell=bash

# Steps of a few milliseconds of a network as small as can be, and a checkpoint after each.
recipe=(--set checkpoint_every_kimg=0.008 --set batch.discriminator=8 --set batch.generator=16 --set batch.blocks=8
  --set n_critic=2 --set model.latent=8 --set model.generator.channels=16 --set "model.generator.depths=[1,1,1]"
  --set model.generator.heads=1 --set model.generator.bottom=8 --set "model.generator.widths=[]"
  --set locality.preset=none --set "locality.schedule=[]" --set model.discriminator.channels=16
  --set model.discriminator.depth=1 --set model.discriminator.heads=2 --set samples.every_kimg=0
  --set evaluation.sliced_wasserstein_every_kimg=0)

# command RUN KIMG: sets `train`, a training of one rank without a launcher.
command_for() { train=("$program" train "${recipe[@]}" --set "total_kimg=$2" --run-dir "$1"); }
checkpoint() { echo "$1/checkpoints/kimg-000000.$2.safetensors"; }
digest() { "$program" weights digest "$1" 2> /dev/null | cut -d' ' -f1; }

declare -A passed=() failed=()
# conclude GROUP TEXT: one line, and what the trial left, if it failed.
count=0
conclude() {
  count=$((count + 1))
  if [ -z "$verdict" ]; then
    passed[$1]=$((${passed[$1]:-0} + 1))
  else
    failed[$1]=$((${failed[$1]:-0} + 1))
    local kept=${TMPDIR:-/tmp}/torture-disk-$$-$count
    mkdir -p "$kept" && cp "$folder"/*.log "$folder"/trace "$kept" 2> /dev/null
    verdict+="; see $kept"
  fi
  printf '%-7s %s, %s\n' "$1" "$2" "${verdict:-passed}"
}

# require_kept RUN LOG LEAST: every file with a checkpoint's name is readable, at least so many are there, and the
# last one that was called durable is one of them.
require_kept() {
  local run=$1 good=0 file last
  for file in "$run"/checkpoints/kimg-*; do
    [ -e "$file" ] || continue
    [ -n "$(digest "$file")" ] && good=$((good + 1)) || verdict="unreadable: ${file##*/}"
  done
  [ "$good" -ge "$3" ] || verdict="only $good checkpoints are left, of $3"
  last=$(grep -o 'kimg-[0-9.]*safetensors is durable' "$2" | tail -n 1)
  [ -z "$last" ] || [ -e "$run/checkpoints/${last%% *}" ] || verdict="lost ${last%% *}, which was called durable"
}

# require_golden RUN KIMG FILE: the next start ends with the weights that an undisturbed run has, and leaves no
# temporary file.
require_golden() {
  command_for "$1" "$2"
  timeout --kill-after=5 120 "${train[@]}" > "$folder/next.log" 2>&1 || { verdict="the next start ended with $?" && return; }
  [ "$(digest "$(checkpoint "$1" "$3")")" = "${golden[$3]}" ] || verdict="other weights after the next start"
  ! compgen -G "$1/checkpoints/.*" > /dev/null || verdict="a temporary file stayed"
}

declare -A golden=()
run=$folder/run
# begin NAME KIMG LAST: a whole run; what is left of it when its newest checkpoints go is where trials begin.
begin() {
  command_for "$folder/$1" "$2"
  "${train[@]}" --set checkpoints.keep=5 > "$folder/run.log" 2>&1 ||
    { cat "$folder/run.log" >&2 && fail 70 "the undisturbed run failed"; }
  golden[$3]=$(digest "$(checkpoint "$folder/$1" "$3")")
}
