"""The Grafana dashboard as code: ``python -m grafana`` writes ``grafana/gcore-snapshots.json``.

::

    __main__    writes the file
    dashboard   puts variables and rows together
    rows        one module for each row of the dashboard
    panels      what all panels of a kind share
    tables      the same for tables
    variables   what the user chooses at the top, with the defaults
    promql      the parts that queries are made of
    contract    the names that queries may use: those of the exporter's own table

A development tool: no part of the exporter, and not installed with it.
"""
