#!/usr/bin/env bash
# Looks for defects by attack, for as long as one likes; attack.md beside it says what came out.
#
#   bench/attack.sh fuzz     damaged files of every format
#   bench/attack.sh --help   all campaigns
#   bench/attack.sh fuzz --help
#
# Builds first, by Maven; what Java should be told besides goes into JDK_JAVA_OPTIONS.
set -eu
script=$(readlink -f -- "${BASH_SOURCE[0]}")
root=${script%/bench/*}
. "$root/bench/src/main/archive/lib/start.sh"
require_jdk compiler
target=$root/bench/target/attack
mkdir -p -- "$target"
mvn -q -B -f "$root/pom.xml" -pl model -am test-compile dependency:build-classpath \
  -Dspotless.check.skip=true -Dmdep.outputFile="$target/class-path" >&2
class_path=$root/model/target/test-classes:$root/model/target/classes:$(cat -- "$target/class-path")
heap=(-Xmx2g)
# All of Java's heap is resident from the beginning then, so that what is more is something else.
[ "${1:-}" != soak ] || heap=(-Xms512m -Xmx512m -XX:+AlwaysPreTouch)
exec "$jdk/bin/java" "${heap[@]}" "${modules[@]}" \
  --sun-misc-unsafe-memory-access=allow -XX:+EnableDynamicAgentLoading \
  -cp "$class_path" io.github.deit4j.attack.Attack "$@"
