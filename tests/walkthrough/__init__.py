"""The walkthrough as a test."""
