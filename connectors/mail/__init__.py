"""E-mail: a mailbox over IMAP, answers over SMTP. One lane, the private one."""
