# What deit of a checkout and bin/deit of an unpacked archive have in common; to be sourced by bash.
# What the JVM should be told besides goes into JDK_JAVA_OPTIONS.

need=25
user_home=${HOME:-/nonexistent}
unset CDPATH # with it, cd goes elsewhere and says where
cache=${XDG_CACHE_HOME:-$user_home/.cache}/deit4j
# Class path, not module path, on which a JVM takes 0.1 s more to start. Java warns of the incubator
# module before it reads anything of ours, and has no option against it. A filter of standard error
# would take away that this is a terminal, and the order of what is written.
modules=(--add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED)

say() { printf 'deit: %s\n' "$*" >&2; }

# Java separates the entries of a class path by colons, and nothing escapes one. So a folder that has
# one in its name gets a link that has none, to which this sets root.
without_colon() {
  case $root in *:*) ;; *) return 0 ;; esac
  local links=$cache/links link
  link=$links/$(printf %s "$root" | cksum | tr ' ' -)
  case $link in
    *:*) ;;
    *)
      [ "$link" -ef "$root" ] || { mkdir -p -- "$links" && ln -sfn -- "$root" "$link"; } 2>/dev/null
      [ "$link" -ef "$root" ] && root=$link && return 0
      ;;
  esac
  say "$root has a colon in its name, at which Java splits paths, and no link to it could be made:"
  say "$link. Move the folder, or set XDG_CACHE_HOME to one that can be written and has no colon."
  exit 69
}

# Sets real to the file behind $1, which may be a symbolic link, and folder to where that lies.
# Every process that bash starts costs a millisecond, so there are few here and below.
follow_links() {
  real=$1
  while [ -L "$real" ]; do
    folder=$(cd -P -- "${real%/*}" && pwd)
    real=$(readlink -- "$real")
    case $real in /*) ;; *) real=$folder/$real ;; esac
  done
  folder=$(cd -P -- "${real%/*}" && pwd)
}

# Sets version to the feature version (25) of the JDK in folder $1; fails where there is none.
jdk_version() {
  local line
  version=
  [ -x "$1/bin/java" ] || return 1
  if [ -r "$1/release" ]; then
    while [ -z "$version" ] && IFS= read -r line; do
      case $line in JAVA_VERSION=*) version=${line#*=} version=${version//\"/} ;; esac
    done <"$1/release"
  fi
  if [ -z "$version" ]; then
    version=$(env -u JDK_JAVA_OPTIONS -u JAVA_TOOL_OPTIONS "$1/bin/java" -version 2>&1 |
      sed -n 's/^[^"]*version "\([0-9][0-9.]*\).*/\1/p' | head -n 1)
  fi
  [ -n "$version" ] || return 1
  version=${version#1.}
  version=${version%%[!0-9]*}
  [ -n "$version" ]
}

# Sets jdk to folder $1 if a JDK that is new enough is there, else adds what is there to looked.
take_jdk() {
  local version
  jdk_version "$1" || return 1
  if [ "$version" -lt "$need" ]; then
    looked="$looked
  $1: Java $version"
  elif [ -n "$compiler" ] && [ ! -x "$1/bin/javac" ]; then
    looked="$looked
  $1: Java $version, but without a compiler"
  else
    jdk=$1
    return 0
  fi
  return 1
}

# Sets jdk to the first Java that is new enough, with a compiler where $1 is one; ends with what was
# seen on the way where there is none.
require_jdk() {
  local compiler=$1
  find_jdk && return 0
  say "${compiler:+a JDK, that is }Java $need or newer${compiler:+ with a compiler,} is needed, and none was found."
  say "Looked in JAVA_HOME (${JAVA_HOME:-not set}), PATH, /usr/lib/jvm, /usr/java, /opt, /usr/local, ~/.sdkman, ~/.jdks,"
  say "~/.asdf, mise, Homebrew and /Library/Java/JavaVirtualMachines. Seen:${looked:- no Java at all}"
  say "Install one (for example Temurin, https://adoptium.net) or point JAVA_HOME to it."
  exit 69
}

find_jdk() {
  local home java
  local -a homes=()
  jdk= looked=
  [ -n "${JAVA_HOME:-}" ] && take_jdk "$JAVA_HOME" && return 0
  if java=$(command -v java); then
    follow_links "$java"
    homes+=("${folder%/*}")
    # macOS: /usr/bin/java is a stub that knows where the JDKs are.
    [ -x /usr/libexec/java_home ] && home=$(/usr/libexec/java_home -v "$need+" 2>/dev/null) && homes+=("$home")
  fi
  homes+=(
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk* /usr/local/*jdk*
    "$user_home"/.sdkman/candidates/java/* "$user_home"/.jdks/*
    "$user_home"/.asdf/installs/java/* "$user_home"/.local/share/mise/installs/java/*
    /Library/Java/JavaVirtualMachines/*/Contents/Home
    "$user_home"/Library/Java/JavaVirtualMachines/*/Contents/Home
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home
    /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec
  )
  for home in "${homes[@]}"; do
    take_jdk "$home" && return 0
  done
  return 1
}

# Has the JVM write an archive of the classes that a prediction loads to $1, which halves the time to
# load them. Without it everything works as well. One archive with the JDK's classes and ours is
# mapped 0.04 s sooner than ours on top of the JDK's own. The new name keeps it from being read half
# done; where it cannot be made an empty file says so, and nobody tries again.
archive_classes() {
  local list=$1.list.$$ new=$1.new.$$
  local -a java=("$jdk/bin/java" -XX:+UseSerialGC -Xlog:disable "${modules[@]}" -cp "$class_path")
  "${java[@]}" -XX:DumpLoadedClassList="$list" io.github.deit4j.cli.WarmUp >/dev/null 2>&1 199>&- &&
    "${java[@]}" -Xshare:dump -XX:SharedClassListFile="$list" -XX:SharedArchiveFile="$new" \
      >/dev/null 2>&1 199>&- || : >"$new"
  mv -f -- "$new" "$1"
  rm -f -- "$list"
}

# Sets class_path to the given jars.
set_class_path() {
  local file
  class_path=
  for file in "$@"; do
    class_path=$class_path${class_path:+:}$file
  done
}

# start COMPILE_COMMANDS CLASS_ARCHIVE ARGUMENT…: becomes the program.
start() {
  local commands=$1 classes=$2 amd line
  local user_options="${JDK_JAVA_OPTIONS:-} ${JAVA_TOOL_OPTIONS:-}"
  shift 2
  # The matrix products pack their factors in the Java heap: huge pages save them address look-ups.
  local -a options=(-XX:+UseTransparentHugePages)
  # Has C2 compile the kernels sooner.
  case $user_options in
    *-XX:CompileCommandFile*) ;;
    *) options+=("-XX:CompileCommandFile=$commands") ;;
  esac
  # OpenBLAS 0.3.31 takes a Zen 5 for a processor without AVX-512 and computes at half the speed.
  if [ -z "${OPENBLAS_CORETYPE:-}" ] && [ -r /proc/cpuinfo ]; then
    amd=
    while IFS= read -r line; do
      case $line in
        vendor_id*AuthenticAMD*) amd=yes ;;
        flags*avx512f*avx512vl*) [ -n "$amd" ] && export OPENBLAS_CORETYPE=SkylakeX; break ;;
        flags*) break ;;
      esac
    done </proc/cpuinfo
  fi
  case $user_options in
    *-XX:+Use*GC*) ;;
    *) options+=(-XX:+UseSerialGC) ;;
  esac
  case $user_options in
    *-XX:SharedArchiveFile* | *-Xshare* | *-XX:AOT*) ;;
    # Verified, for a damaged one can crash the JVM; it then starts without.
    *)
      [ -s "$classes" ] && options+=("-XX:SharedArchiveFile=$classes" -XX:+VerifySharedSpaces)
      ;;
  esac
  # An archive of another JDK is nothing to warn of, least of all on standard output.
  case $user_options in
    *-Xlog*) ;;
    *) options+=(-Xlog:disable) ;;
  esac

  exec "$jdk/bin/java" "${options[@]}" "${modules[@]}" -cp "$class_path" io.github.deit4j.cli.Main "$@"
}
