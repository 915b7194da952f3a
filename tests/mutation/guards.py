"""The guards: each a piece of code, what it becomes when it is taken out, and who must notice."""

from __future__ import annotations

from typing import Final, NamedTuple


class Guard(NamedTuple):
    """A guard of one module.

    Attributes:
        module: its file below ``exporter/``.
        code: text that is there once.
        without: what stands there instead.
        tests: files or folders below ``tests/`` of which one test at least must fail.
    """

    module: str
    code: str
    without: str
    tests: str


GUARDS: Final = (
    Guard(
        "client/answers.py", "if 0 < wait <= _MAX_WAIT else None", "", "client/test_throttling.py"
    ),
    Guard("client/answers.py", "if status >= _FIRST_SERVER_ERROR:", "if False:", "client"),
    Guard(
        "client/answers.py", "re.sub(key, lambda", "re.sub('^$', lambda", "client/test_canary.py"
    ),
    Guard("client/answers.py", ")[:_MAX_TEXT]", ")", "client/test_statuses.py"),
    Guard("client/gate.py", "self._refused.set()", "pass", "client/test_refused_key.py"),
    Guard("client/gate.py", "self._distrusted = True", "pass", "client/test_refused_key.py"),
    Guard("client/gate.py", "self._refused.clear()", "pass", "client/test_refused_key.py"),
    Guard("client/gate.py", "if secret != self._secret:", "if False:", "client/test_key_files.py"),
    Guard(
        "client/gate.py",
        "if wait > max(0.0, deadline.remaining()):",
        "if False:",
        "client/test_throttling.py",
    ),
    Guard(
        "client/gate.py",
        "self._opens_at = max(self._opens_at, asyncio",
        "_ = max(self._opens_at, asyncio",
        "client/test_throttling.py",
    ),
    Guard(
        "client/gate.py",
        "self._probe is not None or self.shut_for() or self._pace.wait()",
        "False",
        "client/test_gate.py",
    ),
    Guard("client/gate.py", "self._pace.slow_down(sent)", "pass", "client/test_pace.py"),
    Guard("client/gate.py", "self._pace.ease()", "pass", "client/test_pace.py"),
    Guard("client/pace.py", "if sent < self._slowed_at:", "if False:", "client/test_pace.py"),
    Guard("client/sending.py", " or isinstance(error, TlsError)", "", "client/test_connections.py"),
    Guard("client/sending.py", "self._bad_bodies == 1", "True", "client/test_retries.py"),
    Guard("client/sending.py", " or call.has_no_time_for(state)", "", "client/test_retries.py"),
    Guard(
        "client/sending.py",
        "state.attempt_number > self.options.max_retries",
        "state.attempt_number > 5",
        "client/test_retries.py",
    ),
    Guard(
        "client/sending.py",
        "within(call.deadline, self.options.request_timeout)",
        "within(call.deadline)",
        "client/test_connections.py",
    ),
    Guard("client/sending.py", "call.gate.refusal() or call", "call", "client/test_refused_key.py"),
    Guard(
        "client/sending.py",
        "error = refused.with_traceback(None)  # Its",
        "error = refused  # Its",
        "client/test_body.py",
    ),
    Guard("client/sending.py", "del body  #", "pass  #", "client/test_body.py"),
    Guard("client/transfer.py", "> self._limit:", "> 1 << 40:", "client/test_body.py"),
    Guard("client/transfer.py", 'case ["gzip"]:', 'case ["gzip", *_]:', "client/test_body.py"),
    Guard("client/transfer.py", "if gzip.unused_data:", "if False:", "client/test_body.py"),
    Guard("client/transfer.py", "and not self._gzip.eof", "and False", "client/test_body.py"),
    Guard("client/transfer.py", "(chunk, _PIECE)", "(chunk, 1 << 40)", "client/test_body.py"),
    Guard("client/transfer.py", "await alone.take()", "pass", "client/test_body.py"),
    Guard(
        "client/transfer.py",
        "if isinstance(fault, httpx.ConnectError) and any(",
        "if False and any(",
        "client/test_connections.py",
    ),
    Guard(
        "client/transfer.py",
        "TimeoutException, httpx.ProxyError)",
        "TimeoutException)",
        "faults/test_connections.py",
    ),
    Guard(
        "client/connections.py",
        "except BaseException:",
        "except ValueError:",
        "client/test_lending.py",
    ),
    Guard(
        "client/connections.py",
        "httpx.create_ssl_context(trust_env=False)",
        "httpx.create_ssl_context(trust_env=True)",
        "client/test_requests.py",
    ),
    Guard(
        "client/connections.py",
        ' and options.url.startswith("https:")',
        "",
        "faults/test_connections.py",
    ),
    Guard(
        "client/connections.py",
        "ssl.create_default_context(cafile=options.ca_file)",
        "ssl._create_unverified_context()",
        "faults/test_connections.py",
    ),
    Guard(
        "client/connections.py",
        'tls.set_alpn_protocols(["http/1.1"])',
        "pass",
        "client/test_transport_tls.py",
    ),
    Guard(
        "client/protocol.py", "if self._left < 0:", "if False:", "client/test_transport_faults.py"
    ),
    Guard(
        "client/protocol.py",
        "if self.status == HTTPStatus.SWITCHING_PROTOCOLS:",
        "if False:",
        "client/test_transport_faults.py",
    ),
    Guard(
        "client/protocol.py",
        "self.has_head and not is_framed",
        "self.has_head",
        "client/test_transport_faults.py",
    ),
    Guard(
        "client/protocol.py",
        "self._transport.pause_reading()",
        "pass",
        "client/test_transport_faults.py",
    ),
    Guard("client/protocol.py", '.rstrip(b" \\t")', "", "client/test_transport.py"),
    Guard("client/protocol.py", "if self.has_head:", "if False:", "client/test_transport_reuse.py"),
    Guard(
        "client/protocol.py",
        "answer.is_whole and answer.keeps_alive",
        "answer.is_whole",
        "client/test_transport_reuse.py",
    ),
    Guard(
        "client/protocol.py",
        "self._abort()\n            return",
        "return",
        "client/test_transport_reuse.py",
    ),
    Guard("client/protocol.py", " and not poll.poll(0)", "", "client/test_transport_reuse.py"),
    Guard("client/protocol.py", "<= longest", "< 1e9", "client/test_transport_reuse.py"),
    Guard("client/protocol.py", "copy(fault)", "fault", "client/test_memory.py"),
    Guard("client/protocol.py", "del self._parser", "pass", "client/test_memory.py"),
    Guard(
        "client/transport.py", "server == self._server", "True", "client/test_transport_reuse.py"
    ),
    Guard(
        "client/transport.py",
        "any(map(_CONTROL.search, lines))",
        "False",
        "client/test_transport.py",
    ),
    Guard("client/bounds.py", "scope.reschedule(moment)", "pass", "client/test_bounds.py"),
    Guard("client/api.py", "if len(regions) == known:", "if False:", "client/test_requests.py"),
    Guard("client/api.py", "range(_MAX_REGION_PAGES)", "range(500)", "client/test_requests.py"),
    Guard("payload.py", "if len(rows) > limit:", "if False:", "payload"),
    Guard("payload.py", "if not body.isascii() and not _is_utf8(body):", "if False:", "payload"),
    Guard("payload.py", "> _MAX_VALUES", "> 10**12", "payload"),
    Guard("payload.py", "if len(body) > _MAX_LAUNDERED:", "if False:", "payload"),
    Guard("payload.py", "if not identifier:", "if identifier is None:", "payload"),
    Guard("payload.py", "if len(digits) <= _MAX_DIGITS else None", "", "payload"),
    Guard("payload.py", "rows = [row.copy() for row in rows]", "pass", "payload"),
    Guard("payload.py", "and 0 <= size <= MAX_SIZE_GIB else None", "else None", "payload"),
    Guard("models.py", "MAX_COUNT: Final = 10_000_000", "MAX_COUNT: Final = 10**12", "payload"),
    Guard("client/sending.py", "await asyncio.sleep(0)", "pass", "client/test_turns.py"),
    Guard(
        "metrics/bulk.py",
        "if any(len(column) != len(self.values) for column in self.labels):",
        "if False:",
        "metrics/test_bulk.py",
    ),
    Guard("payload.py", " if len(raw) <= _LONG_ROW else None", "", "payload/test_long_texts.py"),
    Guard("walk.py", "row.detached() for row", "row for row", "walk/test_walk.py"),
    Guard("walk.py", "OVERLAP: Final = 20", "OVERLAP: Final = 0", "walk"),
    Guard("walk.py", "MAX_REPAIRS: Final = 4", "MAX_REPAIRS: Final = 0", "walk"),
    Guard("walk.py", "MAX_WALKS: Final = 3", "MAX_WALKS: Final = 1", "walk"),
    Guard("walk.py", "if not fresh and self._end < self.count:", "if False:", "walk/test_walk.py"),
    Guard(
        "walk.py",
        "self.count == previous.count == len(self._ids)",
        "self.count == previous.count",
        "walk",
    ),
    Guard(
        "walk.py",
        "if len(set(ids)) < len(ids) or not self._ids.isdisjoint(ids):",
        "if False:",
        "walk",
    ),
    Guard("walk.py", "if shared != sorted(shared, key=itemgetter(1)):", "if False:", "walk"),
    Guard("walk.py", "(exact or not agreed)", "True", "walk"),
    Guard("walk.py", "task.cancel()", "pass", "walk/test_walk.py"),
    Guard(
        "inventory/record.py", "if _EARLIEST <= created <= now + _DAY else None", "", "inventory"
    ),
    Guard("inventory/record.py", "if len(text) > MAX_TEXT:", "if False:", "inventory"),
    Guard("inventory/record.py", '_SURROGATE.sub("\\ufffd", text)', "text", "inventory"),
    Guard("inventory/record.py", "return OTHER_STATUS", "return status", "inventory"),
    Guard("inventory/record.py", "moment = moment.replace(tzinfo=UTC)", "pass", "inventory"),
    Guard("inventory/tags.py", "if not self._has_room_for(*name):", "if False:", "inventory"),
    Guard(
        "inventory/tags.py", "if not 0 < len(text) <= _MAX_LIST_BYTES:", "if not text:", "inventory"
    ),
    Guard("inventory/tags.py", " or self._list_bytes >= _MAX_LIST_BYTES", "", "inventory"),
    Guard("collector.py", " and not history.is_ahead", "", "collector"),
    Guard("shared_read.py", "self.deadline.extend(deadline.at)", "pass", "test_shared_read.py"),
    Guard("shared_read.py", "self._left = True", "pass", "test_shared_read.py collector"),
    Guard("credentials.py", "if self._last_good is None:", "if True:", "test_credentials.py"),
    Guard("credentials.py", 'return "<secret>"', "return self._text", "test_credentials.py"),
    Guard(
        "credentials.py",
        "if _PRINTABLE.fullmatch(key) is None:",
        "if False:",
        "test_credentials.py",
    ),
    Guard(
        "config/url.py",
        'if scheme == "http" and not _is_loopback(match["host"]):',
        "if False:",
        "config/test_url.py",
    ),
    Guard("config/url.py", 'if "@" in text.split', "if '@@' in text.split", "config"),
    Guard("logs.py", "_MAX_EVENT_BYTES: Final = 10_000", "_MAX_EVENT_BYTES: Final = 10**9", "logs"),
    Guard("logs.py", "_CONTROLS.sub(lambda", 're.compile("^$").sub(lambda', "logs"),
)
