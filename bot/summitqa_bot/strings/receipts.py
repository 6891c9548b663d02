"""What is said of a receipt that is held against the store."""

NO_RECEIPT = "That is no receipt; expected the JSON that the reading page gives at /q/…, as it is."
NO_RECEIPT_FIELD = (
    "That is no receipt: {field} is missing or cannot be; expected it as it was given."
)
