"""The exit codes: what each means to the person or program that started it.

Only texts. Invariant: the way out says whether the same command may be given again.
"""

from __future__ import annotations

from importer.codebook.entry import Explanation, Kind
from importer.exit_codes import Exit

#: What stands before the number in the name of an exit code.
PREFIX = "exit-"


def name(code: int) -> str:
    """Return what an exit code is called where codes are words."""
    return f"{PREFIX}{int(code)}"


def _exit(
    code: Exit, phrase: str, cause: str, way_out: str, example: str
) -> Explanation:
    return Explanation(name(code), Kind.EXIT, phrase, cause, way_out, example=example)


EXITS = (
    _exit(
        Exit.OK,
        "everything is done",
        "Every row was created, updated, or already exists; a check or a plan found no "
        "problem.",
        "Nothing has to be done. The same command again sends nothing.",
        "importer run collections.csv, twice",
    ),
    _exit(
        Exit.BUG,
        "a bug in the program",
        "Something happened that the program does not foresee, or rows and answers "
        "differ in number: the traceback is in the file that the message names. Or "
        "nothing went on for two minutes although nothing was waited for: run.log says "
        "how the run stood (run.state).",
        "Report it with the last lines of that file. What was sent is in the run's "
        "journal: importer resume goes on from there.",
        "This is a bug in the program: KeyError.",
    ),
    _exit(
        Exit.USAGE,
        "wrong flag or setting",
        "A flag, a setting or a file of settings cannot be used as it stands. Nothing "
        "was sent.",
        "Correct what the message names. importer COMMAND --help lists the flags, "
        "importer config show says where each setting comes from.",
        "importer run collections.csv --on-existing replace",
    ),
    _exit(
        Exit.PROBLEMS,
        "finished, with rows to fix",
        "Some rows are invalid, duplicate, rejected or failed; all others are done. "
        "After an audit: something differs; after an undo: something was left.",
        "Correct the rows in failed.csv and run that file. The same command again "
        "sends only what is not there yet.",
        "a slug with a space in one row of a thousand",
    ),
    _exit(
        Exit.ACCESS,
        "token, scope or location refused",
        "There is no token, or HighLevel refuses it for a location.",
        "Fix what the message names, then importer resume; if nothing was sent yet, "
        "the same command again.",
        "HIGHLEVEL_TOKEN is not set",
    ),
    _exit(
        Exit.INPUT,
        "the input cannot be used",
        "A file cannot be read, is no table, or has columns that are not understood; "
        "or the folder of runs cannot be used. Nothing was sent, also of other files.",
        "Correct what the message names and give the same command again.",
        "a workbook with a password",
    ),
    _exit(
        Exit.TOO_MANY_ERRORS,
        "stopped: too many errors",
        "--max-errors was reached, HighLevel could not be reached at all, a location "
        "refused its first rows, all for the same reason (--early-stop), or the "
        "locations of --canary did not go well, and the others were left alone.",
        "Read the report. Then importer resume, or correct the file and run it. After "
        "a canary importer resume tries again what failed there, then does the rest.",
        "--max-errors 5% and a column that was shifted",
    ),
    _exit(
        Exit.UNKNOWN_ROWS,
        "rows remain that may have been created",
        "For some rows no clear answer came, and the location's list did not settle "
        "them either; or a location's list cannot be read completely, and its rows "
        "were left.",
        "importer resume looks before it sends anything again. What no list settles a "
        "person can: importer settle; or take the list as it is, with --accept-list.",
        "HighLevel fails for minutes",
    ),
    _exit(
        Exit.HELD,
        "another run holds the location",
        "Two runs at once on one location could create a collection twice.",
        "Wait until the other has ended (importer runs shows its process), then give "
        "the same command again.",
        "a nightly job that takes longer than a day",
    ),
    _exit(
        Exit.OUTDATED,
        "the plan no longer holds",
        "run --plan was given, and the input, a location or what a row comes to is "
        "not what it was when the plan was made. The message names the row or the "
        "collection. Nothing was sent.",
        "Make a new plan and look at it: importer plan FILE -o plan.json. Then run "
        "that.",
        "a row that was corrected after the plan was made",
    ),
    _exit(
        Exit.TIME,
        "stopped: the time is up, or it was paused",
        "--max-duration was reached, or importer pause asked for the end. What was in "
        "flight was waited for.",
        "importer resume goes on, with one database of journals on any machine.",
        "--max-duration 3h in a nightly job",
    ),
    _exit(
        Exit.LEFT,
        "locations were left to another run",
        "--on-overlap skip was given, and another run was working on some locations, "
        "or on all. The others are done.",
        "Nothing has to be done where the other run does the same; else importer "
        "resume does what was left.",
        "a nightly job that meets the one of the night before",
    ),
    _exit(
        Exit.PENDING,
        "changes are pending",
        "A plan that was made with --detailed-exitcode found no problem, and a run "
        "would create or update something. Nothing was sent. Without that flag this "
        "is 0.",
        "Run it, or look at the plan first. Exit 0 then says that there is nothing to "
        "do.",
        "importer plan collections.csv --detailed-exitcode",
    ),
    _exit(
        Exit.STORAGE,
        "the run folder cannot be written any more, or the system is short of memory "
        "or open files",
        "The disk is full or was taken away, the run's folder or its lock was removed, "
        "or the system gives the program no more memory, threads or open files. "
        "Nothing more is sent that could not be remembered.",
        "Make room or allow more, as the message says, then importer resume.",
        "no space left on the device",
    ),
    _exit(
        Exit.QUOTA,
        "the day's quota is used up",
        "The calls that HighLevel allows in a day are used up to the reserve that is "
        "left to other programs (--daily-reserve).",
        "importer resume, after the quota's reset. --wait-for-quota waits instead of "
        "ending.",
        "a file of 300,000 rows",
    ),
    _exit(
        Exit.INTERRUPTED,
        "interrupted by Ctrl-C",
        "The program was asked to end. What was in flight was waited for, and "
        "the state is saved.",
        "importer resume goes on.",
        "Ctrl-C in the middle of a run",
    ),
    _exit(
        Exit.TERMINATED,
        "ended by the system (SIGTERM), or the terminal was closed (SIGHUP)",
        "A scheduler or a shutdown asked the program to end, or the window that it was "
        "started in was closed. What was in flight was waited for, and the state is "
        "saved.",
        "importer resume goes on.",
        "a machine that is shut down",
    ),
)
