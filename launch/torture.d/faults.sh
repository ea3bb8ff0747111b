# Trials in which a rank lets something go wrong at an exact place (TRANSGAN_FAULT); sourced by launch/torture.
# Not here: the places' meaning; see Sources/Training/Reliability.
# shellcheck shell=bash

# The points of a step and of what follows one; those with a dot lie within a phase.
step_points=(discriminatorMeans discriminatorBlocks discriminatorBlocks.delivery discriminatorValues
  discriminatorGradient discriminatorUpdate replicas report generatorBlocks generatorBlocks.delivery
  generatorValues generatorGradient generatorUpdate evaluation checkpoint checkpoint.commit)
# Where a rank waits for another.
waits=(resume.wait discriminatorValues.wait discriminatorGradient.wait generatorValues.wait generatorGradient.wait)
start_points=(start data handshake resume)
all_points=("${start_points[@]}" "${step_points[@]}" "${waits[@]}" checkpoint.durable end finalize)
notice_points=("${start_points[@]}" "${step_points[@]}" "${waits[@]}" checkpoint.durable)
# In `finalize` everything is saved, and MPI itself waits for a rank that is stopped.
silent_points=("${start_points[@]}" "${step_points[@]}" end)

# As the phases of these points are called in errors.
declare -A phase_names=([start]=start [data]="opening the data set" [handshake]="comparing the ranks"
  [resume]="opening the run directory" [discriminatorMeans]="D means" [discriminatorBlocks]="D blocks"
  [discriminatorValues]="D values" [discriminatorGradient]="D gradient" [discriminatorUpdate]="D update"
  [generatorBlocks]="G blocks" [generatorValues]="G values" [generatorGradient]="G gradient"
  [generatorUpdate]="G update" [replicas]="replica check" [report]=report
  [evaluation]=evaluation [checkpoint]=checkpoint [end]=end)

# draw_place POINTS: sets np, another number of ranks for the new start, point, rank, and a step at which that rank
# of so many reaches the point.
draw_place() {
  pick point "$1"
  case $point in *.wait) np=$((RANDOM % 3 + 2)) ;; esac
  draw_next
  rank=$((RANDOM % np)) step=$((RANDOM % (steps - 1)))
  case $point in
    start | data | handshake | resume) step=0 ;;
    # The others wait while rank 0 opens the directory.
    resume.wait) step=0 rank=$((RANDOM % (np - 1) + 1)) ;;
    # Some later step has to wait.
    *.wait) step=$((RANDOM % (steps / 2))) ;;
    # One rank alone compares nothing but before a checkpoint, and rank 0 writes it.
    replicas) [ "$np" -gt 1 ] || step=$((step / interval * interval + interval - 1)) ;;
    checkpoint) step=$((step / interval * interval + interval - 1)) ;;
    checkpoint.*) step=$((step / interval * interval + interval - 1)) rank=0 ;;
    generator*) step=$((step / 2 * 2)) ;;
    end | finalize) step=$((steps - 1)) ;;
  esac
}

# Another number of ranks for the new start.
draw_next() { next=$(((np + RANDOM % 3) % 4 + 1)); }

# inject FAULT ARGUMENTS...: trains with the fault; a run that ended well and did not reach it does not count.
inject() {
  detail+=" $1"
  TRANSGAN_FAULT=$1
  export TRANSGAN_FAULT
  shift
  train "$np" "$@"
  unset TRANSGAN_FAULT
  [ "$code" != 0 ] || grep -q '^fault ' "$run.log" || effect=''
}

# Here and below mpirun gives the other ranks no time, which saves two seconds.
trial_kill() {
  draw_place all_points
  OMPI_MCA_odls_base_sigkill_timeout=0 inject "kill:rank=$rank,step=$step,point=$point"
  expect 137
}

trial_trap() {
  draw_place all_points
  OMPI_MCA_odls_base_sigkill_timeout=0 inject "trap:rank=$rank,step=$step,point=$point"
  expect 132 133 134
}

trial_exit() {
  draw_place all_points
  OMPI_MCA_odls_base_sigkill_timeout=0 inject "exit:rank=$rank,step=$step,point=$point"
  expect 3
}

# Any of the signals, to any rank, in any phase.
trial_notice() {
  local signals=(10 12 15) signal
  pick signal signals
  draw_place notice_points
  # Early enough that there is something to stop: a checkpoint is written while training goes on.
  case $point in
    checkpoint*) step=$((interval - 1)) ;;
    *) [ "$step" -lt $((2 * interval)) ] || step=$((step - 2 * interval)) ;;
  esac
  inject "notice:rank=$rank,step=$step,point=$point,value=$signal"
  # A rank that had to wait nowhere before the last step had nothing left to stop.
  step=$(sed -n 's/^fault .* of step \([0-9]*\), .*/\1/p' "$run.log")
  if [ "$code" = 0 ] && [ "${step:-$steps}" -ge $((steps - 2)) ]; then effect=''; else expect_stopped; fi
}

# Long enough for ranks that share a busy core with a dozen others.
stall=6

# A rank that does not go on: asleep, busy, or stopped as a whole.
trial_silent() {
  local silent=$1 patience=1 words='' happened
  draw_place "$2"
  inject "$silent:rank=$rank,step=$step,point=$point" --stall-timeout "${stall}s"
  [ "$effect" ] || return
  expect 76
  if [ "$silent" = stop ]; then
    # A stopped process cannot renew its heartbeat, so the step in it may be a second old, or there is none.
    says "from rank $rank"
  elif [ "$np" = 1 ]; then
    [[ $point = checkpoint.* ]] || words=" of step $step for"
    says "rank 0 has been stuck in phase ${phase_names[${point%.*}]}$words"
  else
    case $point in
      # Before there are heartbeats.
      start | data | handshake | resume) says "from rank $rank" ;;
      # The thread that writes; the one that trains waits for it a while later.
      checkpoint.*) says "from rank 0 " ;;
      *)
        words="in phase ${phase_names[${point%.*}]} of step $step"
        grep -q "from rank $rank (host [^)]*) $words, " "$run.log" || refute "did not name rank $rank $words"
        ;;
    esac
  fi
  case $point in start | data | resume | evaluation | checkpoint* | end) patience=5 ;; esac
  happened=$(sed -n 's/^fault .*, \([0-9]*\)\.\([0-9]*\)$/\1\2/p' "$run.log")
  [ "$happened" ] || { refute "ended before the fault" && return; }
  detail+=", $((ended - happened)) ms"
  # T and five seconds, in which a rank's own watchdog has two, and mpirun two.
  [ $((ended - happened)) -le $(((patience * (stall + 2) + 3) * 1000)) ] ||
    refute "ended $((ended - happened)) ms after the fault, with a limit of $stall s"
}

trial_hang() { trial_silent hang silent_points; }
trial_loop() { trial_silent loop silent_points; }
# A run of one rank that is stopped as a whole is seen by nobody.
trial_stop() {
  np=$((RANDOM % 3 + 2))
  trial_silent stop silent_points
}

trial_nan() {
  # The rank that has the block.
  local block=$((RANDOM % 8)) network=discriminator tensor
  draw_next
  rank=0
  until [ $(((rank + 1) * 8 / np)) -gt "$block" ]; do rank=$((rank + 1)); done
  step=$((RANDOM % (steps - 1)))
  [ $((RANDOM % 2)) = 0 ] || { network=generator && step=$((step / 2 * 2)); }
  local -n names=${network}_tensors
  tensor=${names[RANDOM % ${#names[@]}]}
  inject "nan:rank=$rank,step=$step,point=${network}Blocks,value=$block,tensor=$tensor"
  expect 79
  says "the gradient of the $network is not finite at step $step, first in $tensor, element "
  says ", on rank $rank in block $block"
}

# Before a step, after its update, or before a checkpoint.
trial_flip() {
  np=$((RANDOM % 4 == 0 ? 2 : RANDOM % 2 + 3))
  draw_next
  local when=(discriminatorBlocks report replicas) section=$((RANDOM % 7))
  local bit=$((RANDOM * 32768 + RANDOM)) found
  local sections=(generator discriminator ema adam/generator/m adam/generator/v adam/discriminator/m
    adam/discriminator/v)
  pick point when
  rank=$((RANDOM % np)) step=$((RANDOM % (steps - 1)))
  [ "$point" != replicas ] || step=$((step / interval * interval + interval - 1))
  inject "flip:rank=$rank,step=$step,point=$point,value=$bit,section=$section"
  expect 77
  says "the replicas of ${sections[section]}/"
  found=$(sed -n 's/.*differ at step \([0-9]*\) .*/\1/p' "$run.log" | head -n 1)
  [ "$found" = "$step" ] || { [ "$point" = report ] && [ "$found" = $((step + 1)) ]; } ||
    refute "found in step ${found:-none}, not within one of $step"
  if [ "$np" -ge 3 ]; then says "suspect the memory of rank $rank,"; fi
  # Nothing of it was saved: of two hundred trials fifty new starts show it.
  [ $((trial_seed % 4)) = 0 ] || next=''
}

# Goes on, and no bit is another.
trial_slow() {
  rank=$((RANDOM % np)) step=$((RANDOM % (steps - 5)))
  inject "slow:rank=$rank,step=$step,point=discriminatorBlocks,value=30"
  expect 0
  expect_golden "of the disturbed run"
  next=''
}

