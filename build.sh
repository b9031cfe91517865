#!/usr/bin/env bash
# Builds, runs, tests and deploys Omni Direct. `./build.sh help` says how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly TARGET=wasm32-unknown-unknown
readonly CACHE=.cache
VERSION=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' app.json)
readonly VERSION
readonly ZIP=dist/omni-direct-$VERSION.zip

help() {
    cat <<HELP
Omni Direct $VERSION

  ./build.sh              build $ZIP, ready to upload in Administration > Apps
  ./build.sh run          a Rocket.Chat workspace on this machine with the app installed, and a stand-in for Meta
  ./build.sh test         every test of the project
  ./build.sh bench        sizes, round trips, speeds and memory, each beside what it is held against
  ./build.sh deploy URL   upload the app to the workspace at URL, or update it there
  ./build.sh help         this text

Each command sets up what it needs and reuses what is there. Needed beforehand: Rust by rustup, Node.js 20.19 or newer;
for the tests also Chromium (installed by itself where apt-get and root are at hand).

run     ports: OMNI_PORT (3000) for Rocket.Chat, OMNI_META_PORT (4100) for the stand-in. Data in $CACHE/run.
test    OMNI_AGAIN=1 drives the package again even where nothing has changed since that passed.
bench   OMNI_BENCH_MESSAGES=100000 sends that many messages more and prints the memory the app holds on the way.
deploy  credentials from ROCKETCHAT_USER and ROCKETCHAT_PASSWORD, or a personal access token from
        ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN; otherwise they are asked for. Over plain http to another machine
        they go only after a question, or with ROCKETCHAT_ALLOW_HTTP=1.
HELP
}

say() { printf '\033[1m» %s\033[0m\n' "$*" >&2; }

fail() {
    printf 'build.sh: %s\n' "$1" >&2
    shift
    for remedy in "$@"; do printf '  %s\n' "$remedy" >&2; done
    exit 1
}

# Runs a command quietly; on failure shows what it said, and the remedy.
quietly() {
    local remedy=$1 log
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "'$*' failed." "$remedy"
    fi
    rm -f "$log"
}

need_rust() {
    command -v cargo >/dev/null || fail "Rust is missing." "Install it with rustup (https://rustup.rs), then run this again."
    command -v cc >/dev/null || command -v clang >/dev/null ||
        fail "A C compiler is missing; Rust links programs with it." "Debian, Ubuntu: apt-get install gcc libc6-dev. macOS: xcode-select --install."
    local wanted found
    wanted=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' Cargo.toml)
    found=$(rustc --version | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p')
    [ "${found:-0}" -ge "$wanted" ] || fail "Rust 1.$wanted or newer is needed; $(rustc --version) is here." "Update it: rustup update stable"
    [ -d "$(rustc --print sysroot)/lib/rustlib/$TARGET" ] && return
    command -v rustup >/dev/null ||
        fail "Rust's $TARGET target is missing, and rustup, which would add it, too." "Install Rust with rustup (https://rustup.rs)."
    say "adding Rust's $TARGET target"
    quietly "Check that rustup can reach its server, then run this again." rustup target add "$TARGET"
}

need_node() {
    command -v node >/dev/null && command -v npm >/dev/null ||
        fail "Node.js is missing." "Install Node.js 20.19 or newer (https://nodejs.org), then run this again."
    node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
        fail "Node.js $(node --version) is too old." "Install Node.js 20.19 or newer (https://nodejs.org)."
}

# macOS has the second.
if command -v sha256sum >/dev/null; then SUM=(sha256sum); else SUM=(shasum -a 256); fi
readonly SUM

hash_of() { cat "$@" | "${SUM[@]}" | cut -d' ' -f1; }

# Installs what a package.json asks for, unless exactly that is installed.
node_packages() {
    local folder=$1 wanted stamp=$1/node_modules/.installed
    wanted=$(hash_of "$folder/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    say "installing the npm packages of $folder"
    quietly "Check that npm can reach its registry, then run this again." npm --prefix "$folder" ci --no-audit --no-fund
    echo "$wanted" >"$stamp"
}

cargo_build() {
    cargo build --locked "$@" ||
        fail "'cargo build $*' failed." "If crates could not be downloaded: check that cargo can reach its registry, then run this again."
}

# What the shim imports but does not hold: types and tables of the core, and the wasm module with its glue.
generate() {
    need_rust
    # The places of panics are in the module: without this machine's folders, or everybody would build another one.
    local away
    away="'--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/=', '--remap-path-prefix=$(rustc --print sysroot)/lib/rustlib/src/rust/='"
    cargo_build --quiet --release --package omni-wasm --target "$TARGET" --config "target.$TARGET.rustflags=[$away]"
    cargo_build --quiet --package xtask
    mkdir -p app-shim/src/generated
    target/debug/xtask bindgen "target/$TARGET/release/omni_wasm.wasm" app-shim/src/generated
    target/debug/xtask contract app-shim/src/generated
}

package() {
    need_rust
    need_node
    node_packages app-shim
    say "building the core"
    generate
    local made stamp=$CACHE/packaged
    made=$(find app-shim/src i18n app.json app-shim/icon.png app-shim/build.mjs app-shim/package-lock.json -type f -not -name '*.opt.wasm' -print0 |
        sort -z | xargs -0 "${SUM[@]}" | "${SUM[@]}")
    if [ -f "$ZIP" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$made" ]; then
        say "$ZIP is up to date"
        return
    fi
    say "packing"
    node app-shim/build.mjs "$ZIP"
    mkdir -p "$CACHE"
    echo "$made" >"$stamp"
}

stack() {
    package
    node_packages tests
    say "building the stand-in for Meta"
    cargo_build --quiet --package meta-sim "$@"
    say "setting up the Apps-Engine"
    npm --silent --prefix tests run setup
}

# The login and result pages are tested in a real browser.
need_browser() {
    [ -n "${CHROMIUM:-}" ] && return
    local program
    for program in chromium chromium-browser google-chrome '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
        if command -v "$program" >/dev/null; then
            CHROMIUM=$(command -v "$program")
            export CHROMIUM
            return
        fi
    done
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        fail "Chromium is missing; the tests of the login pages need it." "Install it ('apt-get install chromium'), or name it in CHROMIUM."
    say "installing Chromium"
    quietly "Check that apt can reach its mirror, then run this again." apt-get update
    quietly "Check that apt can reach its mirror, then run this again." apt-get install --yes --no-install-recommends chromium
}

run() {
    stack
    cd tests
    exec node --import tsx run.ts
}

run_tests() {
    # A snapshot that is not there yet fails the test instead of being written.
    export INSTA_UPDATE=no
    need_browser
    stack
    say "format and lints"
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
    target/debug/xtask house
    for folder in app-shim tests; do
        npm --silent --prefix "$folder" run typecheck
        npm --silent --prefix "$folder" run lint
    done
    say "Rust tests"
    cargo test --locked --workspace --quiet
    say "documentation"
    RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --quiet
    if command -v c++ >/dev/null; then
        say "fuzzing, a few seconds per target"
        crates/meta-wire/fuzz/run.sh "${OMNI_FUZZ_SECONDS:-5}"
    else
        say "no C++ compiler here, which libFuzzer is built with: fuzzing is left out"
    fi
    test_package
}

# These take minutes. What they saw stays true while they, the package and the stand-in are the very same.
test_package() {
    local same stamp=$CACHE/tested log=$CACHE/tested.log
    same=$({
        node --version
        find "$ZIP" target/debug/meta-sim tests -name node_modules -prune -o -type f -print0 | sort -z | xargs -0 "${SUM[@]}"
    } | hash_of)
    if [ -z "${OMNI_AGAIN:-}" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$same" ]; then
        say "the package and its tests are the ones that passed here before (OMNI_AGAIN=1 runs them again); then it said:"
        tail -n 8 "$log"
        return
    fi
    say "tests of the embedded workspace and of the package inside it"
    rm -f "$stamp"
    npm --silent --prefix tests test | tee "$log"
    echo "$same" >"$stamp"
}

bench() {
    # What stands around the package is as fast as it gets: both share the machine with it.
    stack --profile native
    export OMNI_META_SIM=$PWD/target/native/meta-sim
    cargo_build --quiet --profile native --package omni-core --example receive_webhook
    node_packages tests/bench/peers
    say "a webhook of 50 events, verified and decoded"
    (cd tests && node --import tsx bench/decode.ts)
    say "the package inside the real engine"
    (cd tests && node --import tsx bench/main.ts)
    say "500 customers write while nobody is there, then one agent comes"
    (cd tests && node --import tsx bench/ledger.ts)
}

deploy() {
    [ $# -eq 1 ] || fail "deploy wants one argument, the workspace's URL." "Example: ./build.sh deploy https://chat.example.com"
    package
    node app-shim/deploy.mjs "$1" "$ZIP"
}

case "${1:-package}" in
    package) package ;;
    run) run ;;
    test) run_tests ;;
    bench) bench ;;
    deploy) shift && deploy "$@" ;;
    generate) need_node && node_packages app-shim && generate ;;
    help | --help | -h) help ;;
    *)
        help >&2
        fail "'$1' is none of the commands."
        ;;
esac
