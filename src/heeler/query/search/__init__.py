"""The search language of logs, spans and events: text to a tree, the tree to parameterised SQL."""
