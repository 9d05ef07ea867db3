"""APM: spans, traces, services, trace statistics, retention filters, and the software catalog."""
