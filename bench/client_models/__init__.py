"""What the models of `datadog-api-client` can express, sent to a server and read back: see `__main__`."""
