"""Commands that answer a question outside a session. They print nothing but data on standard output."""

from __future__ import annotations

import click

from ...ipc._processes.typed_command import to_set_variable
from . import _options as options
from ._command import PROGRAM, Command
from ._invocation import CONTEXT, CommandLine
from ._printed_lines import print_text


@click.command(
    cls=Command,
    name="map-path",
    epilog="Example: map-path --path-mapping-rules file://rules.json --explain /studio/show/a.exr",
    context_settings=CONTEXT,
)
@options.path_mapping_rules()
@click.option("--explain", is_flag=True, help="For each rule, also print why it did or did not map the path.")
@click.argument("path")
def map_path(path_mapping_rules: str, path: str, *, explain: bool) -> None:
    """Print where PATH is on this machine.

    If no rule matches, print PATH unchanged.
    """
    import os

    from .._paths.mapping import PathMapping
    from ._path_rules import load_rules

    _, rules = load_rules(path_mapping_rules)
    lines = [PathMapping(rules).map(path)]
    if explain:
        from .._paths.explanation import explain as explain_path

        lines += explain_path(rules, path)
    for line in lines:
        click.echo(os.fsencode(line))  # a name that is not UTF-8 comes out unchanged


@click.command(cls=Command, name="show-config", epilog="Example: show-config", context_settings=CONTEXT)
@click.pass_obj
def show_config(line: CommandLine) -> None:
    """Print the configuration and the deadlines as YAML.

    This covers the runtime and the adaptor. Comments name the file that each value comes from.
    """
    from ..configuration._effective import EffectiveConfiguration
    from ._show_config import show

    print_text(show(EffectiveConfiguration.of(line.target.load_if_named())))


@click.command(
    cls=Command, name="version-info", needs_adaptor=True, epilog="Example: version-info", context_settings=CONTEXT
)
@click.pass_obj
def version_info(line: CommandLine) -> None:
    """Print the versions of the CLI and the data interface as YAML."""
    from ._versions import versions_of

    for name, version in versions_of(line.target):
        print_text(f"{name}: '{version}'\n")


@click.command(
    cls=Command,
    name="is-compatible",
    needs_adaptor=True,
    epilog="Example: is-compatible --openjd-adaptor-cli-version 0.1 --integration-data-interface-version 1.0",
    context_settings=CONTEXT,
)
@click.option("--openjd-adaptor-cli-version", metavar="M.m", required=True, help="CLI version that the job needs.")
@click.option(
    "--integration-data-interface-version",
    metavar="M.m",
    required=True,
    help="Data interface that the job needs.",
)
@click.pass_obj
def is_compatible(line: CommandLine, openjd_adaptor_cli_version: str, integration_data_interface_version: str) -> None:
    """Check whether this adaptor supports the given versions.

    Exit with 0 if it does, and with 2 if it does not.
    """
    from ...ipc._errors import BadInputError
    from ._versions import parse_version, versions_of

    needed = [
        parse_version(openjd_adaptor_cli_version, "--openjd-adaptor-cli-version"),
        parse_version(integration_data_interface_version, "--integration-data-interface-version"),
    ]
    offered = versions_of(line.target)
    pairs = "; ".join(f"{name}: {has}, needed {needs}" for (name, has), needs in zip(offered, needed))
    if not all(has.has_compatibility_with(needs) for (_, has), needs in zip(offered, needed)):
        raise BadInputError(f"not compatible: {pairs}")
    print_text(f"compatible: {pairs}\n")


@click.command(
    cls=Command,
    name="template",
    needs_adaptor=True,
    epilog="Example: template --name Render > job.yaml",
    context_settings=CONTEXT,
)
@click.option("--name", metavar="TEXT", help="Job name. Default: the name of the adaptor class.")
@click.option(
    "--task-parameter",
    "of_tasks",
    metavar="NAME",
    multiple=True,
    help="Run data property that varies from task to task; repeatable. Default: the first integer.",
)
@click.option(
    "--job-parameter",
    "of_job",
    metavar="NAME",
    multiple=True,
    help="Optional property without a default to turn into a job parameter; repeatable.",
)
@click.option(
    "--chunk",
    metavar="COUNT",
    type=click.IntRange(min=1),
    help="Give each task up to COUNT values of its first parameter, as one string such as 1-5:2 (RFC 0001).",
)
@click.option("--contiguous", is_flag=True, help="With --chunk: make chunks without gaps, such as 1-5.")
@click.pass_obj
def template(
    line: CommandLine,
    *,
    name: str | None,
    of_tasks: tuple[str, ...],
    of_job: tuple[str, ...],
    chunk: int | None,
    contiguous: bool,
) -> None:
    """Print an Open Job Description job template as YAML.

    Parameters and their types come from the adaptor's data schemas or data classes; timeouts come from its deadlines.
    """
    import yaml

    from .._application_adaptor import ApplicationAdaptor
    from .._hosting.data_checks import DataChecks
    from .._job_template.parameters import Choice, JobParameters
    from .._job_template.template import JobTemplate
    from ..configuration._effective import EffectiveConfiguration

    if contiguous and chunk is None:
        raise click.UsageError("--contiguous needs --chunk COUNT.")
    adaptor_class = line.target.load_if_named() or line.target.load()
    checks = DataChecks.of(adaptor_class)
    parameters = JobParameters(
        checks.init_data.schema.certain if checks.init_data.schema else None,
        checks.run_data.schema.certain if checks.run_data.schema else None,
        Choice(of_tasks, of_job, chunk, contiguous),
    )
    deadlines = EffectiveConfiguration.of(adaptor_class).deadlines
    may_load = issubclass(adaptor_class, ApplicationAdaptor)
    made = JobTemplate(name or adaptor_class.__name__, line.target.command(), parameters, deadlines, may_load=may_load)
    print_text("".join(f"# {comment}\n" for comment in made.comments()))
    print_text(yaml.safe_dump(made.to_dict(), sort_keys=False, allow_unicode=True, width=10_000))


@click.command(
    cls=Command,
    name="compat-path",
    epilog="Example: " + "\n".join(to_set_variable("PYTHONPATH", f"{PROGRAM} compat-path")),
    context_settings=CONTEXT,
)
def compat_path() -> None:
    """Print the compatibility directory to put first on PYTHONPATH.

    With it, adaptors written for openjd.adaptor_runtime run on this runtime unmodified.
    """
    import os

    adaptors = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    click.echo(os.fsencode(os.path.join(adaptors, "compatibility")))
