"""Reads the chunks of a rotated recording session as one continuous trace."""
