"""User accounts: users, roles, sessions, API and application keys, invitations, two-factor authentication."""
