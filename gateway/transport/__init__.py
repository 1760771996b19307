"""GraphQL over HTTP, WebSocket and server-sent events; knows no commerce."""
