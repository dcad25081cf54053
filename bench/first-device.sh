#!/bin/bash
# first-device.sh [--out DIR] [--data DIR] [--recipe NAME|FILE] [--tiny]
#
# Everything that is to be done on the day when there is an NVIDIA GPU (bench/gpu.md), in steps of at
# most eight minutes, about 40 in all. A step that has passed is not done again: begin anew with the
# same --out after whatever ended it. What there is to look at lies in DIR/results afterwards, at most
# eight files of at most 16 MB; the way there in DIR/work.
#
# --data is Fashion-MNIST's folder for the training runs; without it they are on pictures of stripes.
# --tiny is for the stand-in: few steps, one model; what it leaves out it says. $DEIT is the command to
# use instead of the checkout's ./deit, or of bin/deit where this is an archive for the device test.
set -uo pipefail
cd "$(dirname "$0")/.."

out=first-device
recipe=fashion-mnist
data=()
tiny=
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift ;;
    --data) data=(--data "$2"); shift ;;
    --recipe) recipe=$2; shift ;;
    --tiny) tiny=yes ;;
    *) echo "first-device.sh: expected --out, --data, --recipe or --tiny, found $1" >&2; exit 2 ;;
  esac
  shift
done
[ -x ./deit ] && deit=./deit || deit=bin/deit
read -ra deit <<< "${DEIT:-$deit}"
mkdir -p "$out/work" "$out/results" || exit 73
out=$(cd "$out" && pwd)
work=$out/work
readonly NOT_RUN=77 LIMIT=480
if [ "$tiny" ]; then
  precisions=(bf16) models=fashion-mnist batches=2 account_models=fashion-mnist
  few=(--max-steps 2) more=(--max-steps 2)
else
  precisions=(fp32 tf32 bf16) models=tiny,small,base batches=64,256 account_models=tiny,small,base
  few=(--max-steps 50) more=(--set evaluate-every=1000)
fi

# Runs deit within the time that a step has.
deit() { timeout -k 30 $LIMIT "${deit[@]}" "$@"; }

# Says why a step is not run, and ends it.
not_run() { echo "$*"; return $NOT_RUN; }

# step NAME: does NAME's function unless it has passed before, and notes what came of it.
failures=0
step() {
  local name=$1 start=$SECONDS verdict
  if [ -e "$work/$name.passed" ]; then
    echo "$name: passed before" && return
  fi
  "${name//-/_}" > "$work/$name.log" 2>&1
  case $? in
    0) verdict=passed; touch "$work/$name.passed" ;;
    "$NOT_RUN") verdict="not run: $(tail -n 1 "$work/$name.log")" ;;
    124) verdict="FAILED: more than $LIMIT s"; failures=$((failures + 1)) ;;
    *) verdict="FAILED: $(tail -n 1 "$work/$name.log")"; failures=$((failures + 1)) ;;
  esac
  echo "$verdict, $((SECONDS - start)) s" > "$work/$name.verdict"
  echo "$name: $(cat "$work/$name.verdict")"
}

# idx FILE COUNT IMAGES|LABELS: a file as Fashion-MNIST's: pictures of stripes, a class for each angle.
idx() {
  LC_ALL=C awk -v count="$2" -v what="$3" 'BEGIN {
    srand(count)
    printf "%c%c%c%c", 0, 0, 8, what == "IMAGES" ? 3 : 1
    printf "%c%c%c%c", 0, 0, int(count / 256), count % 256
    if (what == "IMAGES") printf "%c%c%c%c%c%c%c%c", 0, 0, 0, 28, 0, 0, 0, 28
    for (i = 0; i < count; i++) {
      angle = i % 10
      if (what == "LABELS") { printf "%c", angle; continue }
      a = cos(angle * 0.314159); b = sin(angle * 0.314159); phase = rand() * 6.283185
      for (y = 0; y < 28; y++) for (x = 0; x < 28; x++)
        printf "%c", int(100 + 60 * sin(a * x + b * y + phase) + 90 * rand())
    }
  }' | gzip -c > "$1"
}

stripes() {
  mkdir -p "$work/stripes"
  for split in train:4000 t10k:1000; do
    idx "$work/stripes/${split%:*}-images-idx3-ubyte.gz" "${split#*:}" IMAGES &&
      idx "$work/stripes/${split%:*}-labels-idx1-ubyte.gz" "${split#*:}" LABELS || return
  done
}

# train RUN BACKEND OPTION…
train() {
  rm -rf "${work:?}/run-$1"
  deit train --recipe "$recipe" "${data[@]}" --out "$work/run-$1" --backend "$2" \
    --set distillation=none "${@:3}"
}

# number FILE KEY: the key's first number in a JSON file.
number() { grep -o "\"$2\"[: ]*[-0-9.eE+]*" "$1" | head -n 1 | sed 's/.*[: ]//'; }

# A doctor that finds no device would make all the rest fail for that reason.
doctor() {
  deit doctor > "$work/doctor.txt" || return
  cat "$work/doctor.txt"
  grep -q 'cuda:0' "$work/doctor.txt" || { echo "deit doctor finds no device cuda:0"; return 1; }
}

tests() {
  [ "$tiny" ] && { not_run "--tiny; the stand-in has tests of its own"; return; }
  if [ -d tests ]; then
    timeout -k 30 $LIMIT java/bin/java -Xmx2g --add-modules jdk.incubator.vector \
      --enable-native-access=ALL-UNNAMED -Dgolden.dir="$PWD/tests/golden" -cp 'tests/classes:tests/lib/*:lib/*' \
      org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary \
      --scan-class-path tests/classes --include-classname '.*OnDeviceTest'
    return
  fi
  command -v mvn > /dev/null || { not_run "there is no mvn"; return; }
  timeout -k 30 $LIMIT mvn -o -B verify -Dtest='*OnDeviceTest' -Dsurefire.failIfNoSpecifiedTests=false
}

# The same seed and data, twice, must give the same weights.
bits() {
  for run in one two; do
    train "$run" cuda --precision bf16 "${few[@]}" || return
  done
  cmp "$work/run-one/model.safetensors" "$work/run-two/model.safetensors" || return
  sha256sum "$work/run-one/model.safetensors"
}

# Weights that the CPU has trained must score the same on both, but for rounding.
accuracy() {
  train cpu cpu "${few[@]}" || return
  for backend in cpu cuda; do
    deit evaluate --weights "$work/run-cpu/model.safetensors" "${data[@]}" \
      --backend "$backend" --json > "$work/evaluation-$backend.json" || return
  done
  local cpu cuda
  cpu=$(number "$work/evaluation-cpu.json" loss)
  cuda=$(number "$work/evaluation-cuda.json" loss)
  echo "loss on the CPU $cpu, on the GPU $cuda"
  awk -v a="$cpu" -v b="$cuda" 'BEGIN { exit !(a != "" && b != "" && (a - b) ^ 2 <= (1e-3 * a) ^ 2) }'
}

# Four minutes, or few steps, on each; a run that its time has ended exits with 75.
training() {
  local backend limit code
  for backend in cuda cpu; do
    limit=$((LIMIT / 2))
    rm -rf "$work/run-long-$backend"
    timeout -s TERM -k 60 $limit "${deit[@]}" train --recipe "$recipe" "${data[@]}" \
      --out "$work/run-long-$backend" --backend "$backend" --set distillation=none "${more[@]}"
    code=$?
    [ $code = 0 ] || [ $code = 75 ] || [ $code = 124 ] || return $code
    echo "$backend: $(grep -o '"images_per_second":[ 0-9.]*' "$work/run-long-$backend/metrics.jsonl" | tail -n 1)"
  done
}

sanitizer() {
  command -v compute-sanitizer > /dev/null || { not_run "there is no compute-sanitizer"; return; }
  for tool in memcheck racecheck initcheck synccheck; do
    JDK_JAVA_OPTIONS="${JDK_JAVA_OPTIONS:-} -Ddeit4j.cuda.separate=true" timeout -k 30 $((LIMIT / 4)) \
      compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 1 "${deit[@]}" train \
      --recipe "$recipe" "${data[@]}" --out "$work/run-$tool" --backend cuda \
      --precision bf16 --set distillation=none --max-steps 1 || return
  done
}

bench() {
  for precision in "${precisions[@]}"; do
    deit bench "$1" --backend cuda --precision "$precision" --model "$models" --quick --json \
      "${@:2}" > "$work/$1-$precision.json" || return
  done
}

bench_model() { bench model --batch "$batches" ${tiny:+--mode train_step}; }
bench_gemm() { [ "$tiny" ] && { not_run "--tiny"; return; }; bench gemm; }
bench_ops() { [ "$tiny" ] && { not_run "--tiny"; return; }; bench ops; }

# The same models in PyTorch, eager and compiled.
pytorch() {
  [ "$tiny" ] && { not_run "--tiny"; return; }
  python3 -c 'import torch; torch.zeros(1, device="cuda")' || { not_run "there is no PyTorch for this GPU"; return; }
  local script=bench/peers/src/main/python/torch_bf16.py
  for mode in inference train_step; do
    for model in ${models//,/ }; do
      for batch in ${batches//,/ }; do
        echo "$model, $mode, batch $batch"
        timeout -k 30 $((LIMIT / 8)) python3 $script "$model" "$mode" "$batch" cuda || return
      done
    done
  done
}

# The bounds beside what was measured: a share above 1 would show a mistake in one of them.
account() {
  local all
  all=$(IFS=,; echo "${precisions[*]}")
  deit bench gpu-account --model "$account_models" --batch "${batches##*,}" --precision "$all" \
    --json > "$work/account.json" || return
  echo "bounds of an H100, batch ${batches##*,}, and what was measured, images/s; another GPU's in account.json"
  for precision in "${precisions[@]}"; do
    awk -v precision="$precision" -v batch="${batches##*,}" '
      function value(line) { sub(/^[^:]*: */, "", line); gsub(/[",]/, "", line); return line }
      FNR == 1 { file++ }
      /"model":/ { model = value($0) } /"precision":/ { at = value($0) } /"batch":/ { size = value($0) }
      /"bound_images_per_second":/ { bound = 1 }
      bound && /"H100":/ { if (at == precision) bounds[model] = value($0); bound = 0 }
      /"section":|"benchmark":/ { section = value($0) }
      file == 2 && /"images_per_second":/ && section == "train_step" && size == batch { measured[model] = value($0) }
      END { for (model in bounds) print model, precision, bounds[model], model in measured ? measured[model] : "-" }
    ' "$work/account.json" "$work/model-$precision.json"
  done
}

collect() {
  {
    echo "first-device.sh, $(date -u +%FT%TZ), commit $(git rev-parse HEAD 2> /dev/null || echo unknown)"
    for name in "${steps[@]}"; do
      echo "$name: $(cat "$work/$name.verdict" 2> /dev/null || echo "not begun")"
    done
    echo
    cat "$work/account.log" 2> /dev/null
  } > "$out/results/summary.txt"
  for name in "${steps[@]}"; do
    [ -e "$work/$name.log" ] && { echo "== $name"; tail -c 1000000 "$work/$name.log"; }
  done > "$out/results/logs.txt"
  cp "$work/account.json" "$out/results/" 2> /dev/null
  (cd "$work" && tar -czf "$out/results/bench.tar.gz" -- *-*.json
    tar -czf "$out/results/runs.tar.gz" -- run-*/metrics.jsonl run-*/environment.json run-*/recipe.yaml) 2> /dev/null
  echo "results: $out/results"
}

steps=(doctor tests bits accuracy bench-model pytorch bench-gemm bench-ops account training sanitizer)
if [ ${#data[@]} = 0 ]; then
  data=(--data "$work/stripes")
  [ -e "$work/stripes" ] || stripes || exit 73
fi
for each in "${steps[@]}"; do
  step "$each"
done
collect
[ $failures = 0 ]
