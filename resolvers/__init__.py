"""What can be asked: load, decide, save. Transactions live here."""
