"""Faults of the API, driven from the command line: a failing server, the exporter, a scrape.

`server` is a server of bare sockets before the sample cloud, `behaviours` is what it can do,
`catalogue` what each fault must lead to, `truth` what is true of the account, `lab` puts them
together. Each scrape of the lab compares healthy targets with the truth and with a run without the
fault, and looks for the key in the answer, the log at debug level and every page (the canary).

The rows of "Faults of the API", and the tests that hold them (further ones of each in parentheses):

- 401: `test_keys.test_401`, `test_401_of_one_target_stops_its_key` (`client/test_refused_key`)
- 403, 404: `test_rows.test_fault[403]`, `[404]` (`client/test_statuses`)
- 429 with ``Retry-After``: `test_keys.test_429_that_fits`, `test_429_that_does_not_fit`
  (`client/test_throttling`); small quotas: `client/test_pace`
- 429 without: `test_keys.test_429_without_a_usable_wait`
- 500, 502, 503, 504, 408, 409: `test_rows.test_fault`, `test_passing_faults_are_healed`
- 3xx: `test_rows.test_fault[302]` (`client/test_statuses.test_redirect`)
- DNS, refused, reset, TLS: `test_connections`, `test_rows.test_fault[reset in the body]`; a CA
  file and a proxy: `test_connections.test_ca_file`, `test_proxy`
- hang and drips: `test_rows.test_fault[drip of 1xx]` and its like,
  `test_bounds.test_scrape_ends_by_its_deadline`
- truncated, empty, HTML, not JSON, bad UTF-8, NaN, nesting: `test_rows.test_fault[cut by length]`
  and those of `catalogue.BODIES`
- over 32 MiB, bombs, stacked encodings: those of `catalogue.SIZES`,
  `test_bounds.test_hostile_api_costs_less_than_100_megabytes`
- wrong shapes: those of `catalogue.SHAPES`; an endless list: `catalogue.WALKS` (`walk/test_walk`)
- odd fields: `test_prometheus.test_odd_rows_give_a_valid_exposition` (`payload/test_rows`,
  `inventory/test_created`)
- unknown status: the same (`inventory/test_record`)
- created up to a day ahead: `collector/test_ahead`, `inventory/test_created`
- names and tags with any characters: the same (`inventory/test_record`, `payload/test_long_texts`)
- 100,000 distinct tags: `test_bounds` (`inventory/test_tags`)
- rows of another project or region: `test_prometheus.test_odd_rows_give_a_valid_exposition`

When a walk is whole: `walk/test_walk`, `walk/test_simulation`, in full
`walk/test_long_simulation`; over HTTP `test_changing`. That each guard is needed:
`mutation/test_guards`.
"""
