"""``semsearch index``, ``rebuild`` and ``plan``."""

from dataclasses import replace

from semsearch.cli.arguments import takes
from semsearch.cli.errors import one_line_errors, with_exit_codes
from semsearch.cli.for_each import for_each
from semsearch.cli.index_run import Done, ShownRun, ended, planned
from semsearch.cli.news_channels import channels
from semsearch.cli.options import AsJson, Context, Embedder, Index, Quiet, Shard
from semsearch.cli.render.terminal import show_log
from semsearch.cli.run_options import Folder, IndexArguments, RebuildArguments
from semsearch.cli.time_limit import time_limit
from semsearch.errors import ExitCode, SettingsError
from semsearch.indexer.options import RunOptions

_CODES = (code for code in ExitCode if code is not ExitCode.NOTHING_FOUND)


@one_line_errors
@with_exit_codes(
    *_CODES, more="With --all the worst of them; --max-cost and --max-tokens hold for each."
)
@takes(IndexArguments)
def index(given: IndexArguments) -> int:
    """Make the index of a folder, or bring it up to date.

    Only text that is new is embedded. A run that is stopped loses nothing: run it again. On a
    terminal the plan is shown, and asked for, before the first text of a folder goes to a server.

    \b
    Examples:
      semsearch index ~/documents
      semsearch index                      again, from anywhere inside the folder
      semsearch index ~/documents --embedder local:minilm
      semsearch index ~/documents --dry-run
      semsearch index ~/documents --max-cost 0.50 --yes
      semsearch index ~/documents --batch              at half the price, within a day
      semsearch index ~/documents --batch-collect
      semsearch index ~/documents --json --quiet
      semsearch index ~/documents --quiet --timeout 2h --log-json auto
      semsearch index --all --quiet                    each folder that has a name
      semsearch index /mnt/papers --shard 3/16 --index ~/papers-3
    """
    show_log(given.verbose)
    if given.every and given.shard is not None:
        raise SettingsError("--shard is of one folder; leave --all out")
    if given.every and (given.folder is not None or given.index is not None):
        raise SettingsError("--all is every folder that has a name; leave FOLDER and --index out")
    options = (
        RunOptions(context=given.context, shard=given.shard) if given.dry_run else given.options
    )
    told_by = [] if given.dry_run else channels(given.command, given.mail, given.notify)

    def done(name: str | None) -> Done:
        if given.dry_run:
            return planned(
                given.folder,
                name,
                given.embedder,
                options,
                as_json=given.as_json,
                quiet=given.quiet,
            )
        return ShownRun.of("index", given).run(name, options, told_by)

    with time_limit(None if given.dry_run else given.timeout):
        if given.every:
            return for_each(_names(), done, as_json=given.as_json)
        return ended(done(given.index), as_json=given.as_json)


@one_line_errors
@takes(RebuildArguments)
def rebuild(given: RebuildArguments) -> int:
    """Read and cut every document anew, while the old generation keeps answering.

    Vectors of text that has not changed are used again unless --fresh. With --embedder the index
    changes its embedder.

    \b
    Examples:
      semsearch rebuild ~/documents
      semsearch rebuild ~/documents --embedder mistral:mistral-embed --dry-run
      semsearch rebuild ~/documents --fresh
    """
    show_log(given.verbose)
    if given.dry_run:
        options = RunOptions(
            everything=True, fresh=given.fresh, context=given.context, shard=given.shard
        )
        done = planned(
            given.folder,
            given.index,
            given.embedder,
            options,
            as_json=given.as_json,
            quiet=given.quiet,
        )
        return ended(done, as_json=given.as_json)
    options = replace(given.options, everything=True, fresh=given.fresh)
    told_by = channels(given.command, given.mail, given.notify)
    with time_limit(given.timeout):
        done = ShownRun.of("rebuild", given).run(given.index, options, told_by)
    return ended(done, as_json=given.as_json)


@one_line_errors
def plan(
    folder: Folder = None,
    embedder: Embedder = None,
    index: Index = None,
    context: Context = None,
    shard: Shard = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show what semsearch index would read, embed and cost; send nothing, write nothing.

    \b
    Examples:
      semsearch plan ~/documents
      semsearch plan ~/documents --embedder mistral:mistral-embed --json
    """
    options = RunOptions(context=context, shard=shard)
    done = planned(folder, index, embedder, options, as_json=as_json, quiet=quiet)
    return ended(done, as_json=as_json)


def _names() -> list[str]:
    from semsearch.store.named_indexes import named_folders  # here: no other run waits for it

    return named_folders()
