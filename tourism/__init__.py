"""The visitor platform of a township: places on a map, picking slots, tickets and the gate."""
