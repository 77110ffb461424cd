"""The web chat: a Gradio page, the article reader beside it, and the server around both. Nothing else knows Gradio."""
