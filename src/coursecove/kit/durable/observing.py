"""Functions seen from outside: each handler inside something that watches, on whichever engine."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

from coursecove.kit import log
from coursecove.kit.durable.functions import AnyFunction, Functions
from coursecove.kit.durable.runs import Run

Handler: TypeAlias = Callable[[Run[Any]], Awaitable[None]]


def observed(functions: Functions, around: Callable[[AnyFunction], Handler]) -> Functions:
    """The same functions, each with the handler that `around` makes for it."""
    return Functions(replace(each, handler=around(each)) for each in functions)


def with_ids_in_log(functions: Functions) -> Functions:
    """Every line that a function logs carries its run and its school."""

    def around(function: AnyFunction) -> Handler:
        async def handler(run: Run[Any]) -> None:
            with log.bound(run_id=run.id, school_id=run.organization_id, function=function.name):
                await function.handler(run)

        return handler

    return observed(functions, around)
