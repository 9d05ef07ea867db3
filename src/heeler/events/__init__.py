"""Events: intake, storage, search and comments."""
