"""Moving in and out: resources of a Datadog organization, read through the public API or from a folder,
created here in dependency order with their ids mapped; and the same resources written to a folder or as
Terraform."""
