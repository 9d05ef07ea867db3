"""Synthetic API tests: HTTP, TLS, TCP, DNS and multistep checks that this server runs on a schedule."""
