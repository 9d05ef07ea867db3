"""The channels: one file each with the format of its messages and how they are sent."""
