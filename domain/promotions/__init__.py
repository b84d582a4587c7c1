"""What a cart costs, and why: one pure engine that applies prices, plays, coupons and points in a fixed order."""
