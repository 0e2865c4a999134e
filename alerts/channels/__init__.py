"""Ways by which a digest reaches its recipient."""

from alerts.channels.base import Channel, Delivery, Letter, Outcome
from alerts.channels.file import FileChannel
from alerts.channels.smtp import SmtpChannel

__all__ = ["Channel", "Delivery", "FileChannel", "Letter", "Outcome", "SmtpChannel"]
