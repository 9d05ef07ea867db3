"""Search language of logs, spans and events: text to a syntax tree, the tree to parameterized SQL."""
