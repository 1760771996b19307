"""Reference data: countries, currencies, calendars, number formats, phones and names."""
