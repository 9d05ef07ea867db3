"""Processes and containers as process agents send them: the frame, the messages, and what they say."""
