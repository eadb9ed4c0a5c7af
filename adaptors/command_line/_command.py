"""The base of every command and group: help that can be copied, and strict arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...ipc._errors import BadInputError

if TYPE_CHECKING:
    from .._hosting.target import Target

PROGRAM = "{program}"
"""The placeholder for the program in an example, if the program is not the first word."""

ANY_ADAPTOR = "--adaptor package.module:Class"


class Command(click.Command):
    """A command.

    Its epilog is ``Example: `` and command lines without the program, one per line.

    Args:
        needs_adaptor: It cannot run without an adaptor.
    """

    def __init__(self, *arguments: Any, needs_adaptor: bool = False, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.needs_adaptor = needs_adaptor

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; reject an option given twice, or without a value that it needs."""
        words = list(args)
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from ._nearest import describe_missing_option

            raise click.UsageError(describe_missing_option(error.option_name, ctx), ctx) from None
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser does not always set the context
            raise
        self._check_values(ctx, words)
        return rest

    def _check_values(self, ctx: click.Context, words: list[str]) -> None:
        values, _, order = self.make_parser(ctx).parse_args(list(words))
        for option in order:
            if not isinstance(option, click.Option) or option.is_flag or option.multiple:
                continue
            if order.count(option) > 1:
                raise click.UsageError(f"{option.opts[0]} is given more than once", ctx)
            if values[option.name] == "" and option.default != "":
                raise click.UsageError(f"{option.opts[0]} has an empty value", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command, if there is an adaptor or it needs none.

        Raises:
            BadInputError: No adaptor was given.
        """
        if self.needs_adaptor and lacks_adaptor(ctx):
            root = ctx.find_root().info_name or ""
            words = ctx.command_path[len(root) :].strip()
            raise BadInputError(f"no adaptor was given; write '{root} {ANY_ADAPTOR} {words} ...'")
        return super().invoke(ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage on one line, even if the path of the program is long."""
        formatter.write(f"Usage: {' '.join([ctx.command_path, *self.collect_usage_pieces(ctx)])}\n")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example ready to type, each command on one line even if it is long."""
        label, _, examples = (self.epilog or "").partition(": ")
        if examples:
            program = ctx.find_root().info_name or ""
            if self.needs_adaptor and lacks_adaptor(ctx):
                program += f" {ANY_ADAPTOR}"
            lines = [line if PROGRAM in line else f"{PROGRAM} {line}" for line in examples.split("\n")]
            formatter.write_paragraph()
            formatter.write(
                "".join(f"{line}\n" for line in [f"{label}:", *(f"  {line}" for line in lines)]).replace(
                    PROGRAM, program
                )
            )


class Commands(Command, click.Group):
    """A group of commands."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that ``args`` begins with; for an unknown one, suggest the nearest one."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from ._nearest import describe_missing_command

            raise click.UsageError(describe_missing_command(args[0], ctx), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the given command; the group itself needs no adaptor."""
        return click.Group.invoke(self, ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the whole first sentence of its help."""
        visible = [(name, command) for name, command in sorted(self.commands.items()) if not command.hidden]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=10_000)) for name, command in visible])


def require_command(ctx: click.Context) -> None:
    """Show the help of a group and fail if no command was given."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        raise click.UsageError("No command was provided.", ctx)


def lacks_adaptor(ctx: click.Context) -> bool:
    """Return whether no adaptor is known, neither from an entry point nor by name."""
    target: Target | None = getattr(ctx.obj, "target", None)
    return target is None or (target.adaptor_class is None and target.reference is None)
