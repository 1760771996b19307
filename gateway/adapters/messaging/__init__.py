"""Messages to people: letters as text, e-mail and SMS senders, bounce reports."""
