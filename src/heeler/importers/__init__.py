"""Import and export of an organization: reads resources of a Datadog organization through the public API
or from a folder, creates them here in dependency order with their ids mapped, and writes them to a folder
or as Terraform."""
