"""What a good team would write first with the usual tools: the other side of each benchmark."""
