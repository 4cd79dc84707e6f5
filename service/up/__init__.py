"""Everything on one machine: how a process of Kring behaves, who watches over it, and how all of them come up together."""
