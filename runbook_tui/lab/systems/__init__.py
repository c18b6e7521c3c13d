"""Five systems to deploy on the lab: what their projects hold, and the programs that their runbooks call."""
