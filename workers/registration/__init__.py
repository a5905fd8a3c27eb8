"""`mayfly init-apps`: makes the GitHub App from its manifest, in the browser, and writes down its credentials.

    page      the loopback page that sends the manifest to GitHub and takes back the code
    keeping   the file of credentials: made once, readable by its owner alone, never printed

The page is reached on 127.0.0.1 alone, under an address that nobody can guess, and is closed with the first code that
carries our own `state`; what it answers never shows a credential.
"""
