"""What middleware sees, its types, and ready-made ones: a log, and a report of slow receivers.

It is imported by its own name, never by `import aldis`. OpenTelemetry's spans are in
`aldis.middleware.opentelemetry`.
"""

from aldis._call import AsyncMiddleware, Call, Middleware, Proceed, Sending, SendingMiddleware
from aldis.middleware._log_calls import log_calls
from aldis.middleware._report_slow import SlowCall, report_slow

__all__ = [
    "AsyncMiddleware",
    "Call",
    "Middleware",
    "Proceed",
    "Sending",
    "SendingMiddleware",
    "SlowCall",
    "log_calls",
    "report_slow",
]
