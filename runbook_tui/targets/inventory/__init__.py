"""Who the hosts are: read from the document, a file of ours, ssh_config, or an Ansible inventory."""

from runbook_tui.targets.inventory.inventory import LOCAL, Inventory, InventoryError, Note
from runbook_tui.targets.inventory.sources import read_inventory

__all__ = ["LOCAL", "Inventory", "InventoryError", "Note", "read_inventory"]
