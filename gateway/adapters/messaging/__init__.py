"""Messages to people: letter texts, senders of e-mail and SMS, bounce reports."""
