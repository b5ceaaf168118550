"""Telegram: a bot in groups and in private chats."""
