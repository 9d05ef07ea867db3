"""Wire formats of telemetry by signal: decoders and encoders. Pure."""
