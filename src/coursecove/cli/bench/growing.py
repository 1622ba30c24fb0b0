"""Whether a page costs the same however many schools there are."""

from dataclasses import replace

from coursecove.cli.bench.comparing import Amount, Comparison, cost_of, warm_up
from coursecove.cli.bench.figures import Goal, Result, median
from coursecove.cli.bench.schools import Size
from coursecove.cli.bench.stage import Stage

FLAT = Goal("dearest / cheapest", 1.2, at_least=False)


def growth(path: Comparison, stage: Stage, size: Size, amount: Amount) -> Result:
    """The same school among ever more others, in turns: what its page costs application and database."""
    few = max(1, size.schools // 20)
    sites = {schools: stage.site(replace(size, schools=schools)) for schools in (few, few * 10, few * 100)}
    costs: dict[int, list[float]] = {schools: [] for schools in sites}
    errors = 0
    for site in sites.values():
        warm_up(path, site, amount)
    for _ in range(amount.rounds):
        for schools, site in sites.items():
            answers, cpu_us = cost_of(path, site, amount.seconds)
            errors += answers.errors
            costs[schools].append(cpu_us["app"] + cpu_us["postgres"])
    medians = {schools: median(each) for schools, each in costs.items()}
    spread = max(medians.values()) / (min(medians.values()) or 1.0)
    return Result(
        "growth",
        str(FLAT),
        FLAT.is_met(spread) and not errors,
        amount.rounds,
        "times",
        spread,
        errors,
        path.connections,
        cpu_us={f"among {schools} schools": cost for schools, cost in medians.items()},
    )
