"""Dashboards: definitions, lists, versions, sharing, embedding, powerpacks, annotations."""
