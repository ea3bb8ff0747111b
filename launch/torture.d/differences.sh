# Trials in which one rank is started with something else than the others: refused before the first step, with the
# field, its values and the ranks; sourced by launch/torture.
# Seed N tries field N of the list, so as many trials as there are fields try each.
# Not here: the comparison; see Sources/Training/Reliability/RankIdentity.swift.
# shellcheck shell=bash

# A field, what one rank has it set to, and what all ranks need so that either value makes sense; settings are
# separated by semicolons. A key that cannot differ alone has, after the arrow, the one that is named with it.
mapfile -t differences << 'LIST'
name | other
seed | 5
total_kimg | 0.25
checkpoint_every_kimg | 0.08
n_critic | 1
threads | 2
reduction | fast
on_non_finite | rollback
rollback_limit | 7
fidelity | published
batch.discriminator | 16
batch.generator | 8
batch.blocks | 4
data.source | synthetic
data.path | COPY
data.flip | true
model.latent | 128
model.generator.channels | 64
model.generator.depths | [1,2,1]
model.generator.heads | 2
model.generator.mlp_ratio | 2
model.generator.bottom > model.generator.depths | 4; model.generator.depths=[1,1,1,1] | model.generator.channels=64
model.generator.widths | [32,8,4]
model.discriminator.channels | 32
model.discriminator.depth | 1
model.discriminator.heads | 4
model.discriminator.mlp_ratio | 2
model.discriminator.patch | 8
loss.kind | hinge
loss.drift | 0.5
loss.penalty.kind | r1
loss.penalty.weight | 5
loss.penalty.phi | 2
optimizer.generator.learning_rate | 0.01
optimizer.generator.beta1 | 0.5
optimizer.generator.beta2 | 0.5
optimizer.generator.epsilon | 0.5
optimizer.generator.clip_norm | 0.5
optimizer.discriminator.learning_rate | 0.01
optimizer.discriminator.beta1 | 0.5
optimizer.discriminator.beta2 | 0.5
optimizer.discriminator.epsilon | 0.5
optimizer.discriminator.clip_norm | 0.5
optimizer.decay.start_kimg | 0.05
optimizer.decay.end_kimg | 0.2
optimizer.decay.final_factor | 0.5 | optimizer.decay.end_kimg=0.2
ema.kind | fixed
ema.decay | 0.5
ema.half_life_kimg | 3
ema.ramp | 0.5
augmentation.policy | [translation]
augmentation.translation_ratio | 0.5
augmentation.translation_probability | 0.5
augmentation.cutout_ratio | 0.25
augmentation.cutout_probability | 0.5
augmentation.color_probability | 0.5
augmentation.brightness | 0.25
augmentation.saturation | 0.5
augmentation.contrast | 0.25
super_resolution.weight | 2
locality.preset | paper
locality.metric | sequence
locality.last_block_only | true
locality.schedule | [{until_kimg: 2, windows: [2, 2, 2]}] | locality.preset=custom; locality.schedule=[{until_kimg: 1, windows: [2, 2, 2]}]
samples.every_kimg | 0.1
samples.rows | 4
samples.columns | 4
log.every_steps | 5
checkpoints.keep | 4
checkpoints.keep_every | 2
evaluation.sliced_wasserstein_every_kimg | 0.1
evaluation.images | 64
audit.every_updates | 3
LIST

# What is no key: the program's options, the program, the files, the kernels, the launch.
others=(--run-dir --max-time --stall-timeout --dry-run 'the subcommand' 'an unknown key' "the program's SHA-256"
  "the data set's SHA-256" 'the OpenBLAS kernel (OPENBLAS_CORETYPE)' OMPI_COMM_WORLD_SIZE 'a launch without peers'
  'fewer blocks than ranks' 'more ranks than blocks')

# A key of `config keys` that is missing in the list above would never be tried.
check_differences() {
  local keys listed
  keys=$("$program" config keys | sed -n 's/^\([a-z_0-9.]*\): .*/\1/p' | sort)
  listed=$(printf '%s\n' "${differences[@]}" | sed 's/ .*//' | sort)
  [ "$keys" = "$listed" ] ||
    fail 70 "differences.sh and \`config keys\` differ in" \
      "$(comm -3 <(echo "$keys") <(echo "$listed") | tr -s '\t\n' ' ')"
}

# Trains on np ranks; the one called `rank` has arguments beside the usual ones. The trial may set `odd_program`,
# `odd_options` for its mpirun, and `common`, arguments of all.
#   start_with_one ARGUMENTS...
start_with_one() {
  local usual=("${recipe[@]}" --run-dir "$run" "${common[@]}") parts=()
  [ "$rank" = 0 ] || parts+=(-np "$rank" "$program" train "${usual[@]}" :)
  parts+=(-np 1 "${odd_options[@]}" "${odd_program[@]}" train "${usual[@]}" "$@")
  [ "$rank" = $((np - 1)) ] || parts+=(: -np $((np - 1 - rank)) "$program" train "${usual[@]}")
  mpirun --oversubscribe "${parts[@]}" > "$run.log" 2>&1 &
  child=$!
  await 60
}

# Every rank has the error's code, and nothing was written.
trial_differ() {
  local index=$((trial_seed % (${#differences[@]} + ${#others[@]}))) field named='' right_code=78
  local common=() odd_options=() odd_program=("$program")
  np=$((RANDOM % 2 + 2)) rank=$((RANDOM % np)) next=''
  if [ "$index" -lt "${#differences[@]}" ]; then
    differ_in_key "${differences[index]}"
  else
    field=${others[index - ${#differences[@]}]}
    differ_otherwise "$field"
  fi
  detail+=" rank $rank, $field"
  expect "$right_code"
  says "${named:-$field}"
  [ -z "$rank" ] || says "rank $rank"
  [ ! -e "$run" ] || refute "wrote into the run directory"
}

# differ_in_key LINE
differ_in_key() {
  local left value shared settings setting own=()
  IFS='|' read -r left value shared <<< "$1"
  read -r field _ named <<< "$left"
  named="${named:-$field} is \""
  value=${value/COPY/$run-copy}
  IFS=';' read -r -a settings <<< "$field=${value# }"
  for setting in "${settings[@]}"; do own+=(--set "$(trimmed "$setting")"); done
  IFS=';' read -r -a settings <<< "$shared"
  for setting in "${settings[@]}"; do common+=(--set "$(trimmed "$setting")"); done
  [ "$field" != data.path ] || cp -r "$folder/pictures" "$run-copy"
  start_with_one "${own[@]}"
}

# Without the spaces around it.
trimmed() { sed 's/^ *//; s/ *$//' <<< "$1"; }

# The fields that are no keys.
differ_otherwise() {
  case $1 in
    --run-dir) start_with_one --run-dir "$run-other" ;;
    --max-time) start_with_one --max-time 1h ;;
    --stall-timeout) start_with_one --stall-timeout 50s ;;
    --dry-run)
      named='the ranks are not at the same place of the same run'
      start_with_one --dry-run
      ;;
    'the subcommand')
      named='the ranks are not at the same place of the same run'
      odd_program=(bash -c "exec '$program' bench step --steps 2")
      start_with_one
      ;;
    'an unknown key')
      named="on rank $rank of $np: --set sed=5" right_code=64
      start_with_one --set sed=5
      ;;
    "the program's SHA-256")
      # Bytes after the end of a program's sections change nothing but its digest.
      odd_program=("$run-program")
      cp "$program" "$run-program" && echo >> "$run-program"
      start_with_one
      rm "$run-program"
      ;;
    "the data set's SHA-256")
      # The same path, and on one rank a picture with another pixel.
      common=(--set data.path=pictures)
      mkdir "$run-here" "$run-elsewhere"
      cp -r "$folder/pictures" "$run-here"
      cp -r "$folder/pictures" "$run-elsewhere"
      printf '\377' | dd of="$run-elsewhere/pictures/data_batch_3.bin" bs=1 seek=5000 conv=notrunc 2> /dev/null
      odd_options=(-wdir "$run-elsewhere")
      pushd "$run-here" > /dev/null && start_with_one
      popd > /dev/null || return
      rm -r "$run-here" "$run-elsewhere"
      ;;
    *OPENBLAS_CORETYPE*)
      local kernel=Haswell
      [ "${OPENBLAS_CORETYPE:-}" != Haswell ] || kernel=Zen
      odd_options=(-x "OPENBLAS_CORETYPE=$kernel")
      start_with_one
      ;;
    OMPI_COMM_WORLD_SIZE)
      named="OMPI_COMM_WORLD_SIZE announces 7 processes but MPI sees $np"
      odd_program=(env OMPI_COMM_WORLD_SIZE=7 "$program")
      start_with_one
      ;;
    'a launch without peers')
      # As `srun` without PMI starts them: each would be a rank 0 of its own.
      named="SLURM_STEP_NUM_TASKS announces $np processes but MPI sees 1" rank=''
      SLURM_STEP_NUM_TASKS=$np SLURM_PROCID=0 "$program" train "${recipe[@]}" --run-dir "$run" > "$run.log" 2>&1 &
      child=$!
      await 60
      ;;
    'fewer blocks than ranks')
      named="on rank $rank of $np: $np ranks cannot share 1 blocks" right_code=64
      start_with_one --set batch.blocks=1
      ;;
    'more ranks than blocks')
      named="9 ranks cannot share 8 blocks" right_code=64 np=9 rank=''
      train "$np"
      ;;
    *) fail 70 "no trial for '$1'" ;;
  esac
}
