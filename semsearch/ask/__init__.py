"""Written answers: passages -> a chat model -> claims, each with a checked quotation."""
