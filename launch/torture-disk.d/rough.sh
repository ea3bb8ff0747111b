# Trials on a disk that does a part of what it is asked, or is interrupted; sourced by launch/torture-disk.
# shellcheck shell=bash

rough() {
  local shim=$folder/rough-disk.so kind
  verdict=''
  cc -shared -fPIC -O1 -o "$shim" "$repository/Tests/Shims/rough-disk.c" -ldl || fail 70 "the shim cannot be compiled"
  for kind in short interrupted; do
    for series in save folder; do
      verdict=''
      rm -rf "$run" && cp -a "$(series_run "$series")" "$run"
      command_for "$run" 0.04
      timeout --kill-after=5 120 env ROUGH_DISK="$kind" LD_PRELOAD="$shim" "${train[@]}" > "$folder/run.log" 2>&1
      code=$?
      [ "$code" = 0 ] || verdict="ended with $code"
      ! grep -q warning "$folder/run.log" || verdict='there was a warning'
      [ -n "$verdict" ] || require_kept "$run" "$folder/run.log" 3
      [ -n "$verdict" ] || require_golden "$run" 0.04 040
      conclude rough "$series $kind: $code"
    done
  done
  # Files may be as long as most of a checkpoint, in blocks of 1024 bytes: a part is written, then EFBIG.
  local blocks=$(($(stat -c %s "$(checkpoint "$folder/base-one" 008)") / 1024))
  for part in 1 2 3 4 5 6 7 8; do
    verdict=''
    rm -rf "$run" && cp -a "$folder/base-three" "$run"
    command_for "$run" 0.04
    (ulimit -f $((blocks * part / 8)) && exec timeout --kill-after=5 120 "${train[@]}") 2>&1 | cat > "$folder/run.log"
    code=${PIPESTATUS[0]}
    [ "$code" = 74 ] || verdict="ended with $code instead of 74"
    grep -q "$run/checkpoints.*File too large at byte" "$folder/run.log" || verdict="did not say where"
    [ -n "$verdict" ] || require_kept "$run" "$folder/run.log" 3
    [ -n "$verdict" ] || require_golden "$run" 0.04 040
    conclude rough "save, files of $part/8 of a checkpoint: $code"
  done
}
