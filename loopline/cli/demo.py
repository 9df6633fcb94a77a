"""`loopline demo`: bring the simulated operator, and let it live on."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

app = typer.Typer(
    help="The demo operator 东江电信: bring it, let it live on, look at it.", no_args_is_help=True
)

Operator = Annotated[str, typer.Option(help="Code of the operator.")]
Json = Annotated[bool, typer.Option("--json", help="Print for a program.")]


@app.command()
def load(
    size: Annotated[
        str, typer.Option(help="small (2,000 customers), demo (20,000), large (1,000,000), or a number.")
    ] = "demo",
    operator: Operator = "dongjiang",
    as_json: Json = False,
) -> None:
    """Bring the demo operator to a size, and up to today.

    What is there already stays: a small operator grows into a large one. A load that was stopped is taken up again
    by the same command.
    """
    from loopline.cli.house import opened

    with opened():
        from loopline.demo import api as demo

        said = -1

        def tell(done: int, target: int) -> None:
            nonlocal said
            percent = 100 * done // target
            if not as_json and percent // 10 != said // 10:
                said = percent
                typer.echo(f"{done:,} of {target:,} customers ({percent} %)")

        done = demo.load(size=size, code=operator, progress=tell)
        if as_json:
            typer.echo(json.dumps(asdict(done), default=str))
            return
        typer.echo(f"{done.code} has {done.customers:,} customers; its day is {done.today}.")
        for sign_in in demo.SIGN_INS:
            typer.echo(f"  sign in as {sign_in}")


@app.command()
def tick(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days to live.")] = 1,
    operator: Operator = "dongjiang",
    as_json: Json = False,
) -> None:
    """Let days pass: customers leave, complain and pay, and answer offers as the planted truth has it.

    Whoever is due in a running campaign is contacted, unless a person has recorded his answer already. Days beyond
    today lie in the future: the operator's day is then ahead of the calendar.
    """
    from loopline.cli.house import opened

    with opened():
        from loopline.demo import api as demo

        done = demo.tick(days=days, code=operator)
        if as_json:
            typer.echo(json.dumps(asdict(done), default=str))
            return
        typer.echo(
            f"{done.days} days have passed, the operator's day is {done.today}: {done.left} customers left, "
            f"{done.joined} joined, {done.answers} offers were answered ({done.accepted} accepted)."
        )


@app.command()
def usage(
    month: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m"], help="The month; without it the last one over.")
    ] = None,
    each: Annotated[int, typer.Option(min=1, max=2000, help="Records for each number.")] = 20,
    operator: Operator = "dongjiang",
    as_json: Json = False,
) -> None:
    """Bring a month of call and data records of the demo operator's numbers, with cells, segments and services."""
    from loopline.cli.house import opened

    with opened():
        from loopline.demo import api as demo
        from loopline.identity import api as identity
        from loopline.kernel.scope import NOBODY, enter

        with enter(NOBODY):
            tenant = identity.find_tenant(operator)
        if tenant is None:
            raise demo.NoSuchDemo(code=operator)
        done = demo.bring_usage(tenant, month.date() if month else None, each=each)
        if as_json:
            typer.echo(json.dumps(asdict(done), default=str))
        else:
            typer.echo(f"{done.records:,} records of {done.numbers:,} numbers in {done.month:%Y-%m}")


@app.command()
def status(operator: Operator = "dongjiang", as_json: Json = False) -> None:
    """Print how far the demo operator has come."""
    from loopline.cli.house import opened

    with opened():
        from loopline.demo import api as demo

        now = demo.status(code=operator)
        if as_json:
            typer.echo(json.dumps(asdict(now), default=str))
        elif now.target == 0:
            typer.echo(
                f"There is no demo operator {operator}. Bring it with: loopline demo load --size small"
            )
        else:
            state = "complete" if now.complete else "still loading"
            typer.echo(
                f"{operator}: {now.customers:,} of {now.target:,} customers ({state}), "
                f"its day is {now.today or 'not begun'}, seed {now.seed}."
            )


@app.command()
def ctk(operator: Operator = "ctk", as_json: Json = False) -> None:
    """Bring an operator for conformance kits of the TM Forum APIs, and print a token for it.

    It only warns of duplicates, for the kits send the same customer twice, and has a row of everything that they
    only read. Running it again brings what is missing and another token.
    """
    from loopline.cli.house import opened

    with opened():
        from loopline.demo import api as demo

        done = demo.found_ctk(code=operator)
        if as_json:
            typer.echo(json.dumps(asdict(done), default=str))
            return
        typer.echo(
            f"{done.code} is ready for conformance kits. Sign in as {done.code} / {done.user} / {done.password}"
        )
        typer.echo(f"  Authorization: Bearer {done.token}")
