#!/bin/sh
# nightly.sh FILE...
#
# Finishes what earlier nights had to leave, then imports FILE. The folder that it
# runs in keeps the runs. Ends with 0 where nobody has to do anything, else with the
# importer's exit code. Settings come from there: importer.toml, .env, IMPORTER_...
# These three are what an unattended job wants; only the environment overrules them:
set -u
export IMPORTER_ON_OVERLAP="${IMPORTER_ON_OVERLAP:-skip}"
export IMPORTER_MAX_DURATION="${IMPORTER_MAX_DURATION:-3h}"
export IMPORTER_MAX_ERRORS="${IMPORTER_MAX_ERRORS:-20%}"

# import_ COMMAND...: run the importer and say which of its ends concern somebody.
import_() {
    importer "$@" --quiet
    code=$?
    case $code in
    0) ;;
    7) echo "nightly: some rows have no clear answer yet; the next night looks" >&2 ;;
    10) echo "nightly: the time is up, or it was paused; the next night goes on" >&2 ;;
    11) echo "nightly: another run is at it; it was left to that" >&2 ;;
    75) echo "nightly: the day's quota is used up; the next night goes on" >&2 ;;
    *) return "$code" ;;
    esac
}

earlier=0
if [ -n "$(ls "${IMPORTER_RUNS_DIR:-runs}" 2>/dev/null)" ]; then
    import_ resume --all || earlier=$?
    # stopped, out of disk, or out of time: what is left waits for the next night
    case $code:$earlier in
    10:0) exit 0 ;;
    74:* | 130:* | 143:*) exit "$earlier" ;;
    esac
fi
import_ run "$@" || exit
exit "$earlier"
