#!/usr/bin/env bash
# What many-machines.md says about ranks, measured anew, on data and models made up here. Needs
# ./deit and Open MPI, for bits MPICH too, for link root and iproute2. DIR is a new folder.
#
#   bench/many-machines.sh bits DIR [PRECISION…]      one checksum for 1, 2, 3, 4 and 8 ranks? (fp32 bf16)
#   bench/many-machines.sh speed DIR [MODEL [ROUNDS]] one rank with two threads against two with one (tiny 3)
#   bench/many-machines.sh grains DIR [MODEL [ROUNDS]] one rank: what a grain more costs, against 32 images
#   bench/many-machines.sh link DIR MODEL RATE…       two hosts on links of so much: 1gbit 200mbit …
#   bench/many-machines.sh table                      predicted efficiency of many machines
#
# DEIT=FILE starts another deit4j. Times need a machine that does nothing else.
set -eu
bench=$(cd "$(dirname "$0")" && pwd)
deit=${DEIT:-$bench/../deit}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

# Sets dir to a new folder and makes a data set there: $2 images of $3 x $3 to learn from, 20 to test.
prepare() {
  [ ! -e "$1" ] || { echo "$1: expected a new folder, and it is there" >&2; exit 2; }
  mkdir -p "$1/data"
  dir=$(cd "$1" && pwd)
  idx "$2" "$3" "$dir/data/train"
  idx 20 "$3" "$dir/data/t10k"
}

# Fashion-MNIST's two files: pixels are the digits of 1, 2, 3 …, labels 0 to 9 in turn.
idx() {
  { printf '\0\0\10\3'; int "$1"; int "$2"; int "$2"; seq 99999999 | head -c $(($1 * $2 * $2)); } 2>/dev/null |
    gzip >"$3-images-idx3-ubyte.gz"
  { printf '\0\0\10\1'; int "$1"; yes | awk '{printf "%d", NR % 10}' | tr 0-9 '\0-\11' | head -c "$1"; } 2>/dev/null |
    gzip >"$3-labels-idx1-ubyte.gz"
}

int() { printf "\\$(printf %o $(($1 >> 24 & 255)))\\$(printf %o $(($1 >> 16 & 255)))\\$(printf %o $(($1 >> 8 & 255)))\\$(printf %o $(($1 & 255)))"; }

# ranks MPIRUN N OPTION…: trains with the recipe and data of dir; alone without a launcher for N = 1.
ranks() {
  local launcher=$1 n=$2
  shift 2
  local start=()
  [ "$n" = 1 ] || start=("$launcher" -n "$n")
  "${start[@]}" "$dir/rank" train --backend cpu --recipe "$dir/recipe.yaml" --data "$dir/data" "$@" </dev/null >>"$dir/log" 2>&1 || { tail -n 3 "$dir/log" >&2; return 1; }
}

# Notes each rank's process, so that one can be killed.
rank_script() {
  cat >"$dir/rank" <<END
#!/bin/sh
echo \$\$ >"$dir/pid-\${OMPI_COMM_WORLD_RANK:-\${PMI_RANK:-0}}"
exec "$deit" "\$@"
END
  chmod +x "$dir/rank"
}

sum() { sha256sum <"$dir/$1/model.safetensors" | cut -c 1-16; }

newest() { cat "$dir/$1/latest" 2>/dev/null | tr -dc 0-9; }

bits() {
  prepare "$1" 100 8
  shift
  [ $# -gt 0 ] || set -- fp32 bf16
  rank_script
  cat >"$dir/recipe.yaml" <<'END'
name: bits
data: fashion-mnist
model: custom
image-size: 8
patch-size: 4
channels: 1
width: 16
depth: 2
heads: 2
mlp-ratio: 2
distilled: true
drop-path: 0.2
epochs: 2
batch: 8
accumulate: 4
grain: 3
lr: 5e-3
lr-scaling: none
schedule: step
warmup-epochs: 0.5
clip: 0.5
ema-decay: 0.9
distillation: hard
crop-padding: 1
flip: 0.5
mixup: 0.8
cutmix: 1
repeated-aug: 3
END
  # So small that compiling would take longer than training.
  export JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1
  ranks none 1 --out "$dir/teacher" --set distilled=false --set distillation=none --seed 7
  local teacher=(--teacher "$dir/teacher/model.safetensors") endless=(--set epochs=100000 --set evaluate-every=100000 --set checkpoint-every=1)
  local precision launcher n run steps failed=0
  for precision in "$@"; do
    local settings=("${teacher[@]}" --precision $precision)
    ranks none 1 --out "$dir/$precision" "${settings[@]}"
    echo "$precision alone: $(sum $precision)"
    for launcher in mpirun.openmpi mpiexec.mpich; do
      command -v $launcher >/dev/null || { echo "$launcher: not here, left out"; failed=1; continue; }
      for n in 2 3 4 8; do
        run=$precision-$launcher-$n
        ranks $launcher $n --out "$dir/$run" "${settings[@]}"
        same "$precision" "$run" || failed=1
      done
      run=$precision-$launcher-killed
      ranks $launcher 4 --out "$dir/$run" "${settings[@]}" "${endless[@]}" 2>/dev/null &
      until [ "$(newest $run)" -ge 3 ] 2>/dev/null; do sleep 0.05; done
      kill -9 "$(cat "$dir/pid-2")"
      wait $! && { echo "$run: ended well although a rank was killed"; failed=1; }
      steps=$(($(newest $run) + 3))
      ranks $launcher 3 --out "$dir/$run" "${settings[@]}" "${endless[@]}" --max-steps $steps --resume
      ranks none 1 --out "$dir/$run-not" "${settings[@]}" "${endless[@]}" --max-steps $steps
      same "$run-not" "$run" || failed=1
    done
  done
  return $failed
}

# same RUN OTHER: says whether weights and their average have the same bits.
same() {
  local file
  for file in model.safetensors model-ema.safetensors; do
    cmp "$dir/$1/$file" "$dir/$2/$file" || { echo "$2: other bits than $1"; return 1; }
  done
  echo "$2: $(sum "$2"), as $1"
}

# model NAME BATCH GRAIN [SIDE]: makes a recipe of one of DeiT's models, for images of SIDE pixels (224)
# and an effective batch, of which 32 images go through the model at once.
model() {
  local width
  case $1 in tiny) width=192 ;; small) width=384 ;; base) width=768 ;; *) echo "$1: tiny, small or base" >&2; exit 2 ;; esac
  cat >"$dir/recipe.yaml" <<END
name: $1
data: fashion-mnist
model: custom
image-size: ${4:-224}
patch-size: 16
channels: 1
width: $width
depth: 12
heads: $((width / 64))
mlp-ratio: 4
distilled: false
drop-path: 0.1
epochs: 100000
evaluate-every: 100000
batch: $(($2 < 32 ? $2 : 32))
accumulate: $(($2 < 32 ? 1 : $2 / 32))
grain: $3
ema-decay: 0.99996
mixup: 0.8
END
}

# Seconds of a run's median step, of those in its second half: by then the compiler is done.
seconds() {
  sed -n 's/.*"seconds":\([0-9.E-]*\).*/\1/p' "$dir/$1/metrics.jsonl" |
    awk '{t[NR] = $1} END {for (i = int(NR / 2) + 1; i <= NR; i++) print t[i]}' | sort -g |
    awk '{t[NR] = $1} END {print (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2}'
}

# steps MODEL: so many that half of them outlast the compiler.
steps() { case $1 in tiny) echo 16 ;; *) echo 6 ;; esac; }

median() { sort -g | awk '{t[NR] = $1} END {print (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2}'; }

images=64

speed() {
  local model=${2:-tiny} rounds=${3:-3} round one two
  prepare "$1" $images 224
  rank_script
  model "$model" $images 32
  for round in $(seq "$rounds"); do
    ranks none 1 --threads 2 --out "$dir/one-$round" --max-steps "$(steps "$model")"
    ranks mpirun.openmpi 2 --threads 1 --out "$dir/two-$round" --max-steps "$(steps "$model")"
    one=$(seconds "one-$round") two=$(seconds "two-$round")
    echo "$one $two" | awk -v n=$images '{printf "%.2f images/s with one rank, %.2f with two: %.3f\n", n / $1, n / $2, $1 / $2; print $1 / $2 >>"'"$dir/ratios"'"}'
  done
  echo "median $(median <"$dir/ratios")"
}

# What a grain more costs is the same for images of any size, and would be lost in the noise of a step
# on large ones. So it is measured where there is hardly anything else, and compared with these.
grains() {
  local model=${2:-tiny} rounds=${3:-3} round one many
  prepare "$1" $images 224
  rank_script
  for round in $(seq "$rounds"); do
    model "$model" 16 16 16
    sed -i 's/^batch:.*/batch: 1/; s/^accumulate:.*/accumulate: 16/' "$dir/recipe.yaml"
    ranks none 1 --out "$dir/one-$round" --max-steps 60
    sed -i 's/^grain:.*/grain: 1/' "$dir/recipe.yaml"
    ranks none 1 --out "$dir/many-$round" --max-steps 60
    one=$(seconds "one-$round") many=$(seconds "many-$round")
    model "$model" 32 32
    ranks none 1 --out "$dir/large-$round" --max-steps "$(steps "$model")"
    echo "$one $many $(seconds "large-$round")" |
      awk '{printf "%.4f s for 16 images of one patch as one grain, %.4f as 16: %.4f s a grain more, %.2f %% of %.3f s for 32 images\n", $1, $2, ($2 - $1) / 15, 100 * ($2 - $1) / 15 / $3, $3; print 100 * ($2 - $1) / 15 / $3 >>"'"$dir/ratios"'"}'
  done
  echo "median $(median <"$dir/ratios") %"
}

# Two hosts, many-1 and many-2, with a cable of $1 bits per second each way between.
hosts() {
  trap hosts_down EXIT
  hosts_down
  local host
  ip netns add many-1
  ip netns add many-2
  ip link add eth0 netns many-1 type veth peer name eth0 netns many-2
  for host in 1 2; do
    ip -n many-$host addr add 10.78.0.$host/24 dev eth0
    ip -n many-$host link set lo up
    ip -n many-$host link set eth0 up
    tc -n many-$host qdisc add dev eth0 root tbf rate "$1" burst 256kb latency 50ms
  done
  # Stands where ssh would: agent [-option…] HOST COMMAND…
  cat >"$dir/agent" <<'END'
#!/bin/sh
while case $1 in -*) true ;; *) false ;; esac; do shift; done
host=${1##*.}; shift
exec ip netns exec many-$host unshare --uts sh -c "hostname many-$host; $*"
END
  cat >"$dir/mpirun" <<END
#!/bin/sh
exec ip netns exec many-1 unshare --uts sh -c 'hostname many-1; exec "\$0" "\$@"' mpirun.openmpi --mca plm_rsh_agent "$dir/agent" \\
  --mca btl self,tcp --mca btl_tcp_if_include 10.78.0.0/24 --mca oob_tcp_if_include 10.78.0.0/24 -H 10.78.0.1:1,10.78.0.2:1 "\$@"
END
  chmod +x "$dir/agent" "$dir/mpirun"
}

hosts_down() {
  ip netns del many-1 2>/dev/null || true
  ip netns del many-2 2>/dev/null || true
}

# What the network takes is seen where images are of one patch, so that there is little to compute;
# what a step should take then follows from that of one rank, and is compared.
link() {
  local model=$2 rate fixed alone wire
  prepare "$1" $images 224
  rank_script
  shift 2
  model "$model" 2 1 16
  ranks none 1 --threads 1 --out "$dir/fixed" --max-steps 60
  model "$model" $images 32
  ranks none 1 --threads 1 --out "$dir/alone" --max-steps "$(steps "$model")"
  fixed=$(seconds fixed) alone=$(seconds alone)
  echo "one rank with one thread: $alone s a step of $images images, $fixed of 2 of one patch"
  for rate in "$@"; do
    hosts "$rate"
    model "$model" 2 1 16
    ranks "$dir/mpirun" 2 --threads 1 --out "$dir/wire-$rate" --max-steps 30
    model "$model" $images 32
    ranks "$dir/mpirun" 2 --threads 1 --out "$dir/two-$rate" --max-steps "$(steps "$model")"
    wire=$(seconds "wire-$rate")
    echo "$alone $fixed $wire $(seconds "two-$rate")" | awk -v rate="$rate" '{
      wire = $3 - $2; one = ($1 - $2) / 2 + $2
      printf "two hosts, %s: network %.3f s a step; one after the other %.3f s expected, measured %.3f\n", rate, wire, one + wire, $4}'
  done
}

# table [FACTOR]: what many machines do, each FACTOR times as fast as the one that was measured (1). The
# numbers are those of many-machines.md: seconds of an image, and of a step besides; the backward pass's
# share; what of a link's rate one exchange gets; bytes that a link could carry between two; seconds of
# a message.
table() {
  awk -v faster="${1:-1}" -v batch=1024 -v part=32 -v backward=0.69 -v reached=0.65 -v between=600e3 -v latency=0.0007 '
    function least(a, b) { return a < b ? a : b }
    function efficiency(machines, rate, overlaps,    images, buckets, network, last) {
      images = batch / machines
      buckets = overlaps ? least(8, 1 + int(parameters / 2 ^ 20)) : 1
      network = 8 * 8 * parameters * (machines - 1) / machines / (reached * rate) + 16 * between * (buckets - 1) / rate + latency * (3 + 2 * buckets)
      if (overlaps) {
        last = network / buckets
        network -= least(network - last, backward * image * least(part, images))
      }
      return (batch * image + step) / machines / (images * image + step + network)
    }
    { model = $1; parameters = $2; image = $3 / faster; step = $4 / faster
      for (machines = 2; machines <= 64; machines *= 2) {
        line = "| " model " | " machines " |"
        for (rate = 1e9; rate <= 1e11; rate *= 10)
          line = line sprintf(" %.0f → %.0f |", 100 * efficiency(machines, rate, 0), 100 * efficiency(machines, rate, 1))
        print line
      } }
    BEGIN { print "| model | machines | 1 Gbit/s | 10 Gbit/s | 100 Gbit/s |\n|---|--:|--:|--:|--:|" }' <<'END'
DeiT-Ti 5717416 0.0250 0.025
DeiT-S 22050664 0.0754 0.095
DeiT-B 86567656 0.2840 0.372
END
}

case ${1:-} in
  bits | speed | grains | link | table)
    command=$1
    shift
    $command "$@"
    ;;
  *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
