"""What is kept: tables, queries and the transaction that runs them."""
