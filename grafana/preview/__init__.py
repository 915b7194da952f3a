"""A picture of the dashboard for the README, drawn without Grafana.

::

    __main__    ``python -m grafana.preview`` writes ``docs/dashboard-*.png``
    browser     takes the pictures in a headless Chromium
    page        the page: the dashboard's panels, drawn from what a Prometheus answers
    cells       values in words, as Grafana's units have them
    asking      runs a panel's queries with the variables' values put in
    history     what a Prometheus would have scraped from the sample cloud
"""
