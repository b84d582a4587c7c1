"""The sample brand 半亩: what it sells and who belongs to it, sown through the resolvers, and a room that lives."""
