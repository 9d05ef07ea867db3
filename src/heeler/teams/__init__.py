"""Teams: members, links, hierarchy, and notification channels."""
