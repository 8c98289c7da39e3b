"""Predictors in place of the latency models of other NAS frameworks (docs/guide/drop-ins.md).

One module a framework: ``ofa``, ``hat``, ``pymoo``, ``optuna``, ``nni``.  None of the
frameworks is a dependency; only ``pymoo`` imports its own, when it is imported itself.

All speak milliseconds, take a whole population in one call where the framework lets them,
and take ``level=``: with 0.9 they give the upper ends of the 90 % intervals in place of the
likeliest latencies, so that a limit holds for about 19 measurements of 20.
"""
