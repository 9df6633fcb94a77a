"""What a statement may be, and which rows its asker may see."""
