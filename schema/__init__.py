"""What clients see: types, fields, errors. Strawberry lives here."""
