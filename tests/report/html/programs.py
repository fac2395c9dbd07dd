"""Programs whose profiles are consistent: what a function cost is what its callers report."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.results.profiles import CACHE_EVENTS, Cost, Function, ProfilePart

Costs = tuple[int, ...]


def program_part(
    uri: str,
    functions: int,
    seed: int = 0,
    fan: int = 4,
    layers: int = 12,
    scale: int = 1,
    slower: Sequence[str] = (),
) -> ProfilePart:
    """Returns a part of a program whose functions call functions of the next layer.

    Args:
      uri: of the benchmark.
      functions: how many there are.
      seed: equal arguments give equal parts.
      fan: most functions that one calls.
      layers: depth of the calls.
      scale: multiplies what a call costs.
      slower: names of functions that cost half as much again.
    """
    choose = random.Random(seed)
    per_layer = max(1, functions // layers)
    names = [[f"ns::layer{at}::work_{i}(int)" for i in range(per_layer)] for at in range(layers)]
    names[0] = ["main"]
    # Costs of one call of each function, from the innermost layer to the outermost.
    once: dict[str, Costs] = {}
    made: list[Function] = []
    for at in range(layers - 1, -1, -1):
        for name in names[at]:
            own = _own(choose, scale, name in slower)
            below = names[at + 1] if at + 1 < layers else []
            callees = sorted(set(choose.choices(below, k=choose.randint(1, fan)))) if below else []
            costs = [Cost(choose.randrange(10, 400), own)]
            costs += [Cost(costs[0].line + i, once[one], one) for i, one in enumerate(callees, 1)]
            if choose.random() < 0.3:
                own = _own(choose, scale, False)
                costs.append(Cost(choose.randrange(500, 900), own, "", "include/algorithm.h"))
            once[name] = tuple(map(sum, zip(*(one.costs for one in costs), strict=True)))
            # One file, as a callee is in the file of its caller where nothing else is stated.
            made.append(Function("bin/program", "src/program.cc", name, tuple(costs)))
    calls = _counts(made)
    return ProfilePart(
        f"Client Request: {uri}",
        CACHE_EVENTS,
        tuple(_times(one, calls.get(one.name, 0)) for one in made if calls.get(one.name)),
    )


def _own(choose: random.Random, scale: int, slower: bool) -> Costs:
    instructions = scale * int(10 * choose.paretovariate(1.0)) * (3 if slower else 2) // 2
    reads = (instructions // 3, instructions // 5)
    return (instructions, *reads, *(int(choose.random() < 0.2) for _ in CACHE_EVENTS[3:]))


def _counts(functions: Sequence[Function]) -> dict[str, int]:
    """Returns how often each function is called; the outermost ones are last."""
    counts = {"main": 1}
    for function in reversed(functions):
        for cost in function.costs:
            if cost.callee:
                counts[cost.callee] = counts.get(cost.callee, 0) + counts.get(function.name, 0)
    return counts


def _times(function: Function, count: int) -> Function:
    costs = tuple(
        Cost(one.line, tuple(count * cost for cost in one.costs), one.callee, one.inlined_from)
        for one in function.costs
    )
    return Function(function.object, function.file, function.name, costs)
