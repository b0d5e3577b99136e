class Refusal(Exception):
    """An answer other than 200: its status, and one English sentence for the client."""

    def __init__(self, status, sentence, closes=False):
        super().__init__(sentence)
        self.status = status
        # Whether the rest of the request is left unread.
        self.closes = closes
