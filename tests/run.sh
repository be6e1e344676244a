#!/usr/bin/env bash
# Installs what is missing, builds, runs tests, and ends with one line: N passed, N failed, N skipped.
#
#   tests/run.sh [TIER]…      without a tier: ci
#
#   unit          the rooms with fakes and a fake clock: the quick one for daily work
#   component     the whole process against the in-process broker
#   rooms         each third-party header stays in its room; each promise has its tests; the documentation points to what is
#                 there
#   asan, tsan    unit and component tests under the address+undefined sanitizer, and those of rooms with threads under the
#                 thread sanitizer; sanitizers: both
#   integration   the program against a real Apache Kafka, read back by independent clients; and the benchmark's sums
#   faults        the program under a seeded schedule of faults, with one node of Kafka and with three: nothing that was
#                 acknowledged is missing. HOOKFERRY_FAULTS_SEED=N does it again; longer by hand: tests/faults/run.sh --help
#   chart         helm/hookferry: every render against the schemas and the program, and what must hold of it
#   alerts        the chart's alerts: promtool's unit tests, a live /metrics, and a real Prometheus and Alertmanager
#   ci            all of these
#   tidy          clang-format and clang-tidy find nothing; what was clean is in build/tidy, and not looked at again
#   clang         unit and component tests of what clang 14 builds
#   debian13      the same with Debian 13's compiler and libraries
#   image         the container image, built and run without an engine, against a real Apache Kafka; and compose.yaml.
#                 As root, with Go 1.24 or newer for Compose's reader
#   cluster       the chart on a real Kubernetes built from source, and build/image/hookferry.tar in its Pods
#   readme        the README's commands with the build that some of them begin with, which integration leaves out
#   policies      trivy's checks of the Dockerfile, and of the chart with each of its examples. With Go 1.26
#   fuzz          each fuzzer of tests/fuzz for 10 seconds, by clang; longer by hand: tests/fuzz/run.sh. What they found
#                 is fed again by unit
#   full          ci and all of these: for a long run by hand
#   bench [ARG]…  no test: hookferry beside nginx, and librdkafka alone (tests/bench/run.sh --help)
#
# Long outputs go to build/logs. With CI=true, what cannot be had fails the run; otherwise its tests count as skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=build/results logs=build/logs
jobs=$(nproc)

# The tiers' results, for tests/summary.py.
record() { printf '%s\t%s\n' "$1" "$2" >>$results/steps.tsv; }

step() { # NAME COMMAND…: says how long it took; shows the end of its output where it fails
  local name=$1 begin=$SECONDS log
  shift
  log=$logs/${name// /-}.log
  printf '%-26s' "$name"
  if "$@" >"$log" 2>&1 </dev/null; then
    printf 'ok      %4d s\n' $((SECONDS - begin))
  else
    printf 'FAILED  %4d s   (the whole output: %s)\n' $((SECONDS - begin)) "$log"
    tail -n 40 "$log" | sed 's/^/  | /'
    return 1
  fi
}

must() { step "$@" || { record failed "$1" && return 1; }; }

need() { # NAME COMMAND…: fetches something that the machine may not be able to reach
  step "$@" && return
  printf '\n*** MISSING: %s. Its tests do not run.\n\n' "$1"
  if [ "${CI:-}" = true ]; then record failed "$1"; else record skipped "$1"; fi
  return 1
}

# Each tier below returns after it has recorded what became of it.

declare -A outcomes
once() { # COMMAND…: runs it the first time only; has its status every time
  if [ -z "${outcomes[$*]:-}" ]; then
    if "$@"; then outcomes[$*]=0; else outcomes[$*]=1; fi
  fi
  return "${outcomes[$*]}"
}

install_packages() { must 'install packages' deploy/install.sh build test; }

build_preset() { # PRESET
  must "configure $1" cmake --preset "$1" && must "build $1" cmake --build --preset "$1" -j "$jobs"
}

build() { once install_packages && once build_preset "$1"; }

tests() { # NAME COMMAND…: COMMAND leaves build/results/NAME.xml
  local name=$1
  step "test $name" "${@:2}" || grep -qsE '<(failure|error)\b' "$results/$name.xml" || record failed "$name"
}

with_ctest() { # PRESET TIER…
  local preset=$1 tier
  shift
  build "$preset" || return 0
  for tier in "$@"; do
    tests "$preset-$tier" ctest --test-dir "build/$preset" -L "^$tier\$" -j "$jobs" --no-tests=error \
      --output-on-failure --output-junit "$PWD/$results/$preset-$tier.xml"
  done
}

# The thread sanitizer has something to say of rooms with threads, and of the whole process.
threaded='log http kafka spool dedupe delivery metrics app component'

tsan() {
  once install_packages && must 'configure tsan' cmake --preset tsan || return 0
  # shellcheck disable=SC2046,SC2086
  must 'build tsan' cmake --build --preset tsan -j "$jobs" --target $(printf '%s_test ' $threaded) || return 0
  tests tsan ctest --test-dir build/tsan -R "^(${threaded// /|})\." -j "$jobs" --no-tests=error --output-on-failure \
    --output-junit "$PWD/$results/tsan.xml"
}

rooms() {
  local check
  for check in check_rooms_test check_rooms check_promises check_docs_test check_docs; do
    if must "$check" python3 "tests/$check.py"; then record passed "$check"; fi
  done
}

python_environment() { # [FOLDER]: of tests/integration in build/venv, of another folder in build/venv-FOLDER
  local requirements=tests/${1:-integration}/requirements.txt venv=build/venv${1:+-$1}
  cmp -s "$requirements" "$venv/installed.txt" && return
  rm -rf "$venv"
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --requirement "$requirements" &&
    cp "$requirements" "$venv/installed.txt"
}

integration() {
  build dev || return 0
  once need 'Python packages' python_environment || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  # Two at once, each with a Kafka of its own: most of them wait most of the time.
  tests integration timeout 1200 build/venv/bin/python -m pytest tests/integration tests/bench -v --tb=short \
    -p no:cacheprovider --numprocesses 2 --dist loadfile --junitxml="$results/integration.xml"
  grep '^figure: ' $logs/test-integration.log || true
}

readme() {
  build dev || return 0
  once need 'Python packages' python_environment || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  tests readme env HOOKFERRY_README_BUILDS=1 build/venv/bin/python -m pytest tests/integration/test_readme.py -v --tb=short \
    -p no:cacheprovider --junitxml="$results/readme.xml"
}

faults() {
  build dev || return 0
  once need 'Python packages' python_environment || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  tests faults timeout --kill-after=30 900 build/venv/bin/python -m pytest tests/faults -v -rA --tb=short \
    -p no:cacheprovider --junitxml="$results/faults.xml"
  grep -E '^(figure: |the seed of the faults)' $logs/test-faults.log || true
}

in_kubetools() { env PYTHONPATH=tests/helm build/venv/bin/python -m "kubetools.$1"; }

test_chart() { # NAME PATH PROCESSES [COMMAND…]: COMMAND is what pytest is run by
  tests "$1" timeout --kill-after=30 900 "${@:4}" build/venv/bin/python -m pytest "tests/helm/$2" -v --tb=short \
    -p no:cacheprovider --numprocesses "$3" --dist loadfile --junitxml="$results/$1.xml"
}

chart() {
  build dev || return 0
  once need 'Python packages' python_environment || return 0
  once need 'helm and kubeconform' in_kubetools chart || return 0
  test_chart chart chart 2
}

cluster() {
  must 'install cluster packages' deploy/install.sh test cluster || return 0
  once need 'Python packages' python_environment || return 0
  once need 'helm and kubeconform' in_kubetools chart || return 0
  need 'Kubernetes and etcd' in_kubetools cluster || return 0
  test_chart cluster-api cluster/test_api.py 0
  local image=$PWD/build/image/hookferry.tar
  need 'the image in build' test -s "$image" || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  once need 'consumers' env PYTHONPATH=tests python3 -m harness.examples || return 0
  test_chart cluster-chain cluster/test_chain.py 0 env HOOKFERRY_IMAGE="$image" tests/helm/cluster/isolated.sh
  test_chart cluster-node cluster/test_node.py 0 env HOOKFERRY_IMAGE="$image" tests/helm/cluster/isolated.sh
  grep -h '^figure: ' $logs/test-cluster-{chain,node}.log || true
}

alerts() {
  build dev || return 0
  once need 'Python packages' python_environment || return 0
  once need 'helm and kubeconform' in_kubetools chart || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  tests alerts timeout 600 build/venv/bin/python -m pytest tests/alerts -v --tb=short -p no:cacheprovider \
    --numprocesses 2 --dist loadfile --junitxml="$results/alerts.xml"
}

tidy() {
  local sources
  once install_full && must 'configure dev' cmake --preset dev || return 0
  mapfile -t sources < <(git ls-files 'src/*.cc' 'src/*.h' 'include/*.h' 'tests/*.cc' 'tests/*.h')
  if must clang-format clang-format-14 --dry-run --Werror "${sources[@]}"; then record passed clang-format; fi
  if must clang-tidy tests/tidy.py; then record passed clang-tidy; fi
}

debian13() {
  once install_full || return 0
  tests debian13-component tests/debian13.sh $results
}

fuzz() {
  local target
  once install_full && must 'configure fuzz' cmake --preset fuzz &&
    must 'build fuzz' cmake --build --preset fuzz -j "$jobs" --target fuzzers || return 0
  for target in $(tests/fuzz/run.sh --list); do
    if must "fuzz $target" tests/fuzz/run.sh --seconds 10 "$target"; then record passed "fuzz $target"; fi
  done
}

install_full() { must 'install packages for full' deploy/install.sh build test full; }

compose_reader() { # the program that comes with the library that Docker Compose reads its files with
  local version=v2.16.2 folder=build/compose-go
  [ "$(cat $folder/version 2>/dev/null)" = $version ] && return
  GOBIN=$PWD/$folder go install github.com/compose-spec/compose-go/v2/cmd@$version && echo $version >$folder/version
}

image() {
  must 'install image packages' deploy/install.sh build test image || return 0
  once need 'Python packages of the image tests' python_environment image || return 0
  once need 'Apache Kafka' env PYTHONPATH=tests python3 -m harness.kafka || return 0
  need 'compose-go' compose_reader || return 0
  must 'build image twice' tests/image/build.sh --twice || return 0
  # In a network of its own: nothing else has the ports that compose.yaml opens, and nothing outside is reached.
  tests image unshare --net sh -c 'ip link set lo up && exec "$@"' sh timeout 1200 build/venv-image/bin/python -m pytest \
    tests/image -v --tb=short -p no:cacheprovider --junitxml="$results/image.xml"
  grep '^figure: ' $logs/test-image.log || true
}

trivy_program() { # of its Go module, which takes minutes the first time
  local version=v0.74.0 folder=build/trivy
  [ "$(cat $folder/version 2>/dev/null)" = $version ] && return
  GOEXPERIMENT=jsonv2 GOBIN=$PWD/$folder go install github.com/aquasecurity/trivy/cmd/trivy@$version &&
    echo $version >$folder/version
}

trivy_config() { # OPTION… FILE-OR-CHART: with the checks that are built in
  build/trivy/trivy config --quiet --exit-code 1 --skip-check-update --skip-version-check --disable-telemetry \
    --cache-dir build/trivy/cache "$@"
}

policies() {
  local values name
  need 'trivy' trivy_program || return 0
  if must 'trivy Dockerfile' trivy_config deploy/Dockerfile; then record passed 'trivy Dockerfile'; fi
  # What is less grave is not meant so: a user's name and a key's path are no secrets, and a limit of CPU is not wanted.
  for values in helm/hookferry/ci/*-values.yaml; do
    name="trivy $(basename "$values" -values.yaml)"
    if must "$name" trivy_config --severity HIGH,CRITICAL --helm-values "$values" helm/hookferry; then record passed "$name"; fi
  done
}

run_tier() {
  case $1 in
    unit | component) with_ctest dev "$1" ;;
    asan) with_ctest asan unit component ;;
    tsan) tsan ;;
    sanitizers) run_tier asan && run_tier tsan ;;
    rooms | integration | faults | chart | alerts | tidy | fuzz | debian13 | image | cluster | readme | policies) "$1" ;;
    clang) once install_full && with_ctest clang unit component ;;
    full) for tier in ci tidy clang fuzz debian13 image cluster readme policies; do run_tier $tier; done ;;
    ci) for tier in rooms unit component integration faults chart alerts sanitizers; do run_tier $tier; done ;;
    *) sed -n '4,31s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
}

if [ "${1:-}" = bench ]; then
  shift
  exec tests/bench/run.sh "$@"
fi

rm -rf $results
mkdir -p $results $logs
for argument in "${@:-ci}"; do run_tier "$argument"; done
printf 'all of it: %d min %d s\n' $((SECONDS / 60)) $((SECONDS % 60))
python3 tests/summary.py $results
